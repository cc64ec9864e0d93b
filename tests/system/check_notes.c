/*
 * The module notes over HTTP: every refusal is a problem that says why.
 * SPDX-License-Identifier: MIT
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

// clang-format off
#define CONF(config)                                                           \
	"{\"workers\": 2, \"control\": \"control\", \"listen\":"               \
	" [\"127.0.0.1:$PORT\"], \"sandbox\": \"on\"," SERVER_TIMEOUTS         \
	", \"sites\": [{\"routes\": [\n{\"path\": \"/*\", \"root\": \"$ROOT\"}," \
	"\n{\"path\": \"/api/*\", \"module\": \"notes\",\n\"config\": "       \
	config ", \"sandbox\": {\"write\": [\"$DIR\"]}}]}]}"
// clang-format on
#define DB "{\"db\": \"$DIR/notes.db\"}"

static struct server s;

static void
start(void)
{
	server_serve(&s, CONF(DB));
}

/* "PUT /api/notes/1", field lines, content. */
static void
ask(const char *line, const char *fields, const char *body, struct response *r)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		"%sContent-Length: %zu\r\n\r\n%s",
		line, fields, strlen(body), body);
	client_ask(s.port, text, r);
}

static void
add(const char *title, struct response *r)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"title\":\"%s\"}", title);
	ask("POST /api/notes", "", body, r);
	ck_assert_msg(r->status == 201, "%s%s", r->head, r->body);
}

static int
status_of(const char *line, const char *fields, const char *body)
{
	struct response r;
	int status;

	ask(line, fields, body, &r);
	status = r.status;
	response_free(&r);
	return status;
}

START_TEST(a_note_exists_from_post_to_delete)
{
	struct response r;

	start();
	ask("POST /api/notes", "",
		"{\"title\":\"Milk\",\"text\":\"and \\u00e9clairs\"}", &r);
	ck_assert_int_eq(r.status, 201);
	ck_assert_str_eq(response_field(&r, "Location"), "/api/notes/1");
	ck_assert_str_eq(response_field(&r, "ETag"), "\"1-1\"");
	response_free(&r);
	ask("GET /api/notes/1", "", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_ptr_nonnull(strstr(r.body, "\"text\":\"and \xc3\xa9"));
	response_free(&r);
	ck_assert_int_eq(
		status_of("GET /api/notes/1", "If-None-Match: \"1-1\"\r\n", ""),
		304);
	ask("PUT /api/notes/1", "If-Match: \"1-1\"\r\n",
		"{\"title\":\"Bread\"}", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(response_field(&r, "ETag"), "\"1-2\"");
	response_free(&r);
	ck_assert_int_eq(
		status_of("DELETE /api/notes/1", "If-Match: \"1-1\"\r\n", ""),
		412);
	ck_assert_int_eq(status_of("DELETE /api/notes/1", "", ""), 204);
	ck_assert_int_eq(status_of("GET /api/notes/1", "", ""), 404);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *line, *fields, *body;
	int status;
	const char *says;
} refusals[] = {
	{ "POST /api/notes", "", "{}", 422, "{\"at\":\"title\",\"is\":" },
	{ "POST /api/notes", "", "{\"title\":\"\"}", 422, "empty" },
	{ "POST /api/notes", "", "{\"title\":7}", 422, "not a string" },
	{ "POST /api/notes", "", "{\"title\":\"a\",\"tags\":[]}", 422,
		"\"tags\"" },
	{ "POST /api/notes", "", "[]", 422, "object" },
	{ "POST /api/notes", "", "{\"title\":", 400, "line 1" },
	{ "POST /api/notes", "", "", 400, "" },
	{ "PUT /api/notes/1", "", "{\"title\":\"a\"}", 428, "If-Match" },
	{ "PUT /api/notes/1", "If-Match: \"1-9\"\r\n", "{\"title\":\"a\"}", 412,
		"changed" },
	{ "PUT /api/notes/1", "If-Match: nonsense\r\n", "{\"title\":\"a\"}",
		412, "changed" },
	{ "PUT /api/notes/9", "If-Match: *\r\n", "{\"title\":\"a\"}", 404,
		"no note 9" },
	{ "GET /api/notes/9", "", "", 404, "no note 9" },
	{ "GET /api/notes/abc", "", "", 404, "no note abc" },
	{ "GET /api/notes/99999999999999999999", "", "", 404, "no note" },
	{ "GET /api/notes?limit=0", "", "", 400, "limit" },
	{ "GET /api/notes?limit=101", "", "", 400, "1 to 100" },
	{ "GET /api/notes?before=x", "", "", 400, "before" },
	{ "PATCH /api/notes/1", "", "{}", 405, "" },
};

/* A client edits the representation that it has, compressed or not. */
START_TEST(a_compressed_note_is_changed_by_its_tag)
{
	static const char coded[] = "Accept-Encoding: gzip\r\n";
	char body[1024], text[800] = "", fields[256];
	struct response r;

	server_serve(&s,
		"{\"workers\": 2, \"listen\": "
		"[\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
		", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": "
		"\"$ROOT\"},"
		"{\"path\": \"/api/*\", \"module\": \"notes\", \"compress\":"
		" [\"gzip\"], \"config\": " DB "}]}]}");
	memset(text, 'x', 600);
	snprintf(body, sizeof(body), "{\"title\":\"a\",\"text\":\"%s\"}", text);
	ask("POST /api/notes", coded, body, &r);
	ck_assert_str_eq(response_field(&r, "ETag"), "\"1-1\"");
	ck_assert_ptr_null(response_field(&r, "Content-Encoding"));
	response_free(&r);
	ask("GET /api/notes/1", coded, "", &r);
	ck_assert_str_eq(response_field(&r, "Content-Encoding"), "gzip");
	ck_assert_str_eq(response_field(&r, "ETag"), "\"1-1-g\"");
	snprintf(fields, sizeof(fields), "%sIf-None-Match: %s\r\n", coded,
		response_field(&r, "ETag"));
	response_free(&r);
	ck_assert_int_eq(status_of("GET /api/notes/1", fields, ""), 304);
	ck_assert_int_eq(
		status_of("PUT /api/notes/1", "If-Match: \"1-1-g\"\r\n", body),
		200);
	ck_assert_int_eq(
		status_of("PUT /api/notes/1", "If-Match: \"1-1-g\"\r\n", body),
		412);
	server_stop(&s);
}
END_TEST

START_TEST(an_invalid_note_is_refused_with_the_reason)
{
	struct response r;

	start();
	add("first", &r);
	response_free(&r);
	ask(refusals[_i].line, refusals[_i].fields, refusals[_i].body, &r);
	ck_assert_msg(r.status == refusals[_i].status, "%s: %s%s",
		refusals[_i].line, r.head, r.body);
	ck_assert_str_eq(
		response_field(&r, "Content-Type"), "application/problem+json");
	ck_assert_msg(strstr(r.body, refusals[_i].says) != NULL, "%s", r.body);
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(pages_link_to_the_next_one)
{
	struct response r;

	start();
	for (int i = 1; i <= 5; i++) {
		char title[8];

		snprintf(title, sizeof(title), "n%d", i);
		add(title, &r);
		response_free(&r);
	}
	client_fetch(s.port, "/api/notes?limit=2", "", &r);
	ck_assert_ptr_nonnull(strstr(r.body, "\"n5\""));
	ck_assert_ptr_nonnull(strstr(r.body, "\"next_before\":4"));
	response_free(&r);
	client_fetch(s.port, "/api/notes?limit=3&before=4", "", &r);
	ck_assert_ptr_nonnull(strstr(r.body, "\"n1\""));
	ck_assert_ptr_null(strstr(r.body, "next_before"));
	response_free(&r);
	client_fetch(s.port, "/api/notes?q=N3", "", &r);
	ck_assert_ptr_nonnull(strstr(r.body, "\"n3\""));
	ck_assert_ptr_null(strstr(r.body, "\"n4\""));
	response_free(&r);
	server_stop(&s);
}
END_TEST

static sqlite3 *
lock(void)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/notes.db", s.dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		SQLITE_OK);
	return db;
}

START_TEST(a_blocked_write_does_not_block_the_worker)
{
	static const char post[] = "POST /api/notes HTTP/1.1\r\nHost: a\r\n"
				   "Content-Type: application/json\r\n"
				   "Content-Length: 13\r\n\r\n"
				   "{\"title\":\"a\"}";
	struct response r;
	struct client c;
	sqlite3 *db;

	start();
	db = lock();
	client_open(&c, s.port);
	client_say(&c, post);
	ck_assert(client_is_silent(&c, 50));
	client_fetch(s.port, "/api/notes", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	sqlite3_close(db);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 201);
	response_free(&r);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_write_blocked_too_long_gets_503)
{
	struct response r;
	sqlite3 *db;

	start();
	db = lock();
	ask("POST /api/notes", "", "{\"title\":\"a\"}", &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(response_field(&r, "Retry-After"), "1");
	response_free(&r);
	sqlite3_close(db);
	ck_assert_int_eq(
		status_of("POST /api/notes", "", "{\"title\":\"a\"}"), 201);
	server_stop(&s);
}
END_TEST

START_TEST(nothing_is_written_to_a_deleted_file)
{
	struct response r;
	char path[128];

	start();
	add("Milk", &r);
	response_free(&r);
	s.tolerated = "moved or deleted";
	snprintf(path, sizeof(path), "%s/notes.db", s.dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(
		status_of("POST /api/notes", "", "{\"title\":\"a\"}"), 500);
	ck_assert_int_eq(status_of("PUT /api/notes/1", "If-Match: *\r\n",
				 "{\"title\":\"a\"}"),
		500);
	ck_assert_int_eq(status_of("DELETE /api/notes/1", "", ""), 500);
	ck_assert_int_eq(status_of("GET /api/notes/1", "", ""), 200);
	ck_assert(server_log_has(&s, "moved or deleted", DEADLINE));
	server_stop(&s);
}
END_TEST

/* A configuration and the error that it causes. */
static const struct {
	const char *conf, *says;
} mistakes[] = {
	{ CONF("{}"), "prong.json:4:11: error: config.db: is required" },
	{ CONF("{\n\"db\": 7}"), "prong.json:5:7: error: config.db: must be" },
	{ CONF("{\"db\": \"/nowhere/a.db\"}"),
		"prong.json:4:18: error: config.db: /nowhere/a.db: unable" },
};

START_TEST(an_invalid_notes_configuration_is_refused_with_its_place)
{
	struct program_result result;
	struct response r;

	start();
	s.tolerated = "";
	server_configure(&s, mistakes[_i].conf);
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "reload", "-c", s.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, mistakes[_i].says) != NULL, "%s",
		result.err);
	add("still here", &r);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_note_exists_from_post_to_delete, 1 },
		{ a_compressed_note_is_changed_by_its_tag, 1 },
		{ an_invalid_note_is_refused_with_the_reason, ROWS(refusals) },
		{ pages_link_to_the_next_one, 1 },
		{ a_blocked_write_does_not_block_the_worker, 1 },
		{ a_write_blocked_too_long_gets_503, 1 },
		{ nothing_is_written_to_a_deleted_file, 1 },
		{ an_invalid_notes_configuration_is_refused_with_its_place,
			ROWS(mistakes) },
	};

	return harness_run("notes", tests, ROWS(tests));
}
