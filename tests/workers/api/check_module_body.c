/*
 * Content that a module takes whole: bytes, JSON, forms.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/module_body.h"
#include "common/slot.h"
#include "conn/body_memory.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "support/fake_worker_mount.h"
#include "support/harness.h"
#include "support/procfs.h"

#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\n"

static struct fake_worker_mount m;

static void
take_body(struct prong_context *ctx)
{
	size_t len = 99, again;
	const char *body = prong_body(ctx, &len);

	ck_assert_ptr_nonnull(body);
	ck_assert_int_eq(body[len], '\0');
	ck_assert_ptr_eq(prong_body(ctx, &again), body);
	ck_assert_uint_eq(again, len);
	prong_text(ctx, 200, "%zu:%.20s", len, body);
}

static void
take_json(struct prong_context *ctx)
{
	const json_t *json = prong_body_json(ctx);
	char *text;

	if (json == NULL)
		return;
	ck_assert_ptr_eq(prong_body_json(ctx), json);
	text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	prong_text(ctx, 200, "%s", text);
	free(text);
}

/* "name=value;" and "name(len in a file);" */
static void
take_form(struct prong_context *ctx)
{
	unsigned count = 99;
	const struct prong_part *p = prong_body_form(ctx, &count);
	char text[512] = "";
	size_t len = 0;

	if (p == NULL)
		return;
	ck_assert_ptr_eq(prong_body_form(ctx, NULL), p);
	for (unsigned i = 0; i < count && len + 100 < sizeof(text); i++) {
		if (p[i].fd == -1)
			len += (size_t)sprintf(text + len, "%.20s=%.20s;",
				p[i].name, p[i].value);
		else
			len += (size_t)sprintf(text + len, "%.20s(%zu, %.20s);",
				p[i].name, p[i].len, p[i].filename);
	}
	prong_text(ctx, 200, "%s", text);
}

/* Neither looks at the content. */
static void
ignore(struct prong_context *ctx)
{
	prong_empty(ctx, 204);
}

static const struct prong_route routes[] = {
	{ .method = "POST", .pattern = "/body", .handler = take_body },
	{ .method = "POST", .pattern = "/json", .handler = take_json },
	{ .method = "POST", .pattern = "/form", .handler = take_form },
	{ .method = "POST",
		.pattern = "/files",
		.handler = take_form,
		.body_most = 100000000 },
	{ .method = "POST", .pattern = "/ignore", .handler = ignore },
	{ .method = "POST",
		.pattern = "/small",
		.handler = take_body,
		.body_most = 5 },
	{ 0 },
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes };

static void
set_up(void)
{
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
}

static void
tear_down(void)
{
	ck_assert_str_eq(fake_worker_mount_errors(&m), "");
	fake_worker_mount_close(&m);
}

/* The content of the last answer. */
static const char *
content(void)
{
	const char *end = strstr(m.got, "\r\n\r\n");

	return end == NULL ? "" : end + 4;
}

static void
ask(const char *start, const char *type, const char *text)
{
	char head[512];
	size_t sent;

	m.ngot = 0;
	snprintf(head, sizeof(head), "%s%s%s%sContent-Length: %zu\r\n\r\n",
		start, *type == '\0' ? "" : "Content-Type: ", type,
		*type == '\0' ? "" : "\r\n", strlen(text));
	fake_worker_mount_say(&m, head);
	fake_worker_mount_send(&m, text, strlen(text), &sent);
}

// clang-format off
static const struct {
	const char *path, *type, *text;
	int status;
	const char *content; /* a part of it */
} rows[] = {
	{ POST("/body"), "", "", 200, "0:" },
	{ POST("/body"), "", "hello", 200, "5:hello" },
	{ POST("/small"), "", "hello", 200, "5:hello" },
	{ POST("/small"), "", "hello!", 413, "" },
	{ POST("/json"), "application/json", "{\"a\": [1, 2]}", 200,
		"{\"a\":[1,2]}" },
	{ POST("/json"), "Application/JSON; charset=utf-8", "1", 200, "1" },
	{ POST("/json"), "application/merge-patch+json", "null", 200, "null" },
	{ POST("/json"), "application/json", "", 400, "empty" },
	{ POST("/json"), "application/json", "{\n  \"a\": x}", 400, "line 2" },
	{ POST("/json"), "application/json", "{\"a\":1,\"a\":2}", 400,
		"duplicate" },
	{ POST("/json"), "application/json", "1 2", 400, "line 1" },
	{ POST("/json"), "application/json", "\"\xff\"", 400, "line 1" },
	{ POST("/json"), "application/json", "\"\\u0000\"", 200, "\"\\u0000\"" },
	{ POST("/json"), "", "{}", 415, "application/json" },
	{ POST("/json"), "text/plain", "{}", 415, "Accept: application/json" },
	{ POST("/json"), "application/jsonx", "{}", 415, "" },
	{ POST("/json"), "application/json\r\nContent-Type: text/plain", "{}",
		415, "" },
	{ POST("/json"), "nonsense", "{}", 415, "" },
	{ POST("/form"), "application/x-www-form-urlencoded", "a=1&b=2+3", 200,
		"a=1;b=2 3;" },
	{ POST("/form"), "application/x-www-form-urlencoded;charset=utf-8", "",
		200, "" },
	{ POST("/form"), "multipart/form-data; boundary=b",
		"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
		"--b--", 200, "a=1;" },
	{ POST("/form"), "multipart/form-data", "x", 400, "boundary" },
	{ POST("/form"), "multipart/form-data; boundary=b", "x", 400,
		"the boundary does not occur" },
	{ POST("/form"), "multipart/form-data; boundary=b", "--b\r\n", 400,
		"the form ends before its last boundary" },
	{ POST("/form"), "text/plain", "a=1", 415, "Accept: application/x-www-" },
	{ POST("/form"), "", "a=1", 415, "multipart/form-data" },
	{ POST("/ignore"), "multipart/form-data; boundary=b", "x", 204, "" },
};
// clang-format on

START_TEST(a_body_is_parsed_or_refused)
{
	char status[16];

	set_up();
	ask(rows[_i].path, rows[_i].type, rows[_i].text);
	sprintf(status, "HTTP/1.1 %d ", rows[_i].status);
	ck_assert_msg(strstr(m.got, status) != NULL, "%s", m.got);
	ck_assert_msg(strstr(m.got, rows[_i].content) != NULL, "%s", m.got);
	if (rows[_i].status != 413) {
		ask(POST("/body"), "", "again");
		ck_assert_str_eq(content(), "5:again");
	}
	tear_down();
}
END_TEST

START_TEST(deeply_nested_json_is_harmless)
{
	enum { DEEP = 100000 };
	char *text = malloc(DEEP + 1);

	set_up();
	memset(text, '[', DEEP);
	text[DEEP] = '\0';
	ask(POST("/json"), "application/json", text);
	ck_assert_ptr_nonnull(strstr(m.got, "HTTP/1.1 400 "));
	free(text);
	tear_down();
}
END_TEST

/* ---- limits.body_memory -------------------------------------------------- */

static struct body_memory *
limit_memory(size_t bytes)
{
	struct body_memory *memory = &m.fake.worker.exchanges.bodies;

	memory->limit = bytes;
	return memory;
}

/* Many small values: the text is short, what is made of it is not. */
static char *
repeat(const char *first, const char *again, const char *last)
{
	enum { TIMES = 5000 };
	char *text = malloc(
		     strlen(first) + TIMES * strlen(again) + strlen(last) + 1),
	     *at = text;

	at = stpcpy(at, first);
	for (int i = 0; i < TIMES; i++)
		at = stpcpy(at, again);
	stpcpy(at, last);
	return text;
}

static const struct {
	const char *path, *type, *first, *again, *last;
	size_t fits; /* bytes with which it is served */
} grown[] = {
	{ POST("/body"), "text/plain", "", "12345678", "", 60000 },
	{ POST("/json"), "application/json", "[0", ",0", "]", 300000 },
	{ POST("/json"), "application/json", "[0", ",[]", "]", 1200000 },
	{ POST("/json"), "application/json", "[0", ",{}", "]", 1500000 },
	{ POST("/json"), "application/json", "[0", ",\"\"", "]", 500000 },
	{ POST("/json"), "application/json", "[0", ",{\"a\":{\"b\":1}}", "]",
		4000000 },
	{ POST("/form"), "application/x-www-form-urlencoded", "a=", "12345678",
		"", 130000 },
	{ POST("/form"), "multipart/form-data; boundary=b",
		"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n",
		"12345678", "\r\n--b--", 190000 },
	{ POST("/files"), "multipart/form-data; boundary=b",
		"--b\r\nContent-Disposition: form-data; name=a; filename=f\r\n"
		"\r\n",
		"0123456789012345678901234567890123456789012345678901234567890",
		"\r\n--b--", 700000 },
};

START_TEST(what_is_made_of_a_body_counts_as_well)
{
	char *text = repeat(grown[_i].first, grown[_i].again, grown[_i].last);
	struct body_memory *memory;

	set_up();
	memory = limit_memory(grown[_i].fits);
	ask(grown[_i].path, grown[_i].type, text);
	ck_assert_msg(strstr(m.got, "HTTP/1.1 200 ") != NULL, "%.300s", m.got);
	ck_assert_uint_eq(memory->used, 0);
	/* Others have taken the half of it, and more. */
	memory->used = grown[_i].fits * 2 / 3;
	ask(grown[_i].path, grown[_i].type, text);
	ck_assert_msg(strstr(m.got, "HTTP/1.1 503 ") != NULL, "%.300s", m.got);
	ck_assert_ptr_nonnull(strstr(m.got, "Retry-After: 1\r\n"));
	ck_assert_uint_eq(memory->used, grown[_i].fits * 2 / 3);
	ck_assert_uint_eq(m.fake.worker.slot->refused[SLOT_REFUSED_MEMORY], 1);
	fake_worker_mount_errors(&m);
	free(text);
	tear_down();
}
END_TEST

START_TEST(json_that_never_fits_gets_413)
{
	char *text = repeat("[0", ",{}", "]");

	set_up();
	limit_memory(100000);
	ask(POST("/json"), "application/json", text);
	ck_assert_ptr_nonnull(strstr(m.got, "HTTP/1.1 413 "));
	free(text);
	tear_down();
}
END_TEST

/* ---- large forms -------------------------------------------------------- */

/* A form of two fields around a file of this size; for free(3). */
static char *
make_form(size_t size)
{
	static const char head[] =
		"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
		"--b\r\nContent-Disposition: form-data; name=f; "
		"filename=\"dir/x.bin\"\r\n\r\n";
	static const char tail[] =
		"\r\n--b\r\nContent-Disposition: form-data; name=z\r\n\r\n2"
		"\r\n--b--\r\n";
	char *text = malloc(size + sizeof(head) + sizeof(tail));

	strcpy(text, head);
	memset(text + sizeof(head) - 1, 'x', size);
	strcpy(text + sizeof(head) - 1 + size, tail);
	return text;
}

START_TEST(a_large_part_of_a_form_is_stored_in_a_file)
{
	static const size_t sizes[] = { 70000, MODULE_BODY_FORM, 5000000 };
	char *form = make_form(sizes[_i]), want[64];
	int before;

	set_up();
	before = proc_descriptors(getpid());
	ask(POST("/files"), "multipart/form-data; boundary=b", form);
	sprintf(want, "a=1;f(%zu, x.bin);z=2;", sizes[_i]);
	ck_assert_str_eq(content(), want);
	ck_assert_int_eq(proc_descriptors(getpid()), before);
	/* A form of one request does not affect the next one. */
	ask(POST("/form"), "application/x-www-form-urlencoded", "a=1");
	ck_assert_str_eq(content(), "a=1;");
	free(form);
	tear_down();
}
END_TEST

START_TEST(a_large_form_is_not_held_in_memory)
{
	enum { LARGE = 5000000, IN_MEMORY = 2 * MODULE_BODY_FORM };
	char *form = make_form(LARGE), head[256];
	size_t sent;

	set_up();
	snprintf(head, sizeof(head),
		POST("/files") "Content-Type: multipart/form-data; "
			       "boundary=b\r\nContent-Length: %zu\r\n\r\n",
		strlen(form));
	fake_worker_mount_say(&m, head);
	fake_worker_mount_send(&m, form, LARGE, &sent);
	ck_assert_uint_eq(sent, LARGE);
	for (size_t i = 0; i < m.fake.worker.conns.used; i++) {
		const struct exchange *x = m.fake.worker.conns.all[i].exchange;

		ck_assert(x == NULL || x->content_size <= IN_MEMORY);
	}
	/* It goes, and so does the file. */
	fake_worker_mount_connect(&m);
	fake_worker_mount_turn(&m);
	ck_assert_str_eq(m.got, "");
	free(form);
	tear_down();
}
END_TEST

START_TEST(a_malformed_large_form_is_refused)
{
	enum { LARGE = 5000000 };
	char *form = make_form(LARGE);
	int before;

	set_up();
	before = proc_descriptors(getpid());
	memcpy(form + LARGE / 2, "\r\n--bad", 7);
	ask(POST("/files"), "multipart/form-data; boundary=b", form);
	ck_assert_ptr_nonnull(strstr(m.got, "HTTP/1.1 400 "));
	ck_assert_ptr_nonnull(
		strstr(m.got, "a boundary line has trailing characters"));
	ck_assert_ptr_nonnull(strstr(m.got, "Connection: close\r\n"));
	ck_assert_int_eq(proc_descriptors(getpid()), before);
	free(form);
	tear_down();
}
END_TEST

START_TEST(a_form_that_cannot_be_stored_is_a_500)
{
	char *form = make_form(100000);

	fake_worker_mount_open(&m);
	m.fake.conf.paths.temp = "/nowhere";
	fake_worker_mount_start(&m, &module);
	ask(POST("/files"), "multipart/form-data; boundary=b", form);
	ck_assert_ptr_nonnull(strstr(m.got, "HTTP/1.1 500 "));
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"cannot store a part of a form in /nowhere: No such "
		"file or directory"));
	free(form);
	tear_down();
}
END_TEST

START_TEST(prong_body_is_refused_for_a_large_form)
{
	char *form = make_form(MODULE_BODY_FORM);

	set_up();
	ask(POST("/body"), "multipart/form-data; boundary=b", form);
	ck_assert_str_eq(content(), "0:");
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"prong_body(): a large form is taken apart as it comes"));
	free(form);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_body_is_parsed_or_refused, ROWS(rows) },
		{ deeply_nested_json_is_harmless, 0 },
		{ what_is_made_of_a_body_counts_as_well, ROWS(grown) },
		{ json_that_never_fits_gets_413, 0 },
		{ a_large_part_of_a_form_is_stored_in_a_file, 3 },
		{ a_large_form_is_not_held_in_memory, 0 },
		{ a_malformed_large_form_is_refused, 0 },
		{ a_form_that_cannot_be_stored_is_a_500, 0 },
		{ prong_body_is_refused_for_a_large_form, 0 },
	};

	return harness_run("module_body", tests, ROWS(tests));
}
