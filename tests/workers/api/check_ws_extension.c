/*
 * The negotiation of permessage-deflate (RFC 7692 5, 7.1).
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_extension.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"

#define P "permessage-deflate"

// clang-format off
static const struct {
	const char *offered[3];
	unsigned window_bits; /* 0: declined */
} rows[] = {
	{ { "" }, 0 },
	{ { P }, 15 },
	{ { P "; client_max_window_bits" }, 15 },
	{ { P ";client_max_window_bits=8" }, 15 },
	{ { P "; client_no_context_takeover; server_no_context_takeover" }, 15 },
	{ { P "; server_max_window_bits=10" }, 10 },
	{ { P "; server_max_window_bits=\"9\"" }, 9 },
	{ { P " ; server_max_window_bits = 15" }, 15 },
	{ { "foo, " P "; client_max_window_bits, bar" }, 15 },
	{ { "foo", P }, 15 },
	/* The first offer that the server takes. */
	{ { P "; server_max_window_bits=10, " P }, 10 },
	{ { P "; unknown, " P "; server_max_window_bits=12" }, 12 },
	/* zlib has no raw deflate of 8 bits. */
	{ { P "; server_max_window_bits=8" }, 0 },
	{ { P "; server_max_window_bits=8, " P }, 15 },
	/* 7.1: unknown, twice, without or with a value, a value not permitted. */
	{ { P "; unknown" }, 0 },
	{ { P "; client_max_window_bits; client_max_window_bits" }, 0 },
	{ { P "; server_max_window_bits=9; server_max_window_bits=9" }, 0 },
	{ { P "; server_max_window_bits" }, 0 },
	{ { P "; server_max_window_bits=" }, 0 },
	{ { P "; client_no_context_takeover=1" }, 0 },
	{ { P "; server_no_context_takeover=" }, 0 },
	{ { P "; server_max_window_bits=7" }, 0 },
	{ { P "; server_max_window_bits=16" }, 0 },
	{ { P "; server_max_window_bits=09" }, 0 },
	{ { P "; server_max_window_bits=1" }, 0 },
	{ { P "; server_max_window_bits=-9" }, 0 },
	{ { P "; server_max_window_bits=100" }, 0 },
	{ { P "; client_max_window_bits=7" }, 0 },
	{ { P "; client_max_window_bits=" }, 0 },
	{ { P ";" }, 0 },
	{ { P "; ; client_max_window_bits" }, 0 },
	{ { "x-webkit-deflate-frame" }, 0 },
};
// clang-format on

START_TEST(the_first_offer_that_is_valid_is_taken)
{
	struct request r;
	struct arena arena;
	char head[1024];

	arena_init(&arena, 1024, 0);
	snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; rows[_i].offered[i] != NULL; i++)
		snprintf(head + strlen(head), sizeof(head) - strlen(head),
			"Sec-WebSocket-Extensions: %s\r\n",
			rows[_i].offered[i]);
	strcat(head, "\r\n");
	ck_assert_int_eq(
		fake_worker_verdict(&r, head, strlen(head), &arena), 0);
	ck_assert_uint_eq(ws_extension_choose(&r), rows[_i].window_bits);
	arena_fini(&arena);
}
END_TEST

START_TEST(the_response_says_what_was_agreed)
{
	static const struct {
		unsigned window_bits;
		const char *field;
	} fields[] = {
		{ 0, "" },
		{ 15, "Sec-WebSocket-Extensions: " P
		      "; server_no_context_takeover"
		      "; client_no_context_takeover\r\n" },
		{ 9, "Sec-WebSocket-Extensions: " P
		     "; server_no_context_takeover"
		     "; client_no_context_takeover"
		     "; server_max_window_bits=9\r\n" },
	};
	char field[WS_EXTENSION_FIELD];

	for (size_t i = 0; i < ROWS(fields); i++) {
		ws_extension_format(field, fields[i].window_bits);
		ck_assert_str_eq(field, fields[i].field);
	}
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_first_offer_that_is_valid_is_taken, ROWS(rows) },
		{ the_response_says_what_was_agreed, 0 },
	};

	return harness_run("ws_extension", tests, ROWS(tests));
}
