/*
 * Answers that are there at once, to the byte, and calls that are wrong.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/fake_worker_module.h"
#include "support/harness.h"

#define START(s)                                                               \
	"HTTP/1.1 " s "\r\nDate: " FAKE_WORKER_DATE "\r\nServer: prong\r\n"
#define GET "GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n"

static struct fake_worker_module m;
static prong_handler *handler; /* of this test */
static int result, error;

static void
handle(struct prong_context *ctx)
{
	errno = 0;
	handler(ctx);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/*rest", .handler = handle }, { 0 }
};
static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes };

static const char *
ask(prong_handler *f, const char *head)
{
	handler = f;
	return fake_worker_module_plain(&m, fake_worker_module_ask(&m, head));
}

/* Records the result of a call. */
static void
keep(int rc)
{
	result = rc;
	error = errno;
}

#define ASSERT_FAILED(e)                                                       \
	do {                                                                   \
		ck_assert_int_eq(result, -1);                                  \
		ck_assert_int_eq(error, e);                                    \
	} while (0)

/* ---- content ------------------------------------------------------------ */

static void
answer_bytes(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 201, "text/x", "a\0b", 3));
}

static void
answer_untyped(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 200, NULL, NULL, 0));
}

static void
answer_text(struct prong_context *ctx)
{
	keep(prong_text(ctx, 404, "%s %d\n", "no", 7));
}

static void
answer_json(struct prong_context *ctx)
{
	keep(prong_json(ctx, 200,
		json_pack("{s:s,s:[i,b,n]}", "a", "\xc3\xa9\"", "b", 1, 1)));
}

static void
answer_json_scalar(struct prong_context *ctx)
{
	keep(prong_json(ctx, 200, json_integer(7)));
}

static void
answer_nothing(struct prong_context *ctx)
{
	keep(prong_empty(ctx, 204));
}

static void
answer_empty(struct prong_context *ctx)
{
	keep(prong_empty(ctx, 202));
}

static void
answer_reset(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 205, "text/x", "abc", 3));
}

static void
answer_with_fields(struct prong_context *ctx)
{
	prong_set_field(ctx, "X-One", "1");
	prong_set_field(ctx, "X-Empty", "");
	prong_set_field(ctx, "x-one", "a \xc3\xa9\t");
	keep(prong_empty(ctx, 204));
}

// clang-format off
static const struct {
	prong_handler *handler;
	const char *answer;
	size_t nuls; /* bytes after the first NUL in it */
} answers[] = {
	{ answer_bytes, START("201 Created")
		"Content-Type: text/x\r\nContent-Length: 3\r\n\r\na\0b", 2 },
	{ answer_untyped, START("200 OK")
		"Content-Type: application/octet-stream\r\n"
		"Content-Length: 0\r\n\r\n", 0 },
	{ answer_text, START("404 Not Found")
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: 5\r\n\r\nno 7\n", 0 },
	{ answer_json, START("200 OK") "Content-Type: application/json\r\n"
		"Content-Length: 30\r\n\r\n"
		"{\"a\":\"\xc3\xa9\\\"\",\"b\":[1,true,null]}", 0 },
	{ answer_json_scalar, START("200 OK")
		"Content-Type: application/json\r\nContent-Length: 1\r\n"
		"\r\n7", 0 },
	{ answer_nothing, START("204 No Content") "\r\n", 0 },
	{ answer_empty, START("202 Accepted") "Content-Length: 0\r\n\r\n", 0 },
	{ answer_reset, START("205 Reset Content") "Content-Type: text/x\r\n"
		"Content-Length: 0\r\n\r\n", 0 },
	{ answer_with_fields, START("204 No Content") "X-One: 1\r\n"
		"X-Empty: \r\nx-one: a \xc3\xa9\t\r\n\r\n", 0 },
};
// clang-format on

START_TEST(a_response_has_the_given_status_type_and_content)
{
	const char *answer;
	size_t len = strlen(answers[_i].answer) + answers[_i].nuls;

	fake_worker_module_open(&m, &module);
	answer = ask(answers[_i].handler, GET);
	ck_assert_int_eq(result, 0);
	ck_assert_msg(strcmp(answer, answers[_i].answer) == 0, "%s", answer);
	ck_assert_uint_eq(m.fake.answer_len, len);
	ck_assert_mem_eq(answer, answers[_i].answer, len);
	ck_assert_str_eq(fake_worker_module_log(&m), "");
	fake_worker_module_close(&m);
}
END_TEST

START_TEST(head_gets_only_the_response_head)
{
	fake_worker_module_open(&m, &module);
	ck_assert_str_eq(
		ask(answer_bytes, "HEAD /api/x HTTP/1.1\r\nHost: a\r\n\r\n"),
		START("201 Created") "Content-Type: text/x\r\n"
				     "Content-Length: 3\r\n\r\n");
	fake_worker_module_close(&m);
}
END_TEST

enum { LARGE = 100000 };

static void
answer_large_text(struct prong_context *ctx)
{
	keep(prong_text(ctx, 200, "%0*d", LARGE, 7));
}

static void
answer_large_json(struct prong_context *ctx)
{
	json_t *array = json_array();

	for (int i = 0; i < LARGE; i++)
		json_array_append_new(array, json_integer(i % 10));
	keep(prong_json(ctx, 200, array));
}

START_TEST(large_content_is_sent_completely)
{
	const char *content;
	json_t *array;

	fake_worker_module_open(&m, &module);
	content = strstr(ask(answer_large_text, GET), "\r\n\r\n") + 4;
	ck_assert_uint_eq(strlen(content), LARGE);
	ck_assert_uint_eq(strspn(content, "0"), LARGE - 1);
	content = strstr(ask(answer_large_json, GET), "\r\n\r\n") + 4;
	array = json_loads(content, 0, NULL);
	ck_assert_uint_eq(json_array_size(array), LARGE);
	json_decref(array);
	fake_worker_module_close(&m);
}
END_TEST

static void
answer_many_fields(struct prong_context *ctx)
{
	char name[32];

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "X-%d", i);
		ck_assert_int_eq(prong_set_field(ctx, name, "some text"), 0);
	}
	keep(prong_empty(ctx, 204));
}

START_TEST(many_fields_are_sent)
{
	const char *p;

	fake_worker_module_open(&m, &module);
	p = ask(answer_many_fields, GET);
	for (int i = 0; i < 500; i++) {
		char line[64];

		snprintf(line, sizeof(line), "\r\nX-%d: some text\r\n", i);
		p = strstr(p, line);
		ck_assert_ptr_nonnull(p);
	}
	fake_worker_module_close(&m);
}
END_TEST

/* ---- errors ------------------------------------------------------------- */

static int row; /* of a table, for its handler */

static const struct {
	const char *name, *value;
	int error;
	const char *log;
} bad_fields[] = {
	{ NULL, "a", EINVAL, "\"NULL\" is not a valid field name" },
	{ "", "a", EINVAL, "\"\" is not" },
	{ "a b", "a", EINVAL, "\"a b\" is not" },
	{ "a:", "a", EINVAL, "\"a:\" is not" },
	{ "a\r\nb", "a", EINVAL, "is not a valid" },
	{ "\xc3\xa9", "a", EINVAL, "is not a valid" },
	{ "X", NULL, EINVAL, "the value of X is NULL" },
	{ "X", "a\r\nSet-Cookie: b=c", EINVAL, "the value of X contains" },
	{ "X", "a\nb", EINVAL, "the value of X contains" },
	{ "X", "a\x01", EINVAL, "the value of X contains" },
	{ "X", "a\x7f", EINVAL, "the value of X contains" },
	{ "Content-Length", "1", EPERM,
		"Content-Length is set by the server, in" },
	{ "content-type", "a/b", EPERM,
		"set by the server: pass the type to the function that "
		"answers" },
	{ "CONNECTION", "close", EPERM, "CONNECTION is set" },
	{ "Transfer-Encoding", "chunked", EPERM, "is set by" },
	{ "Date", "now", EPERM, "Date is set by" },
	{ "Server", "nginx", EPERM, "Server is set by" },
};

static void
set_bad_field(struct prong_context *ctx)
{
	keep(prong_set_field(ctx, bad_fields[row].name, bad_fields[row].value));
	prong_empty(ctx, 204);
}

START_TEST(an_invalid_or_reserved_field_is_refused)
{
	const char *log;

	fake_worker_module_open(&m, &module);
	row = _i;
	ck_assert_str_eq(
		ask(set_bad_field, GET), START("204 No Content") "\r\n");
	ASSERT_FAILED(bad_fields[_i].error);
	log = fake_worker_module_log(&m);
	ck_assert_ptr_nonnull(strstr(log, "module test: prong_set_field(): "));
	ck_assert_msg(strstr(log, bad_fields[_i].log) != NULL, "%s", log);
	fake_worker_module_close(&m);
}
END_TEST

static void
bad_status_0(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 0, NULL, "", 0));
}

static void
bad_status_negative(struct prong_context *ctx)
{
	keep(prong_text(ctx, -200, "a"));
}

static void
bad_status_103(struct prong_context *ctx)
{
	keep(prong_empty(ctx, 103));
}

static void
bad_status_600(struct prong_context *ctx)
{
	keep(prong_json(ctx, 600, json_object()));
}

static void
bad_type(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 200, "a/b\r\nX: y", "", 0));
}

static void
bad_empty_type(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 200, "", "", 0));
}

static void
bad_content(struct prong_context *ctx)
{
	keep(prong_answer(ctx, 200, NULL, NULL, 7));
}

static void
bad_length(struct prong_context *ctx)
{
	keep(prong_answer_take(ctx, 200, NULL, calloc(1, 1), SIZE_MAX, NULL));
}

static void
bad_format(struct prong_context *ctx)
{
	/* Not looked at by the compiler. */
	int (*text)(struct prong_context *, int, const char *, ...) =
		prong_text;

	keep(text(ctx, 200, NULL));
}

static void
bad_json(struct prong_context *ctx)
{
	keep(prong_json(ctx, 200, json_pack("{s:s}", "a", "\xff")));
}

static void
bad_problem_status(struct prong_context *ctx)
{
	keep(prong_problem_with(ctx, 200, json_object(), "fine"));
}

static void
bad_problem_format(struct prong_context *ctx)
{
	int (*problem)(struct prong_context *, int, const char *, ...) =
		prong_problem;

	keep(problem(ctx, 400, NULL));
}

static const struct {
	prong_handler *handler;
	const char *log;
} mistakes[] = {
	{ bad_status_0, "prong_answer(): the status" },
	{ bad_status_negative, "prong_text(): the status" },
	{ bad_status_103, "prong_empty(): the status" },
	{ bad_status_600, "prong_json(): the status" },
	{ bad_type, "prong_answer(): the type" },
	{ bad_empty_type, "prong_answer(): the type" },
	{ bad_content, "prong_answer(): the content" },
	{ bad_length, "prong_answer_take(): the length" },
	{ bad_format, "prong_text(): the format" },
	{ bad_json, "prong_json(): the value is NULL" },
	{ bad_problem_status, "prong_problem_with(): the status" },
	{ bad_problem_format, "prong_problem(): the status" },
};

START_TEST(a_wrong_call_fails_and_is_logged)
{
	const char *answer;

	fake_worker_module_open(&m, &module);
	answer = ask(mistakes[_i].handler, GET);
	ASSERT_FAILED(EINVAL);
	ck_assert_msg(strncmp(answer, "HTTP/1.1 500 ", 13) == 0, "%s", answer);
	ck_assert_ptr_nonnull(
		strstr(fake_worker_module_log(&m), mistakes[_i].log));
	fake_worker_module_close(&m);
}
END_TEST

static void
answer_twice(struct prong_context *ctx)
{
	prong_text(ctx, 200, "a");
	keep(prong_json(ctx, 200, json_object()));
}

static void
set_field_late(struct prong_context *ctx)
{
	prong_text(ctx, 200, "a");
	keep(prong_set_field(ctx, "a", "b"));
}

static prong_handler *const late[] = { answer_twice, set_field_late };

START_TEST(a_second_answer_is_refused)
{
	fake_worker_module_open(&m, &module);
	ck_assert_str_eq(ask(late[_i], GET),
		START("200 OK") "Content-Type: text/plain; charset=utf-8\r\n"
				"Content-Length: 1\r\n\r\na");
	ASSERT_FAILED(EALREADY);
	ck_assert_ptr_nonnull(
		strstr(fake_worker_module_log(&m), "module test: "));
	fake_worker_module_close(&m);
}
END_TEST

static void
answer_not(struct prong_context *ctx)
{
	(void)ctx;
}

START_TEST(a_handler_without_an_answer_is_logged)
{
	const char *answer, *log;

	fake_worker_module_open(&m, &module);
	answer = ask(answer_not,
		"PUT /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 500 "));
	ck_assert_ptr_nonnull(strstr(answer, "application/problem+json"));
	log = fake_worker_module_log(&m);
	ck_assert_ptr_nonnull(strstr(log, "module test: * /api/*rest: "));
	ck_assert_ptr_nonnull(strstr(log, "PUT /api/x"));
	fake_worker_module_close(&m);
}
END_TEST

/* ---- later -------------------------------------------------------------- */

static struct prong_context *kept;

static void
keep_context(struct prong_context *ctx)
{
	kept = ctx;
	ck_assert_int_eq(prong_defer(ctx), 0);
}

START_TEST(a_response_may_be_deferred)
{
	struct exchange *x;

	fake_worker_module_open(&m, &module);
	handler = keep_context;
	x = fake_worker_module_begin(&m, GET);
	ck_assert_int_eq(prong_text(kept, 200, "later"), 0);
	ck_assert_str_eq(
		fake_worker_module_plain(&m, fake_worker_end(&m.fake, x)),
		START("200 OK") "Content-Type: text/plain; charset=utf-8\r\n"
				"Content-Length: 5\r\n\r\nlater");
	errno = 0;
	keep(prong_text(kept, 200, "too late"));
	ASSERT_FAILED(ESTALE);
	keep(prong_set_field(kept, "a", "b"));
	ASSERT_FAILED(ESTALE);
	fake_worker_module_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_response_has_the_given_status_type_and_content,
			ROWS(answers) },
		{ head_gets_only_the_response_head, 1 },
		{ large_content_is_sent_completely, 1 },
		{ many_fields_are_sent, 1 },
		{ an_invalid_or_reserved_field_is_refused, ROWS(bad_fields) },
		{ a_wrong_call_fails_and_is_logged, ROWS(mistakes) },
		{ a_second_answer_is_refused, ROWS(late) },
		{ a_handler_without_an_answer_is_logged, 1 },
		{ a_response_may_be_deferred, 1 },
	};

	return harness_run("module_response", tests, ROWS(tests));
}
