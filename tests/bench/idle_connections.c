/*
 * Opens many connections to a server on this machine, asks once on each,
 * holds them idle and asks again.  A child for every 15,000 of them, each
 * from an address of its own in 127.0.1.0/24: an address has 28,000 ports.
 *
 *   idle_connections PORT CONNECTIONS HOLD_SECONDS [PATH]
 *
 * Prints "opened N served N failed N" when all are idle, and "held N" (open,
 * and answered again) at the end; exits 0 when all were held.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SHARE = 15000, /* connections of a child */
	ANSWER_MAX = 65536,
	PATIENCE = 20, /* seconds for one answer */
};

/* One child's counts, in memory that the parent shares. */
struct tally {
	long opened, served, failed, held;
};

struct job {
	uint16_t port;
	int hold_ms;
	char request[512];
	size_t request_length;
	int idle[2]; /* a pipe: a byte of every child whose share is idle */
};

/* Returns the length of the whole answer, 0 while that is not known. */
static size_t
answer_length(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	const char *field = strcasestr(answer, "\r\nContent-Length:");

	if (end == NULL || field == NULL || field > end)
		return 0;
	return (size_t)(end + 4 - answer) + strtoul(field + 17, NULL, 10);
}

/* One request and its whole answer; true when that is a 200. */
static bool
ask(const struct job *job, int fd)
{
	static char answer[ANSWER_MAX];
	size_t have = 0, want = 0;

	if (send(fd, job->request, job->request_length, MSG_NOSIGNAL) !=
		(ssize_t)job->request_length)
		return false;
	while (want == 0 || have < want) {
		ssize_t n = recv(fd, answer + have, ANSWER_MAX - 1 - have, 0);

		if (n <= 0)
			return false;
		have += (size_t)n;
		answer[have] = '\0';
		if (want == 0)
			want = answer_length(answer);
	}
	return strncmp(answer, "HTTP/1.1 200", 12) == 0;
}

static int
connect_from(int child, uint16_t port)
{
	struct sockaddr_in self = { .sin_family = AF_INET };
	struct sockaddr_in server = { .sin_family = AF_INET };
	struct timeval limit = { .tv_sec = PATIENCE };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1)
		return -1;
	self.sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)child);
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons(port);
	setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (bind(fd, (struct sockaddr *)&self, sizeof self) == -1 ||
		connect(fd, (struct sockaddr *)&server, sizeof server) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Returns the connection, -1 where it failed. */
static int
open_one(const struct job *job, int child, struct tally *tally)
{
	int fd = connect_from(child, job->port);

	tally->opened += fd != -1;
	if (fd != -1 && ask(job, fd)) {
		tally->served++;
		return fd;
	}
	tally->failed++;
	if (fd != -1)
		close(fd);
	return -1;
}

static void
hold_share(const struct job *job, int child, long count, struct tally *tally)
{
	static int fds[SHARE];

	for (long i = 0; i < count; i++)
		fds[i] = open_one(job, child, tally);
	if (write(job->idle[1], "", 1) != 1)
		_exit(1);
	poll(NULL, 0, job->hold_ms);
	for (long i = 0; i < count; i++)
		tally->held += fds[i] != -1 && ask(job, fds[i]);
	_exit(0);
}

static struct tally
sum(const struct tally *tallies, int children)
{
	struct tally all = { 0 };

	for (int i = 0; i < children; i++) {
		all.opened += tallies[i].opened;
		all.served += tallies[i].served;
		all.failed += tallies[i].failed;
		all.held += tallies[i].held;
	}
	return all;
}

/* Waits until every child's share is idle, or the child is dead. */
static void
wait_until_idle(struct job *job, int children)
{
	char byte;

	close(job->idle[1]);
	for (int i = 0; i < children; i++)
		if (read(job->idle[0], &byte, 1) <= 0)
			return;
}

static void
fill_job(struct job *job, char **argv)
{
	job->port = (uint16_t)atoi(argv[1]);
	job->hold_ms = (int)(atof(argv[3]) * 1000);
	job->request_length =
		(size_t)snprintf(job->request, sizeof job->request,
			"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
			argv[4] != NULL ? argv[4] : "/");
	if (job->request_length >= sizeof job->request || pipe(job->idle) == -1)
		err(1, "cannot start");
}

static struct tally *
start_children(const struct job *job, int children, long connections)
{
	struct tally *tallies;

	tallies = mmap(NULL, sizeof *tallies * (size_t)children,
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < children; i++) {
		long share = connections / children;

		share += i < connections % children;
		if (fork() == 0)
			hold_share(job, i, share, &tallies[i]);
	}
	return tallies;
}

int
main(int argc, char **argv)
{
	struct job job = { 0 };
	struct tally *tallies, all;
	long connections;
	int children;

	if (argc != 4 && argc != 5)
		errx(2, "usage: idle_connections PORT CONNECTIONS "
			"HOLD_SECONDS [PATH]");
	fill_job(&job, argv);
	connections = atol(argv[2]);
	children = (int)((connections + SHARE - 1) / SHARE);
	tallies = start_children(&job, children, connections);
	wait_until_idle(&job, children);
	all = sum(tallies, children);
	printf("opened %ld served %ld failed %ld\n", all.opened, all.served,
		all.failed);
	fflush(stdout);
	while (wait(NULL) > 0)
		;
	all = sum(tallies, children);
	printf("held %ld\n", all.held);
	return all.held == connections ? 0 : 1;
}
