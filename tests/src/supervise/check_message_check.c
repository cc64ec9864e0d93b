/*
 * What a worker may tell the master: every kind in every state, and what it
 * may hold.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/message_check.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervise/proc.h"
#include "support/harness.h"

static struct channel_message
message(enum channel_kind kind)
{
	struct channel_message m = { .kind = kind,
		.len = channel_limits(kind)->min_text };

	if (kind == CHANNEL_CONN) {
		m.len = 1;
		m.nfds = 1;
		m.fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	}
	return m;
}

static void
close_fds(struct channel_message *m)
{
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

#define IN(state) (1u << PROC_##state)

/* Which states of a process pass, for one that was told to serve and for one
 * that was not. */
static const struct {
	enum channel_kind kind;
	unsigned served, unserved;
} kinds[] = {
	{ CHANNEL_READY, IN(STARTING) | IN(LEAVING),
		IN(STARTING) | IN(LEAVING) },
	{ CHANNEL_FAILED, IN(STARTING) | IN(LEAVING),
		IN(STARTING) | IN(LEAVING) },
	{ CHANNEL_RECYCLE, IN(SERVING) | IN(LEAVING), 0 },
	{ CHANNEL_CONN, IN(SERVING) | IN(LEAVING), 0 },
	{ CHANNEL_GO, 0, 0 },
	{ CHANNEL_DRAIN, 0, 0 },
	{ CHANNEL_STOP, 0, 0 },
	{ CHANNEL_REOPEN, 0, 0 },
	{ CHANNEL_REBALANCE, 0, 0 },
	{ CHANNEL_QUEUE, 0, 0 },
	{ CHANNEL_OPENED, 0, 0 },
	{ CHANNEL_TOTALS, 0, 0 },
	{ CHANNEL_BUS_LINK, 0, 0 },
	{ CHANNEL_BUS, IN(SERVING) | IN(LEAVING), 0 },
	{ CHANNEL_ONCE, IN(SERVING) | IN(LEAVING), 0 },
};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == CHANNEL_KINDS - 1,
	"every kind has a row");

START_TEST(a_kind_passes_in_its_states_only)
{
	struct error_text what;

	for (unsigned state = 0; state < PROC_STATES; state++)
		for (int served = 0; served < 2; served++) {
			struct channel_message m = message(kinds[_i].kind);
			struct proc p = { .state = state,
				.has_served = served };
			unsigned states =
				served ? kinds[_i].served : kinds[_i].unserved;
			bool passes = message_check(&p, &m, &what) == 0;

			ck_assert_int_eq(passes, states >> state & 1);
			close_fds(&m);
		}
}
END_TEST

static const struct {
	enum channel_kind first, then;
	const char *what; /* NULL: it passes */
} pairs[] = {
	{ CHANNEL_READY, CHANNEL_READY, "sent READY behind READY" },
	{ CHANNEL_READY, CHANNEL_FAILED, "sent FAILED behind READY" },
	{ CHANNEL_FAILED, CHANNEL_READY, "sent READY behind FAILED" },
	{ CHANNEL_FAILED, CHANNEL_FAILED, "sent FAILED behind FAILED" },
	{ CHANNEL_RECYCLE, CHANNEL_RECYCLE, "sent RECYCLE behind RECYCLE" },
	{ CHANNEL_RECYCLE, CHANNEL_CONN, NULL },
	{ CHANNEL_CONN, CHANNEL_CONN, NULL },
	{ CHANNEL_CONN, CHANNEL_RECYCLE, NULL },
};

START_TEST(what_is_said_once_passes_once)
{
	struct channel_message first = message(pairs[_i].first);
	struct channel_message then = message(pairs[_i].then);
	struct proc p = { .state = PROC_LEAVING, .has_served = true };
	struct error_text what = { .text = "" };

	ck_assert_int_eq(message_check(&p, &first, &what), 0);
	ck_assert_int_eq(message_check(&p, &then, &what),
		pairs[_i].what == NULL ? 0 : -1);
	if (pairs[_i].what != NULL)
		ck_assert_str_eq(what.text, pairs[_i].what);
	close_fds(&first);
	close_fds(&then);
}
END_TEST

static const struct {
	enum channel_kind kind;
	enum proc_state state;
	size_t len;
	int nfds;
	const char *what; /* NULL: it passes */
} sizes[] = {
	{ CHANNEL_READY, PROC_STARTING, 5, 0, NULL },
	{ CHANNEL_READY, PROC_STARTING, 65, 0,
		"sent READY with 65 bytes of text" },
	{ CHANNEL_READY, PROC_STARTING, 0, 1, "sent READY with 1 descriptors" },
	{ CHANNEL_FAILED, PROC_STARTING, CHANNEL_REASON - 1, 0, NULL },
	{ CHANNEL_FAILED, PROC_STARTING, 1, CHANNEL_FDS,
		"sent FAILED with 16 descriptors" },
	{ CHANNEL_FAILED, PROC_STARTING, CHANNEL_REASON, 0,
		"sent FAILED with 4096 bytes of text" },
	{ CHANNEL_RECYCLE, PROC_SERVING, 0, 0, NULL },
	{ CHANNEL_RECYCLE, PROC_SERVING, 1, 0,
		"sent RECYCLE with 1 bytes of text" },
	{ CHANNEL_RECYCLE, PROC_SERVING, 0, 1,
		"sent RECYCLE with 1 descriptors" },
	{ CHANNEL_CONN, PROC_SERVING, 48, 1, NULL },
	{ CHANNEL_CONN, PROC_SERVING, CHANNEL_TEXT - 1, CHANNEL_FDS, NULL },
	{ CHANNEL_CONN, PROC_SERVING, 48, 0, "sent CONN with 0 descriptors" },
	{ CHANNEL_CONN, PROC_SERVING, 0, 1, "sent CONN with 0 bytes of text" },
	{ CHANNEL_READY, PROC_SERVING, 0, 0,
		"sent READY while it was serving" },
	{ CHANNEL_GO, PROC_SERVING, 0, 0,
		"sent GO, which only the master sends" },
};

START_TEST(a_message_holds_what_its_kind_may)
{
	struct channel_message m = { .kind = sizes[_i].kind,
		.len = sizes[_i].len };
	struct proc p = { .state = sizes[_i].state,
		.has_served = sizes[_i].state == PROC_SERVING };
	struct error_text what = { .text = "" };

	for (; m.nfds < sizes[_i].nfds; m.nfds++)
		m.fds[m.nfds] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
		message_check(&p, &m, &what), sizes[_i].what == NULL ? 0 : -1);
	if (sizes[_i].what != NULL)
		ck_assert_str_eq(what.text, sizes[_i].what);
	close_fds(&m);
}
END_TEST

static int
open_file(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int
open_pipe(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[1]);
	return ends[0];
}

static int
open_listener(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

static int
open_unix(int type)
{
	return socket(AF_UNIX, type, 0);
}

static int
open_unix_stream(void)
{
	return open_unix(SOCK_STREAM);
}

static int
open_unix_datagrams(void)
{
	return open_unix(SOCK_DGRAM);
}

static int
open_channel(void)
{
	return open_unix(SOCK_SEQPACKET);
}

static int
open_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int
open_tcp6(void)
{
	return socket(AF_INET6, SOCK_STREAM, 0);
}

static const struct {
	int (*open)(void);
	bool passes;
} descriptors[] = {
	{ open_tcp6, true },
	{ open_unix_stream, true },
	{ open_file, false },
	{ open_pipe, false },
	{ open_listener, false },
	{ open_unix_datagrams, false },
	{ open_channel, false },
	{ open_udp, false },
};

START_TEST(only_connections_pass)
{
	struct channel_message m = message(CHANNEL_CONN);
	struct proc p = { .state = PROC_SERVING, .has_served = true };
	struct error_text what;

	m.fds[1] = descriptors[_i].open();
	ck_assert_int_ne(m.fds[1], -1);
	m.nfds = 2;
	ck_assert_int_eq(
		message_check(&p, &m, &what), descriptors[_i].passes ? 0 : -1);
	if (!descriptors[_i].passes)
		ck_assert_str_eq(what.text,
			"sent CONN with a descriptor that is not a connection");
	close_fds(&m);
}
END_TEST

START_TEST(a_connection_that_passes_does_not_linger)
{
	struct channel_message m = message(CHANNEL_CONN);
	struct proc p = { .state = PROC_SERVING, .has_served = true };
	struct linger linger = { 1, 20 };
	socklen_t len = sizeof(linger);
	struct error_text what;

	ck_assert_int_eq(
		setsockopt(m.fds[0], SOL_SOCKET, SO_LINGER, &linger, len), 0);
	ck_assert_int_eq(message_check(&p, &m, &what), 0);
	ck_assert_int_eq(
		getsockopt(m.fds[0], SOL_SOCKET, SO_LINGER, &linger, &len), 0);
	ck_assert_int_eq(linger.l_onoff, 0);
	close_fds(&m);
}
END_TEST

static const struct {
	const char *sent, *text;
} texts[] = {
	{ "no such module", "no such module" },
	{ "a\nREADY=1\r\t", "a\\x0aREADY=1\\x0d\\x09" },
	{ "\x1b[2J\x7f", "\\x1b[2J\\x7f" }, { "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "\xc2\x9b"
	  "31m",
		"\\xc2\\x9b"
		"31m" },                       /* CSI */
	{ "\xe2\x80\xae", "\\xe2\\x80\\xae" }, /* right to left */
	{ "\xe2\x80\x8b", "\\xe2\\x80\\x8b" }, /* no width */
	{ "\xff\xc3", "\\xff\\xc3" },          /* no UTF-8 */
};

START_TEST(a_text_has_no_control_characters)
{
	struct channel_message m = { .kind = CHANNEL_FAILED };
	struct error_text out;

	m.len = strlen(texts[_i].sent);
	memcpy(m.text, texts[_i].sent, m.len);
	message_text(&m, &out);
	ck_assert_str_eq(out.text, texts[_i].text);
}
END_TEST

START_TEST(a_long_text_is_cut)
{
	struct channel_message m = { .kind = CHANNEL_FAILED,
		.len = CHANNEL_TEXT - 1 };
	struct error_text out;

	memset(m.text, 1, m.len);
	message_text(&m, &out);
	ck_assert_uint_lt(strlen(out.text), ERROR_TEXT_SIZE);
	ck_assert_uint_gt(strlen(out.text), ERROR_TEXT_SIZE - 10);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_kind_passes_in_its_states_only, ROWS(kinds) },
		{ what_is_said_once_passes_once, ROWS(pairs) },
		{ a_message_holds_what_its_kind_may, ROWS(sizes) },
		{ only_connections_pass, ROWS(descriptors) },
		{ a_connection_that_passes_does_not_linger, 0 },
		{ a_text_has_no_control_characters, ROWS(texts) },
		{ a_long_text_is_cut, 0 },
	};

	return harness_run("message_check", tests, ROWS(tests));
}
