/*
 * `prong explain`: the answers to twenty puzzling requests say why.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/live_server.h"
#include "support/server.h"
#include "support/test_program.h"

static struct server s;

#define CONF                                                                   \
	"{\"listen\": [\"127.0.0.1:$PORT\"], \"trusted\": [\"10.0.0.0/8\"],"   \
	"\"admin\": {\"listen\": \"unix:$DIR/admin\","                         \
	" \"unready_if\": \"$ROOT/hello.txt\"},"                               \
	"\"sites\": [{\"hosts\": [\"a.example\", \"*.b.example\"],"            \
	"\"routes\": ["                                                        \
	"{\"path\": \"/old/*\", \"redirect\": \"/new/$1\"},"                   \
	"{\"path\": \"/gone\", \"return\": 410},"                              \
	"{\"path\": \"/private/*\", \"root\": \"$ROOT\","                      \
	" \"deny\": [\"192.0.2.0/24\"]},"                                      \
	"{\"path\": \"/staff/*\", \"root\": \"$ROOT\","                        \
	" \"allow\": [\"10.0.0.0/8\"]},"                                       \
	"{\"path\": \"/live/*\", \"module\": \"" MODULES "/live.so\"},"        \
	"{\"path\": \"/app/*\", \"root\": \"$ROOT\","                          \
	" \"fallback\": \"/hello.txt\"},"                                      \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]},"                           \
	"{\"routes\": [{\"path\": \"/only\", \"return\": 204}]},"              \
	"{\"hosts\": [\"repair.example\"], \"maintenance\": \"1h\","           \
	"\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"}]},"              \
	"{\"hosts\": [\"busy.example\"], \"rate\": \"50/s\", \"in_flight\": "  \
	"40, \"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\", "            \
	"\"rate\": \"5/s\", \"burst\": 7, \"in_flight\": 3}]}]}"

static const struct {
	const char *arguments[6];
	const char *says, *also;
	int status; /* 0: no response */
} rows[] = {
	{ { "/hello.txt" }, "host \"a.example\"", "hello.txt: found", 200 },
	{ { "http://x.b.example/hello.txt" }, "its host \"*.b.example\"",
		"Accept-Ranges: bytes", 200 },
	{ { "http://a.example:80/hello.txt" }, "its host \"a.example\"",
		"hello.txt: found", 200 },
	{ { "http://b.example/hello.txt" },
		"sites[1], the default: no site has the host \"b.example\"",
		"none has the path \"/hello.txt\"", 404 },
	{ { "http://10.1.2.3/only" }, "sites[1], the default", "return 204",
		204 },
	{ { "/nothing" }, "nothing: 404 (No such file or directory)",
		"routes[6], \"/*\"", 404 },
	{ { "/out" }, "a link in it leads out of the root", "out: 404", 404 },
	{ { "/.git/config" }, "a name begins with a dot", "\"dotfiles\"", 404 },
	{ { "/bare" }, "bare: 301", "Location: /bare/", 301 },
	{ { "/bare/" }, "it has no index file, and its route no listing",
		"bare/: 403", 403 },
	{ { "/hello.txt/" }, "hello.txt/: 404", "404 Not Found", 404 },
	{ { "/private/hello.txt", "--as", "192.0.2.7" },
		"refused by \"deny\" of the route",
		"\"/*\": it matches, but less specifically", 403 },
	{ { "/staff/hello.txt" },
		"\"allow\" of the route does not name the client", "routes[3]",
		403 },
	{ { "/staff/hello.txt", "--as", "10.9.9.9" }, "admitted by",
		"hello.txt: found", 200 },
	{ { "/staff/hello.txt", "--as", "10.9.9.9", "-H",
		  "X-Forwarded-For: 192.0.2.1" },
		"192.0.2.1, as the trusted proxy 10.9.9.9 says",
		"\"allow\" of the route does not name", 403 },
	{ { "/staff/hello.txt", "-H", "X-Forwarded-For: 10.1.1.1" },
		"not in \"trusted\": its forwarding fields are ignored",
		"does not name the client", 403 },
	{ { "/live/x" }, "would answer; explain calls no handler",
		"module " MODULES "/live.so", 0 },
	{ { "/old/x?q" }, "redirect 301 to /new/$1", "Location: /new/x", 301 },
	{ { "/gone" }, "return 410", "410 Gone", 410 },
	{ { "POST", "/hello.txt" }, "Allow: GET, HEAD, OPTIONS",
		"405 Method Not Allowed", 405 },
	{ { "/a%2fb" }, "%2F in a path", "400 Bad Request", 400 },
	{ { "/app/page", "-H", "Accept: image/png" }, "page: 404",
		"Vary: Accept", 404 },
	{ { "/app/page", "-H", "Accept: text/html" }, "hello.txt: found",
		"page: 404", 200 },
	{ { "/hello.txt", "-H", "Range: bytes=0-1" }, "206 Partial",
		"Content-Range: bytes 0-1/", 206 },
	{ { "/hello.txt", "-H", "Host: a.example", "-H", "Host: b.example" },
		"refused with 400", "Host", 400 },
	{ { "GET", "/../x" }, "request", "x: 404", 404 },
	{ { "http://repair.example/hello.txt" }, "the site is in maintenance",
		"Retry-After: 3600", 503 },
	{ { "http://repair.example/hello.txt" }, "/readyz answers 503",
		"www/hello.txt exists", 503 },
	{ { "http://busy.example/hello.txt" },
		"5/s of a client to the route, 7 at once",
		"50/s of a client to the site, ", 200 },
	{ { "http://busy.example/hello.txt" },
		"answers 3 requests of the route at once",
		"answers 40 requests of the site at once", 200 },
};

/* A document root and a configuration; no server is started. */
static void
prepare(void)
{
	static const struct timespec old[2] = { { 1700000000, 0 },
		{ 1700000000, 0 } };
	char path[512];

	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "www/.git/config", "secret");
	server_configure(&s, CONF);
	/* A file that was just written is not kept in the cache. */
	snprintf(path, sizeof(path), "%s/www/hello.txt", s.dir);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	snprintf(path, sizeof(path), "%s/www/out", s.dir);
	unlink(path);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/www/bare", s.dir);
	mkdir(path, 0755);
}

static void
run_explain(int row, bool is_json, struct program_result *result)
{
	const struct program plain = { 0 };
	const char *argv[12] = { "prong", "explain", "-c", s.file };
	int n = 4;

	for (int i = 0; i < 6 && rows[row].arguments[i] != NULL; i++)
		argv[n++] = rows[row].arguments[i];
	argv[n] = is_json ? "--json" : NULL;
	program_run(&plain, argv, result);
}

START_TEST(a_puzzling_response_is_explained)
{
	struct program_result result;
	char status[32];

	prepare();
	run_explain(_i, false, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_msg(
		strstr(result.out, rows[_i].says) != NULL, "%s", result.out);
	ck_assert_msg(
		strstr(result.out, rows[_i].also) != NULL, "%s", result.out);
	snprintf(status, sizeof(status), "HTTP/1.1 %d ", rows[_i].status);
	ck_assert_msg(rows[_i].status == 0
			      ? strstr(result.out, "response") == NULL
			      : strstr(result.out, status) != NULL,
		"%s", result.out);
	server_discard(&s);
}
END_TEST

START_TEST(an_explanation_is_json_where_asked_for)
{
	struct program_result result;
	json_t *object;

	prepare();
	run_explain(0, true, &result);
	object = json_loads(result.out, 0, NULL);
	ck_assert_msg(object != NULL, "%s", result.out);
	ck_assert_int_eq(
		json_integer_value(json_object_get(object, "status")), 200);
	ck_assert_uint_gt(json_array_size(json_object_get(object, "steps")), 3);
	ck_assert_uint_gt(
		json_array_size(json_object_get(object, "fields")), 3);
	json_decref(object);
	server_discard(&s);
}
END_TEST

static const struct {
	const char *arguments[4];
	const char *says;
	int status;
} mistakes[] = {
	{ { NULL }, "explain URL needs a value", 2 },
	{ { "x.example" }, "the URL needs a path", 1 },
	{ { "ftp://x.example/" }, "must be http or https", 1 },
	{ { "://x.example/" }, "must be http or https", 1 },
	{ { "http:///x" }, "the URL has no host", 1 },
	{ { "https://?q" }, "the URL has no host", 1 },
	{ { "/", "-H", "nonsense" }, "a field needs a colon", 1 },
	{ { "/", "--as", "somewhere" }, "--as somewhere: not an address", 1 },
	{ { "GET", "/", "/" }, "unexpected argument", 2 },
};

START_TEST(a_mistake_is_told)
{
	const struct program plain = { 0 };
	const char *argv[9] = { "prong", "explain", "-c", s.file };
	struct program_result result;

	prepare();
	for (int i = 0; i < 4; i++)
		argv[4 + i] = mistakes[_i].arguments[i];
	program_run(&plain, argv, &result);
	ck_assert_int_eq(result.status, mistakes[_i].status);
	ck_assert_msg(strstr(result.err, mistakes[_i].says) != NULL, "%s",
		result.err);
	server_discard(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_puzzling_response_is_explained, ROWS(rows) },
		{ an_explanation_is_json_where_asked_for, 1 },
		{ a_mistake_is_told, ROWS(mistakes) },
	};

	return harness_run("explain", tests, ROWS(tests));
}
