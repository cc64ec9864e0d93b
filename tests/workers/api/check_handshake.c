/*
 * SPDX-License-Identifier: MIT
 */
#include "api/handshake.h"

#include <stdio.h>
#include <string.h>

#include "support/fake_worker_head.h"
#include "support/harness.h"

#define START      "GET /chat HTTP/1.1\r\nHost: example.com\r\n"
#define UPGRADE    "Upgrade: websocket\r\n"
#define CONNECT    "Connection: Upgrade\r\n"
#define KEY        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define WS_VERSION "Sec-WebSocket-Version: 13\r\n"
#define GOOD       START UPGRADE CONNECT KEY WS_VERSION

// clang-format off
static const struct {
	const char *head;
	int status;
} rows[] = {
	{ GOOD, 0 },
	{ START WS_VERSION KEY CONNECT UPGRADE "Origin: http://x\r\n", 0 },
	{ START "upgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\n"
	  "sec-websocket-key:   dGhlIHNhbXBsZSBub25jZQ==  \r\n"
	  "sec-websocket-version:13\r\n", 0 },
	{ START "Upgrade: h2c, websocket\r\n" CONNECT KEY WS_VERSION, 0 },
	{ START "Upgrade: h2c\r\n" UPGRADE CONNECT KEY WS_VERSION, 0 },
	/* It does not ask. */
	{ START, 426 },
	{ START "Upgrade: h2c\r\n" CONNECT KEY WS_VERSION, 426 },
	{ START "Upgrade: websockets\r\n" CONNECT KEY WS_VERSION, 426 },
	/* RFC 6455 4.4: another version. */
	{ START UPGRADE CONNECT KEY, 426 },
	{ START UPGRADE CONNECT KEY "Sec-WebSocket-Version: 8\r\n", 426 },
	{ START UPGRADE CONNECT KEY "Sec-WebSocket-Version: 013\r\n", 426 },
	{ START UPGRADE CONNECT KEY "Sec-WebSocket-Version: 13, 8\r\n", 426 },
	{ START UPGRADE CONNECT KEY WS_VERSION WS_VERSION, 426 },
	/* 4.2.1. */
	{ "POST /chat HTTP/1.1\r\nHost: example.com\r\n"
	  "Content-Length: 0\r\n" UPGRADE CONNECT KEY WS_VERSION, 400 },
	{ "HEAD /chat HTTP/1.1\r\nHost: example.com\r\n"
	  UPGRADE CONNECT KEY WS_VERSION, 400 },
	{ "GET /chat HTTP/1.0\r\nHost: example.com\r\n"
	  UPGRADE CONNECT KEY WS_VERSION, 400 },
	{ GOOD "Content-Length: 1\r\n", 400 },
	{ START UPGRADE KEY WS_VERSION, 400 },
	{ START UPGRADE "Connection: keep-alive\r\n" KEY WS_VERSION, 400 },
	{ START UPGRADE CONNECT WS_VERSION, 400 },
	{ START UPGRADE CONNECT KEY KEY WS_VERSION, 400 },
	{ START UPGRADE CONNECT WS_VERSION "Sec-WebSocket-Key:\r\n", 400 },
	{ START UPGRADE CONNECT WS_VERSION
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n", 400 },
	{ START UPGRADE CONNECT WS_VERSION
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===\r\n", 400 },
	{ START UPGRADE CONNECT WS_VERSION
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWFh\r\n", 400 },
	{ START UPGRADE CONNECT WS_VERSION
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n", 400 },
};

static const struct {
	const char *offered;
	const char *spoken[4];
	const char *chosen; /* NULL: none */
} protocols[] = {
	{ "", { "chat" }, NULL },
	{ "Sec-WebSocket-Protocol: chat\r\n", { NULL }, NULL },
	{ "Sec-WebSocket-Protocol: chat\r\n", { "chat" }, "chat" },
	{ "Sec-WebSocket-Protocol: a, b\r\n", { "b", "a" }, "b" },
	{ "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n",
	  { "c", "b", "a" }, "b" },
	{ "Sec-WebSocket-Protocol: a, b\r\n", { "c", "d" }, NULL },
	{ "Sec-WebSocket-Protocol: Chat\r\n", { "chat" }, NULL },
};
// clang-format on

static int
check(const char *fields, const char *const *spoken, struct handshake *h)
{
	struct request r;
	struct arena arena;
	char head[1024];
	int status;

	arena_init(&arena, 1024, 0);
	snprintf(head, sizeof(head), "%s\r\n", fields);
	ck_assert_int_eq(
		fake_worker_verdict(&r, head, strlen(head), &arena), 0);
	status = handshake_check(&r, spoken, h);
	arena_fini(&arena);
	return status;
}

START_TEST(a_handshake_is_checked_as_the_rfc_says)
{
	struct handshake h;

	ck_assert_int_eq(check(rows[_i].head, NULL, &h), rows[_i].status);
}
END_TEST

START_TEST(the_accept_value_matches_the_rfc_example)
{
	struct handshake h;

	/* RFC 6455 1.3. */
	ck_assert_int_eq(check(GOOD, NULL, &h), 0);
	ck_assert_str_eq(h.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ck_assert_ptr_null(h.protocol);
}
END_TEST

START_TEST(the_preferred_offered_protocol_is_chosen)
{
	struct handshake h;
	char head[1024];

	snprintf(head, sizeof(head), "%s%s", GOOD, protocols[_i].offered);
	ck_assert_int_eq(check(head, protocols[_i].spoken, &h), 0);
	ck_assert_pstr_eq(h.protocol, protocols[_i].chosen);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_handshake_is_checked_as_the_rfc_says, ROWS(rows) },
		{ the_accept_value_matches_the_rfc_example, 0 },
		{ the_preferred_offered_protocol_is_chosen, ROWS(protocols) },
	};

	return harness_run("handshake", tests, ROWS(tests));
}
