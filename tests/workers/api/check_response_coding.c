/*
 * Codings of a module's responses, which clients decode to what was written.
 * SPDX-License-Identifier: MIT
 */
#include "api/response_coding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "conn/exchange.h"
#include "file/compress.h"
#include "support/coded_client.h"
#include "support/fake_worker_mount.h"
#include "support/harness.h"
#include "support/http_response.h"

enum { LARGE = CODED_CLIENT_TEXT, PAUSE = 3 };

static struct fake_worker_mount m;
static const char *large; /* LARGE bytes of text */
static struct prong_context *kept;

/* ---- the module --------------------------------------------------------- */

static void
answer_text(struct prong_context *ctx)
{
	int64_t n = 300;

	kept = ctx;
	if (prong_query_int(ctx, "n", &n, 0, LARGE) == 0)
		prong_answer(ctx, 200, "text/plain", large, (size_t)n);
}

static void
answer_type(struct prong_context *ctx)
{
	const char *type = prong_query_value(ctx, "type", 0);
	int64_t status = 200;

	if (prong_query_int(ctx, "status", &status, 200, 599) == 0)
		prong_answer(ctx, (int)status, type, large, 1000);
}

static void
answer_field(struct prong_context *ctx)
{
	const char *name = prong_query_value(ctx, "name", 0), *value;

	for (size_t i = 0; i < 2; i++) {
		value = prong_query_value(ctx, "value", i);
		if (value != NULL)
			prong_set_field(ctx, name, value);
	}
	prong_answer(ctx, 200, "application/json", large, 1000);
}

static void
answer_tag(struct prong_context *ctx)
{
	if (prong_etag(ctx, "v1", 0) == 0)
		prong_answer(ctx, 200, "text/html", large, 1000);
}

static void
answer_dated_tag(struct prong_context *ctx)
{
	if (prong_etag(ctx, "v1", 784111777) == 0)
		prong_answer(ctx, 200, "text/html", large, 1000);
}

static void
answer_weak_tag(struct prong_context *ctx)
{
	if (prong_etag(ctx, "W/\"v1\"", 0) == 0)
		prong_answer(ctx, 200, "text/html", large, 20000);
}

static void
answer_noise(struct prong_context *ctx)
{
	static char noise[16384];

	srandom(1);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)random();
	prong_etag(ctx, "n", 0);
	prong_answer(ctx, 200, "text/plain", noise, sizeof(noise));
}

/* Of the request's memory there is none left for a field. */
static void
stream_full(struct prong_context *ctx)
{
	for (size_t size = 4096; size > 0; size /= 2)
		while (prong_alloc(ctx, size) != NULL)
			;
	prong_stream(ctx, 200, "text/plain");
	prong_write(ctx, large, 1000);
	prong_finish(ctx);
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/full", stream_full),
	PRONG_ROUTE("GET", "/text", answer_text),
	PRONG_ROUTE("GET", "/type", answer_type),
	PRONG_ROUTE("GET", "/field", answer_field),
	PRONG_ROUTE("*", "/tag", answer_tag),
	PRONG_ROUTE("GET", "/dated", answer_dated_tag),
	PRONG_ROUTE("GET", "/weak", answer_weak_tag),
	PRONG_ROUTE("GET", "/noise", answer_noise),
	PRONG_ROUTES_END,
};

static int
start_instance(struct prong_instance *i)
{
	i->codings = compress_codings();
	return 0;
}

static const struct prong_module module = { .abi = PRONG_ABI,
	.size = sizeof(struct prong_module),
	.route_size = sizeof(struct prong_route),
	.name = "test",
	.routes = routes,
	.start = start_instance };

static void
start(void)
{
	large = coded_client_open(&m, &module);
}

static void
stop(void)
{
	coded_client_close(&m);
}

/* ---- the client --------------------------------------------------------- */

static void
ask(const char *method, const char *target, const char *fields,
	struct response *r)
{
	coded_client_ask(&m, method, target, fields, r);
}

/* ---- whole responses ---------------------------------------------------- */

static const size_t sizes[] = { 256, 4096, 4097, 300000, LARGE };

START_TEST(content_of_any_size_is_compressed)
{
	const char *coding = coded_client_codings[_i % 3];
	char target[64], fields[64], length[32];
	struct response r;

	if (!coded_client_has(coding))
		return;
	start();
	snprintf(fields, sizeof(fields), "Accept-Encoding: %s\r\n", coding);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		snprintf(target, sizeof(target), "/text?n=%zu", sizes[i]);
		ask("GET", target, fields, &r);
		ck_assert_int_eq(r.status, 200);
		response_expect_field(&r, "Content-Encoding", coding);
		response_expect_field(&r, "Vary", "Accept-Encoding");
		response_expect_field(&r, "Content-Type", "text/plain");
		coded_client_expect(&r, coding, sizes[i]);
		snprintf(length, sizeof(length), "%zu", r.len);
		response_free(&r);
		ask("HEAD", target, fields, &r);
		response_expect_field(&r, "Content-Encoding", coding);
		response_expect_field(&r, "Content-Length", length);
		response_free(&r);
	}
	ck_assert_str_eq(fake_worker_mount_errors(&m), "");
	stop();
}
END_TEST

#define GZIP  "Accept-Encoding: gzip\r\n"
#define NOT   "gzip;q=0"
#define SINCE "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static const struct {
	const char *target, *fields; /* of the request */
	const char *coding, *vary;
} rows[] = {
	{ "/text", "", NULL, "Accept-Encoding" },
	{ "/text", "Accept-Encoding: " NOT "\r\n", NULL, "Accept-Encoding" },
	{ "/text", "Accept-Encoding: lzma\r\n", NULL, "Accept-Encoding" },
	{ "/text", "Accept-Encoding: x-gzip\r\n", "gzip", "Accept-Encoding" },
	{ "/text", GZIP, "gzip", "Accept-Encoding" },
	/* What is not worth it does not vary. */
	{ "/text?n=255", GZIP, NULL, NULL },
	{ "/text?n=0", GZIP, NULL, NULL },
	{ "/type?type=image/png", GZIP, NULL, NULL },
	{ "/type?type=image/svg%2bxml", GZIP, "gzip", "Accept-Encoding" },
	{ "/type?type=text/plain;a=b", GZIP, "gzip", "Accept-Encoding" },
	{ "/type?type=text/plain&status=404", GZIP, "gzip", "Accept-Encoding" },
	{ "/type?type=text/plain&status=206", GZIP, NULL, NULL },
	{ "/type?type=text/plain&status=204", GZIP, NULL, NULL },
	{ "/type?type=text/plain&status=304", GZIP, NULL, NULL },
	/* The module has done it itself, or forbids it. */
	{ "/field?name=Content-Encoding&value=br", GZIP, "br", NULL },
	{ "/field?name=Content-Range&value=bytes%200-9/10", GZIP, NULL, NULL },
	{ "/field?name=Cache-Control&value=private,no-transform", GZIP, NULL,
		NULL },
	{ "/field?name=Cache-Control&value=No-Transform", GZIP, NULL, NULL },
	{ "/field?name=cache-control&value=private&value=no-transform", GZIP,
		NULL, NULL },
	{ "/field?name=Content-Digest&value=sha-256%3d:AA%3d%3d:", GZIP, NULL,
		NULL },
	{ "/field?name=Repr-Digest&value=sha-256%3d:AA%3d%3d:", GZIP, NULL,
		NULL },
	{ "/field?name=X-Cache-Control&value=no-transform", GZIP, "gzip",
		"Accept-Encoding" },
	{ "/field?name=Cache-Control&value=private", GZIP, "gzip",
		"Accept-Encoding" },
	/* What does not become smaller. */
	{ "/noise", GZIP, NULL, "Accept-Encoding" },
};

START_TEST(the_client_and_the_content_decide)
{
	struct response r;

	start();
	ask("GET", rows[_i].target, rows[_i].fields, &r);
	response_expect_field(&r, "Content-Encoding", rows[_i].coding);
	response_expect_field(&r, "Vary", rows[_i].vary);
	response_free(&r);
	stop();
}
END_TEST

START_TEST(content_is_sent_as_it_is_without_memory_for_a_field)
{
	struct response r;

	start();
	ask("GET", "/full", GZIP, &r);
	ck_assert_int_eq(r.status, 200);
	response_expect_field(&r, "Content-Encoding", NULL);
	ck_assert_uint_eq(r.len, 1000);
	ck_assert(memcmp(r.body, large, r.len) == 0);
	response_free(&r);
	ck_assert_uint_eq(m.fake.worker.contexts->ncoded_streams, 0);
	stop();
}
END_TEST

/* A compressed part cannot be joined to one that is not. */
START_TEST(ranges_are_not_offered_of_compressed_content)
{
	struct response r;

	start();
	ask("GET", "/field?name=Accept-Ranges&value=bytes", GZIP, &r);
	response_expect_field(&r, "Accept-Ranges", NULL);
	response_free(&r);
	ask("GET", "/field?name=Accept-Ranges&value=bytes", "", &r);
	response_expect_field(&r, "Accept-Ranges", "bytes");
	response_free(&r);
	stop();
}
END_TEST

/* ---- tags --------------------------------------------------------------- */

static const struct {
	const char *method, *target, *fields;
	int status;
	const char *tag;
} tags[] = {
	{ "GET", "/tag", "", 200, "\"v1\"" },
	{ "GET", "/tag", GZIP, 200, "\"v1-g\"" },
	{ "HEAD", "/tag", GZIP, 200, "\"v1-g\"" },
	{ "GET", "/weak", GZIP, 200, "W/\"v1-g\"" },
	{ "GET", "/field?name=ETag&value=%22x%22", GZIP, 200, "W/\"x\"" },
	{ "GET", "/field?name=ETag&value=W/%22x%22", GZIP, 200, "W/\"x\"" },
	{ "GET", "/noise", GZIP, 200, "\"n\"" },
	{ "GET", "/tag", GZIP "If-None-Match: \"v1-g\"\r\n", 304, "\"v1-g\"" },
	{ "GET", "/tag", GZIP "If-None-Match: W/\"v1-g\"\r\n", 304,
		"\"v1-g\"" },
	{ "GET", "/tag", GZIP "If-None-Match: \"x\", \"v1\"\r\n", 304,
		"\"v1\"" },
	{ "GET", "/tag", GZIP "If-None-Match: \"v1-b\"\r\n", 200, "\"v1-g\"" },
	/* The other representation is not what is asked for now. */
	{ "GET", "/tag", "If-None-Match: \"v1-g\"\r\n", 200, "\"v1\"" },
	{ "GET", "/tag", GZIP "If-None-Match: \"v2-g\"\r\n", 200, "\"v1-g\"" },
	{ "GET", "/weak", GZIP "If-None-Match: \"v1-g\"\r\n", 304,
		"W/\"v1-g\"" },
	/* The client may have either representation. */
	{ "GET", "/dated", GZIP SINCE, 304, NULL },
	{ "GET", "/dated", SINCE, 304, "\"v1\"" },
	{ "GET", "/dated", GZIP "If-None-Match: *\r\n", 304, NULL },
	{ "GET", "/dated", "If-None-Match: *\r\n", 304, "\"v1\"" },
	{ "GET", "/dated", GZIP SINCE "If-None-Match: \"v1-g\"\r\n", 304,
		"\"v1-g\"" },
	/* Whichever representation was edited. */
	{ "PUT", "/tag", "If-Match: \"v1-g\"\r\n", 200, "\"v1\"" },
	{ "PUT", "/tag", GZIP "If-Match: \"v1\"\r\n", 200, "\"v1-g\"" },
	{ "PUT", "/tag", "If-Match: W/\"v1-g\"\r\n", 412, NULL },
	{ "PUT", "/tag", "If-Match: \"v2-g\"\r\n", 412, NULL },
	{ "PUT", "/tag", "If-None-Match: \"v1-g\"\r\n", 412, NULL },
};

START_TEST(each_coding_has_a_tag_of_its_own)
{
	struct response r;

	start();
	ask(tags[_i].method, tags[_i].target, tags[_i].fields, &r);
	ck_assert_int_eq(r.status, tags[_i].status);
	if (tags[_i].tag != NULL || r.status == 304)
		response_expect_field(&r, "ETag", tags[_i].tag);
	if (r.status == 304)
		response_expect_field(&r, "Vary", "Accept-Encoding");
	response_free(&r);
	stop();
}
END_TEST

/* ---- bounds ------------------------------------------------------------- */

static void
close_connection(struct prong_context *ctx)
{
	struct context *c = context_find(ctx, __func__);

	/* A fast thread may have compressed the response already. */
	if (c != NULL)
		c->exchange->protocol->close(
			c->exchange, "the client has gone");
}

/* The thread may still have the content. */
START_TEST(a_client_may_go_while_its_response_is_compressed)
{
	struct response r;

	start();
	for (int i = 0; i < 20; i++) {
		fake_worker_mount_connect(&m);
		fake_worker_mount_say(&m,
			"GET /text?n=1000000 HTTP/1.1\r\nHost: a\r\n" GZIP
			"\r\n");
		close_connection(kept);
	}
	ask("GET", "/text", GZIP, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	stop();
}
END_TEST

START_TEST(content_is_sent_as_it_is_while_much_is_compressed)
{
	struct response r;
	size_t *bytes;

	start();
	ask("GET", "/text", "", &r);
	response_free(&r);
	bytes = &m.fake.worker.contexts->coding_bytes;
	*bytes = 32 * 1024 * 1024 - 5000 + 1;
	ask("GET", "/text?n=5000", GZIP, &r);
	response_expect_field(&r, "Content-Encoding", NULL);
	response_expect_field(&r, "Vary", "Accept-Encoding");
	ck_assert_uint_eq(r.len, 5000);
	response_free(&r);
	*bytes -= 1;
	ask("GET", "/text?n=5000", GZIP, &r);
	response_expect_field(&r, "Content-Encoding", "gzip");
	response_free(&r);
	*bytes = 0;
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ content_of_any_size_is_compressed, 3 },
		{ the_client_and_the_content_decide, ROWS(rows) },
		{ content_is_sent_as_it_is_without_memory_for_a_field, 1 },
		{ ranges_are_not_offered_of_compressed_content, 1 },
		{ each_coding_has_a_tag_of_its_own, ROWS(tags) },
		{ a_client_may_go_while_its_response_is_compressed, 1 },
		{ content_is_sent_as_it_is_while_much_is_compressed, 1 },
	};

	return harness_run("response_coding", tests, ROWS(tests));
}
