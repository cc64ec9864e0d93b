/*
 * Parts of a file, and files that the client has (RFC 9110 13, 14).
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { LARGE = 5 << 20 };

static struct server s;
static char *large;

static void
start(void)
{
	large = server_pattern(LARGE);
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/hello.txt", "0123456789");
	server_file(&s, "www/large.bin", large, LARGE);
	server_start(&s, SERVER_CONF);
}

static void
stop(void)
{
	server_stop(&s);
	free(large);
}

/* ---- validators --------------------------------------------------------- */

/* The answer to a request with "field: value of that field". */
static void
fetch_if(const char *path, const char *field, const char *from,
	struct response *r)
{
	char line[512], value[256];

	client_fetch(s.port, path, "", r);
	ck_assert_ptr_nonnull(response_field(r, from));
	snprintf(value, sizeof(value), "%s", response_field(r, from));
	response_free(r);
	snprintf(line, sizeof(line), "%s: %s\r\n", field, value);
	client_fetch(s.port, path, line, r);
}

static void
assert_not_modified(struct response *r)
{
	ck_assert_int_eq(r->status, 304);
	ck_assert_uint_eq(r->len, 0);
	ck_assert_ptr_nonnull(response_field(r, "ETag"));
	ck_assert_ptr_nonnull(response_field(r, "Date"));
	response_free(r);
}

/* Small files are in memory, large ones on the disk: other validators. */
static const char *const kept[] = { "/hello.txt", "/large.bin" };

START_TEST(a_file_that_the_client_has_is_not_sent_again)
{
	struct response r;

	start();
	fetch_if(kept[_i], "If-None-Match", "ETag", &r);
	assert_not_modified(&r);
	fetch_if(kept[_i], "If-Modified-Since", "Last-Modified", &r);
	assert_not_modified(&r);
	client_fetch(s.port, kept[_i], "If-None-Match: *\r\n", &r);
	assert_not_modified(&r);
	stop();
}
END_TEST

static const struct {
	const char *fields;
	int status;
} conditions[] = {
	{ "If-None-Match: \"other\"\r\n", 200 },
	{ "If-Modified-Since: Thu, 01 Jan 1970 00:00:01 GMT\r\n", 200 },
	{ "If-Modified-Since: never\r\n", 200 },
	{ "If-Match: \"other\"\r\n", 412 },
	{ "If-Match: *\r\n", 200 },
	{ "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT\r\n", 412 },
	/* RFC 9110 13.2.2: the tag decides, the date is not looked at. */
	{ "If-None-Match: \"other\"\r\n"
	  "If-Modified-Since: Thu, 31 Dec 2037 23:59:59 GMT\r\n",
		200 },
};

START_TEST(a_precondition_decides)
{
	struct response r;

	start();
	client_fetch(s.port, "/hello.txt", conditions[_i].fields, &r);
	ck_assert_int_eq(r.status, conditions[_i].status);
	if (r.status == 200)
		ck_assert_str_eq(r.body, "0123456789");
	response_free(&r);
	stop();
}
END_TEST

/* ---- ranges ------------------------------------------------------------- */

static const struct {
	const char *range;
	int status;
	const char *body, *content_range;
} ranges[] = {
	{ "bytes=0-3", 206, "0123", "bytes 0-3/10" },
	{ "bytes=4-", 206, "456789", "bytes 4-9/10" },
	{ "bytes=-2", 206, "89", "bytes 8-9/10" },
	{ "bytes=-99", 206, "0123456789", "bytes 0-9/10" },
	{ "bytes=9-9", 206, "9", "bytes 9-9/10" },
	{ "bytes=8-99999999999999999999", 206, "89", "bytes 8-9/10" },
	{ "bytes=10-", 416, NULL, "bytes */10" },
	{ "bytes=-0", 416, NULL, "bytes */10" },
	{ "bytes=4-2", 200, "0123456789", NULL },
	{ "bytes=x", 200, "0123456789", NULL },
	{ "lines=0-3", 200, "0123456789", NULL },
};

START_TEST(a_range_is_a_part_of_the_file)
{
	char line[128];
	struct response r;

	start();
	snprintf(line, sizeof(line), "Range: %s\r\n", ranges[_i].range);
	client_fetch(s.port, "/hello.txt", line, &r);
	ck_assert_int_eq(r.status, ranges[_i].status);
	if (ranges[_i].body != NULL)
		ck_assert_str_eq(r.body, ranges[_i].body);
	if (ranges[_i].content_range != NULL)
		response_expect_field(
			&r, "Content-Range", ranges[_i].content_range);
	else
		ck_assert_uint_eq(response_count(&r, "Content-Range"), 0);
	response_free(&r);
	stop();
}
END_TEST

START_TEST(a_range_of_a_large_file_is_right)
{
	struct response r;

	start();
	client_fetch(
		s.port, "/large.bin", "Range: bytes=1000001-3999999\r\n", &r);
	ck_assert_int_eq(r.status, 206);
	response_expect_field(
		&r, "Content-Range", "bytes 1000001-3999999/5242880");
	ck_assert_uint_eq(r.len, 2999999);
	ck_assert(memcmp(r.body, large + 1000001, r.len) == 0);
	response_free(&r);
	stop();
}
END_TEST

/* RFC 9110 14.6: the parts as they must stand between the boundaries. */
static void
assert_parts(const struct response *r)
{
	const char *type = response_field(r, "Content-Type"), *boundary;
	char want[1024];

	ck_assert_int_eq(r->status, 206);
	ck_assert_uint_eq(response_count(r, "Content-Range"), 0);
	ck_assert_ptr_nonnull(type);
	ck_assert_int_eq(
		strncmp(type, "multipart/byteranges; boundary=", 31), 0);
	boundary = type + 31;
	snprintf(want, sizeof(want),
		"--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Range: bytes 0-1/10\r\n\r\n01\r\n"
		"--%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Range: bytes 5-6/10\r\n\r\n56\r\n--%s--\r\n",
		boundary, boundary, boundary);
	/* A CR LF may stand before the first boundary. */
	ck_assert_str_eq(r->body + 2 * (r->body[0] == '\r'), want);
}

START_TEST(several_ranges_are_a_multipart_body)
{
	struct response r;

	start();
	client_fetch(s.port, "/hello.txt", "Range: bytes=0-1, 5-6\r\n", &r);
	assert_parts(&r);
	response_free(&r);
	stop();
}
END_TEST

START_TEST(if_range_sends_a_part_only_of_the_same_file)
{
	struct response r;

	start();
	fetch_if(kept[_i], "Range: bytes=2-3\r\nIf-Range", "ETag", &r);
	/* The tag of a large file is weak (RFC 9110 13.1.5). */
	ck_assert_int_eq(r.status, _i == 0 ? 206 : 200);
	ck_assert_uint_eq(r.len, _i == 0 ? 2 : LARGE);
	response_free(&r);
	client_fetch(s.port, kept[_i],
		"Range: bytes=0-1\r\nIf-Range: \"other\"\r\n", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_gt(r.len, 2);
	response_free(&r);
	stop();
}
END_TEST

/* ---- files that keep their date ----------------------------------------- */

/* Replaces a file of www by rename(2), with a date of a commit. */
static void
replace_dated(const char *name, char byte, size_t len)
{
	const struct timespec times[2] = { { 1700000000, 0 },
		{ 1700000000, 0 } };
	char from[256], to[256], *content = malloc(len);

	memset(content, byte, len);
	server_file(&s, "www/.new", content, len);
	free(content);
	snprintf(from, sizeof(from), "%s/.new", s.root);
	snprintf(to, sizeof(to), "%s/%s", s.root, name);
	ck_assert_int_eq(utimensat(AT_FDCWD, from, times, 0), 0);
	ck_assert_int_eq(rename(from, to), 0);
}

/* Waits until the file is served that begins with this byte. */
static void
await_content(const char *path, char byte)
{
	long long deadline = deadline_in(10000);
	struct response r;
	bool is_there;

	do {
		client_fetch(s.port, path, "", &r);
		is_there = r.status == 200 && r.body[0] == byte;
		response_free(&r);
	} while (!is_there && server_tick(&s, deadline));
	ck_assert(is_there);
}

static void
assert_sent_whole(const char *path, const char *fields, size_t len)
{
	struct response r;

	client_fetch(s.port, path, fields, &r);
	ck_assert_msg(
		r.status == 200 && r.len == len, "%s: %d", fields, r.status);
	response_free(&r);
}

/* Another worker may serve what it had for a second. */
static const char one_worker[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"sites\": [{\"routes\": [{\"path\": \"/*\","
	" \"root\": \"$ROOT\"}]}]}";

/* In memory, and by a descriptor. */
static const size_t dated[] = { 1000, 300000 };

START_TEST(a_file_that_was_replaced_with_its_date_is_sent_anew)
{
	static const char date[] = "Tue, 14 Nov 2023 22:13:20 GMT";
	char tag[64], fields[256];
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	replace_dated("b.js", 'a', dated[_i]);
	server_start(&s, one_worker);
	snprintf(fields, sizeof(fields), "If-Modified-Since: %s\r\n", date);
	/* It was there before the server. */
	client_fetch(s.port, "/b.js", fields, &r);
	ck_assert_int_eq(r.status, 304);
	snprintf(tag, sizeof(tag), "%s", response_field(&r, "ETag"));
	response_free(&r);
	replace_dated("b.js", 'b', dated[_i]);
	await_content("/b.js", 'b');
	assert_sent_whole("/b.js", fields, dated[_i]);
	snprintf(fields, sizeof(fields), "If-None-Match: %s\r\n", tag);
	assert_sent_whole("/b.js", fields, dated[_i]);
	snprintf(fields, sizeof(fields),
		"Range: bytes=500-\r\nIf-Range: %s\r\n", tag);
	assert_sent_whole("/b.js", fields, dated[_i]);
	snprintf(fields, sizeof(fields),
		"Range: bytes=500-\r\nIf-Range: %s\r\n", date);
	assert_sent_whole("/b.js", fields, dated[_i]);
	snprintf(fields, sizeof(fields), "If-Match: %s\r\n", tag);
	client_fetch(s.port, "/b.js", fields, &r);
	ck_assert_int_eq(r.status, 412);
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* Waits for a strong tag: the file must have rested for two seconds. */
static void
await_strong_tag(const char *path, char tag[64])
{
	long long deadline = deadline_in(DEADLINE);
	struct response r;

	do {
		client_fetch(s.port, path, "", &r);
		ck_assert_int_eq(r.status, 200);
		snprintf(tag, 64, "%s", response_field(&r, "ETag"));
		response_free(&r);
	} while (tag[0] != '"' && server_tick(&s, deadline));
	ck_assert_msg(tag[0] == '"', "%s", tag);
}

static bool
answers_if_range(const char *path, const char *tag, int status)
{
	char fields[128];
	struct response r;
	bool is_right;

	snprintf(fields, sizeof(fields), "Range: bytes=5-\r\nIf-Range: %s\r\n",
		tag);
	client_fetch(s.port, path, fields, &r);
	is_right = r.status == status;
	response_free(&r);
	return is_right;
}

/* Of a file that is sent by its descriptor, on any server. */
START_TEST(a_large_file_gets_the_tag_of_its_content)
{
	char tag[64], other[64];

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	replace_dated("a.bin", 'a', 5 << 20);
	server_file(&s, "www/x/copy.bin", "", 0);
	replace_dated("x/copy.bin", 'a', 5 << 20);
	replace_dated("b.bin", 'b', 5 << 20);
	server_start(&s, one_worker);
	ck_assert(answers_if_range("/a.bin", "\"0123456789abcdef\"", 200));
	await_strong_tag("/a.bin", tag);
	ck_assert(answers_if_range("/a.bin", tag, 206));
	await_strong_tag("/x/copy.bin", other);
	ck_assert_str_eq(tag, other);
	await_strong_tag("/b.bin", other);
	ck_assert_str_ne(tag, other);
	/* The same size and date. */
	replace_dated("a.bin", 'c', 5 << 20);
	await_content("/a.bin", 'c');
	ck_assert(answers_if_range("/a.bin", tag, 200));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_file_that_the_client_has_is_not_sent_again, ROWS(kept) },
		{ a_precondition_decides, ROWS(conditions) },
		{ a_range_is_a_part_of_the_file, ROWS(ranges) },
		{ a_range_of_a_large_file_is_right, 1 },
		{ several_ranges_are_a_multipart_body, 1 },
		{ if_range_sends_a_part_only_of_the_same_file, ROWS(kept) },
		{ a_file_that_was_replaced_with_its_date_is_sent_anew,
			ROWS(dated) },
		{ a_large_file_gets_the_tag_of_its_content, 1 },
	};

	return harness_run("partial_files", tests, ROWS(tests));
}
