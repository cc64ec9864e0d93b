/*
 * Messages of the bus for a WebSocket that another worker has handed over, in
 * every order in which they, the WebSocket, GO and the greeting may come.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_bus.h"

#include <stdio.h>
#include <string.h>

#include "api/context.h"
#include "api/module_bus.h"
#include "common/bus_message.h"
#include "common/channel.h"
#include "conn/conn_record.h"
#include "support/fake_worker_mount.h"
#include "support/harness.h"

enum { BASE = 3, TURNS = 3 };

static struct fake_worker_mount m;
static char told[256]; /* what the WebSocket was told, in order */

static void
on_published(struct prong_context *ctx, unsigned from, const char *bytes,
	size_t len, void *data)
{
	(void)ctx;
	(void)from;
	(void)data;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%.*s ",
		(int)len, bytes);
}

static void
on_lost(struct prong_context *ctx, uint64_t count, void *data)
{
	(void)ctx;
	(void)data;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "lost%u ",
		(unsigned)count);
}

static void
restore(struct prong_context *ctx)
{
	static const struct prong_ws calls = { .on_published = on_published,
		.on_lost = on_lost };

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

static void
turn(void)
{
	for (int i = 0; i < TURNS; i++)
		fake_worker_mount_turn(&m);
}

/* A WebSocket that was told the messages up to this number arrives. */
static void
hand_over(unsigned number)
{
	fake_worker_mount_hand_over(
		&m, &(struct conn_record_websocket){ .bus_number = number });
	turn();
}

static void
take(const struct bus_head *head, const void *bytes, size_t len)
{
	struct channel_message message = { .kind = CHANNEL_BUS,
		.len = sizeof(*head) + len };

	memcpy(message.text, head, sizeof(*head));
	memcpy(message.text + sizeof(*head), bytes, len);
	bus_take(&m.fake.worker, &message);
	turn();
}

static void
publish(unsigned number, unsigned lost)
{
	struct bus_head head = { .key = bus_key_of(fake_worker_instance),
		.number = number,
		.lost = lost };
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	take(&head, text, strlen(text));
}

static void
greet(unsigned number, unsigned lost)
{
	struct bus_head head = { .number = number, .lost = lost };
	uint64_t base = BASE;

	take(&head, &base, sizeof(base));
}

/*
 * What the worker reads of its channel: "w5" is a WebSocket that was told of
 * the messages up to 5, "m6" a message, "m6-2" one that tells of 2 lost ones,
 * "go", and "g6" the greeting when 6 was the last one.
 */
static const struct {
	const char *reads, *told;
} rows[] = {
	/* It arrives in a worker that serves. */
	{ "go g5 w5", "" },
	{ "go g5 w5 m6", "6 " },
	{ "go g5 m6 m7 w5 m8", "6 7 8 " },
	{ "go g7 w5 m8", "lost2 8 " },
	/* In one that takes the place of another one, which had read 6. */
	{ "w5 go g5", "" },
	{ "w5 go g6", "lost1 " },
	{ "w5 go g6 m7", "lost1 7 " },
	{ "w5 m7 go g7 m8", "lost1 7 8 " },
	{ "w5 m7 m8 go g8", "lost1 7 8 " },
	{ "m7 w5 m8 go g8", "lost1 7 8 " },
	{ "m7 w7 m8 go g8", "8 " },
	/* The messages of another process come behind it. */
	{ "w7 m6 m7 m8 go g8", "8 " },
	{ "w5 m6 m7 go g7 m8", "6 7 8 " },
	/* What the master has dropped is told once. */
	{ "w5 m8-2 go g8", "lost2 8 " },
	{ "w5 go g7-2 m8", "lost2 8 " },
	{ "w5 go g5 m8-2", "lost2 8 " },
	/* Another master has counted it. */
	{ "w2 go g5", "lost0 " },
	{ "w2 m5 go g5 m6", "lost0 5 6 " },
	/* The greeting was dropped. */
	{ "w5 m7 go m8 m9", "lost0 7 8 9 " },
	{ "w5 go m6 m7", "lost0 6 7 " },
};

static void
read_message(const char *text)
{
	unsigned number, lost = 0;

	if (sscanf(text, "w%u", &number) == 1)
		hand_over(number);
	else if (sscanf(text, "m%u-%u", &number, &lost) >= 1)
		publish(number, lost);
	else if (sscanf(text, "g%u-%u", &number, &lost) >= 1)
		greet(number, lost);
	else
		m.fake.worker.state = WORKER_SERVING;
}

static void
read_channel(const char *reads)
{
	const char *space;

	read_message(reads);
	while ((space = strchr(reads, ' ')) != NULL) {
		reads = space + 1;
		read_message(reads);
	}
}

START_TEST(a_websocket_is_told_each_message_once_or_that_it_was_lost)
{
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
	m.fake.worker.state = WORKER_READY;
	told[0] = '\0';
	read_channel(rows[_i].reads);
	ck_assert_msg(strcmp(told, rows[_i].told) == 0,
		"%s: \"%s\", not \"%s\"", rows[_i].reads, told, rows[_i].told);
	fake_worker_mount_close(&m);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_websocket_is_told_each_message_once_or_that_it_was_lost,
			(int)ROWS(rows) },
	};

	return harness_run("ws_bus", tests, ROWS(tests));
}
