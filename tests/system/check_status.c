/*
 * /status of the admin address: JSON for programs, a page for people.
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static int admin;

static void
start(void)
{
	char conf[1024];

	admin = port_take();
	snprintf(conf, sizeof(conf),
		SERVER_CONF_WITH("\"admin\": {\"listen\": \"127.0.0.1:%d\", "
				 "\"hosts\": [\"test\"]}"),
		admin);
	server_serve(&s, conf);
}

/* Any worker tells of both. */
START_TEST(the_json_has_every_worker)
{
	pid_t workers[PROC_CHILDREN];
	struct response r;
	json_t *status;
	const json_t *list;

	start();
	ck_assert_uint_eq(server_workers(&s, workers), 2);
	client_fetch(admin, "/status", "", &r);
	ck_assert_int_eq(r.status, 200);
	status = json_loads(r.body, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(status != NULL, "%s", r.body);
	list = json_object_get(status, "workers");
	ck_assert_uint_eq(json_array_size(list), 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(json_integer_value(json_object_get(
					 json_array_get(list, i), "pid")),
			workers[i]);
	ck_assert_ptr_nonnull(strstr(r.body, "\"doing\":\"GET /status "));
	json_decref(status);
	response_free(&r);
	server_stop(&s);
}
END_TEST

static const struct {
	const char *accept, *type;
} types[] = {
	{ "", "application/json" },
	{ "Accept: */*\r\n", "application/json" },
	{ "Accept: application/json\r\n", "application/json" },
	{ "Accept: text/plain\r\n", "application/json" },
	{ "Accept: application/json, text/html\r\n", "application/json" },
	{ "Accept: text/html;q=0, */*\r\n", "application/json" },
	{ "Accept: text/html\r\n", "text/html; charset=utf-8" },
	/* Firefox, Chromium */
	{ "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"
	  "image/avif,image/webp,*/*;q=0.8\r\n",
		"text/html; charset=utf-8" },
};

START_TEST(a_browser_gets_a_page_and_others_json)
{
	struct response r;
	char text[256];

	start();
	for (size_t i = 0; i < ROWS(types); i++) {
		snprintf(text, sizeof(text),
			"GET /status HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
			types[i].accept);
		client_ask(admin, text, &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_str_eq(
			response_field(&r, "Content-Type"), types[i].type);
		ck_assert_str_eq(
			response_field(&r, "Cache-Control"), "no-store");
		response_free(&r);
	}
	server_stop(&s);
}
END_TEST

/* Copies the 32 digits of the policy's first nonce. */
static void
find_nonce(const struct response *r, char nonce[33])
{
	const char *policy = response_field(r, "Content-Security-Policy");
	const char *at;

	ck_assert_ptr_nonnull(policy);
	ck_assert_ptr_nonnull(strstr(policy, "default-src 'none'"));
	ck_assert_ptr_null(strstr(policy, "unsafe"));
	at = strstr(policy, "script-src 'nonce-");
	ck_assert_ptr_nonnull(at);
	snprintf(nonce, 33, "%s", at + strlen("script-src 'nonce-"));
	ck_assert_uint_eq(strspn(nonce, "0123456789abcdef"), 32);
}

static size_t
count_texts(const char *in, const char *text)
{
	size_t n = 0;

	while ((in = strstr(in, text)) != NULL) {
		in++;
		n++;
	}
	return n;
}

START_TEST(the_page_runs_its_own_script_only)
{
	struct response r;
	char nonce[2][33], text[128];

	start();
	for (int i = 0; i < 2; i++) {
		client_fetch(admin, "/status", "Accept: text/html\r\n", &r);
		find_nonce(&r, nonce[i]);
		snprintf(text, sizeof(text), " nonce=\"%s\">", nonce[i]);
		ck_assert_uint_eq(count_texts(r.body, text), 2);
		ck_assert_uint_eq(count_texts(r.body, "<script"), 1);
		ck_assert_uint_eq(count_texts(r.body, "<style"), 1);
		ck_assert_uint_eq(count_texts(r.body, "NONCE"), 0);
		ck_assert_uint_eq(count_texts(r.body, "innerHTML"), 0);
		ck_assert_ptr_nonnull(strstr(r.body, "turn();\n</script>\n"));
		response_free(&r);
	}
	ck_assert_str_ne(nonce[0], nonce[1]);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_json_has_every_worker, 1 },
		{ a_browser_gets_a_page_and_others_json, 1 },
		{ the_page_runs_its_own_script_only, 1 },
	};

	return harness_run("status", tests, ROWS(tests));
}
