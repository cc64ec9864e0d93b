/*
 * HTTP/2 over TLS whose client reads slowly and sends meanwhile: the server
 * reads, and flushes records beside that, while its own output is blocked.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"
#include "support/tls_client.h"
#include "support/tls_files.h"

enum {
	SIZE = 16 * 1024 * 1024,
	ROUNDS = 24,
	FRAME_HEAD = 9,
	DATA = 0,
};

static struct server s;

static const char opening[] =
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	/* SETTINGS: INITIAL_WINDOW_SIZE of 2^30, and the connection's */
	"\0\0\6\4\0\0\0\0\0\0\4\100\0\0\0"
	"\0\0\4\10\0\0\0\0\0\77\0\0\0"
	/* HEADERS: GET /big of https://a */
	"\0\0\13\1\5\0\0\0\1\202\207\4\4/big\1\1a";

static const char ping[] = "\0\0\10\6\0\0\0\0\0pingpong";

static size_t
count_waiting(const struct tls_client *c)
{
	int n = 0;

	ck_assert_int_eq(ioctl(c->fd, FIONREAD, &n), 0);
	return (size_t)n;
}

/* Waits until nothing more comes: the socket is full, or all was sent. */
static void
wait_for_rest(const struct tls_client *c)
{
	int64_t deadline = deadline_in(DEADLINE);
	size_t before = 0, now = count_waiting(c);

	for (int same = 0; same < 3 && server_tick(&s, deadline);) {
		before = now;
		now = count_waiting(c);
		same = now == before ? same + 1 : 0;
	}
}

static void
signal_workers(int signal)
{
	pid_t workers[PROC_CHILDREN];
	size_t n = server_workers(&s, workers);

	for (size_t i = 0; i < n; i++)
		if (signal == SIGSTOP)
			server_halt(&s, workers[i]);
		else
			ck_assert_int_eq(kill(workers[i], signal), 0);
}

/* Reads what is there while the workers stand still, and sends something: the
 * worker finds input, and room for its output, in one turn. */
static void
read_and_ping(struct tls_client *c)
{
	wait_for_rest(c);
	signal_workers(SIGSTOP);
	while (count_waiting(c) > 0 || SSL_has_pending(c->ssl))
		if (tls_client_fill(c, deadline_in(20)) != CLIENT_OK)
			break;
	tls_client_send(c, ping, sizeof(ping) - 1);
	signal_workers(SIGCONT);
}

/* Compares the content of all whole frames from *at on; returns how many bytes
 * of content there were. */
static size_t
check_frames(const struct tls_client *c, size_t *at, const char *want)
{
	size_t done = 0;

	for (size_t len; *at + FRAME_HEAD <= c->len; *at += FRAME_HEAD + len) {
		const unsigned char *p = (unsigned char *)c->bytes + *at;

		len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
		ck_assert_msg(len <= 16384, "no head of a frame at %zu", *at);
		if (*at + FRAME_HEAD + len > c->len)
			break;
		if (p[3] != DATA)
			continue;
		ck_assert_msg(memcmp(p + FRAME_HEAD, want + done, len) == 0,
			"other content at %zu", *at);
		done += len;
	}
	return done;
}

START_TEST(what_is_read_beside_a_blocked_output_repeats_none_of_it)
{
	const struct tls_client_offer offer = { .alpn = "h2" };
	struct tls_files f;
	struct tls_client c;
	char *big = server_pattern(SIZE);
	int64_t deadline;
	size_t at = 0, done = 0;

	tls_files_serve(&f, &s, TLS_CONF);
	server_file(&s, "www/big", big, SIZE);
	tls_client_open(&c, s.tls_port, &offer);
	tls_client_send(&c, opening, sizeof(opening) - 1);
	for (int i = 0; i < ROUNDS && c.len < SIZE; i++)
		read_and_ping(&c);
	deadline = deadline_in(DEADLINE);
	while ((done += check_frames(&c, &at, big + done)) < SIZE) {
		ck_assert_int_eq(tls_client_fill(&c, deadline), CLIENT_OK);
		ck_assert(!c.at_eof);
	}
	tls_client_close(&c);
	server_stop(&s);
	tls_files_free(&f);
	free(big);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ what_is_read_beside_a_blocked_output_repeats_none_of_it, 0 },
	};

	return harness_run("tls_output", tests, ROWS(tests));
}
