/*
 * WebSockets that another worker has handed over.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_move.h"

#include <string.h>

#include "api/ws_deflate.h"
#include "conn/conn_record.h"
#include "support/fake_worker_mount.h"
#include "support/harness.h"

enum { TURNS = 4 };

static struct fake_worker_mount m;

static void
on_message(struct prong_context *ctx, enum prong_ws_kind kind,
	const char *bytes, size_t len, void *data)
{
	(void)data;
	prong_ws_send(ctx, kind, bytes, len);
}

static void
restore(struct prong_context *ctx)
{
	static const struct prong_ws calls = { .on_message = on_message };

	prong_ws_accept(ctx, &calls, NULL);
}

static const struct prong_route routes[] = {
	{ "GET", "/ws", restore, .on_restore = restore },
	PRONG_ROUTES_END,
};

static const struct prong_module module = { .abi = PRONG_ABI,
	.size = sizeof(struct prong_module),
	.route_size = sizeof(struct prong_route),
	.name = "test",
	.routes = routes,
	.start = fake_worker_mount_keep };

/* What the client sends with a key of zeros. */
#define FRAME(bytes)                                                           \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}
static const struct span hello = FRAME("\x81\x85\0\0\0\0Hello");
static const struct span small_hello =
	FRAME("\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0");

static void
hand_over(unsigned window_bits)
{
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
	m.fake.worker.state = WORKER_SERVING;
	m.fake.worker.log.level = LOG_LEVEL_WARN;
	fake_worker_mount_hand_over(&m,
		&(struct conn_record_websocket){ .window_bits = window_bits });
	for (int i = 0; i < TURNS; i++)
		fake_worker_mount_turn(&m);
}

static void
expect_echo(struct span frame)
{
	size_t sent;

	ck_assert(fake_worker_mount_send(&m, frame.at, frame.len, &sent));
	ck_assert_uint_eq(m.ngot, 7);
	ck_assert_mem_eq(m.got, "\x81\x05Hello", 7);
}

/* A client that has negotiated it may use it, or not. */
START_TEST(a_compressed_websocket_goes_on_where_the_build_has_zlib)
{
	hand_over(15);
	if (ws_deflate_is_supported()) {
		expect_echo(_i == 0 ? hello : small_hello);
	} else {
		ck_assert_uint_eq(m.ngot, 4);
		ck_assert_mem_eq(m.got, "\x88\x02\x03\xe9", 4);
		ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
			"permessage-deflate was handed over, and this build "
			"has no zlib"));
	}
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(any_other_goes_on_in_every_build)
{
	hand_over(0);
	expect_echo(hello);
	fake_worker_mount_close(&m);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_compressed_websocket_goes_on_where_the_build_has_zlib, 2 },
		{ any_other_goes_on_in_every_build, 1 },
	};

	return harness_run("ws_move", tests, ROWS(tests));
}
