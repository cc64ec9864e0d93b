/*
 * A worker that was taken over, one attack a path; /fine does nothing.
 *
 *   /dumpable     answers what PR_GET_DUMPABLE says
 *   /trace?PID    tries to read and write the memory of another worker
 *   /board        tries to make the rest of the scoreboard writable; answers
 *                 how many bytes of it are
 *   /state?N      writes a state that there is not into its own slot
 *   /recycle      sends RECYCLE five times
 *   /linger       sends a connection whose close(2) lasts 20 s
 *   /empty        sends one with an empty message, and exits
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "prong.h"

enum {
	VERSION = 2, /* of the channel */
	RECYCLE = 7,
	CONN = 8,
	DESCRIPTORS = 256
};

/* As in common/channel.c. */
struct head {
	uint16_t version;
	uint8_t kind, nfds;
	uint32_t len;
};

static void
answer(struct prong_context *ctx, long value)
{
	prong_text(ctx, 200, "%ld\n", value);
}

static void
handle_fine(struct prong_context *ctx)
{
	prong_text(ctx, 200, "fine\n");
}

static void
handle_dumpable(struct prong_context *ctx)
{
	answer(ctx, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

/* ---- other processes ---------------------------------------------------- */

/* Which of the ways works, as bits. */
static void
handle_trace(struct prong_context *ctx)
{
	const char *query = prong_query(ctx);
	pid_t pid = (pid_t)strtol(query == NULL ? "0" : query, NULL, 10);
	char byte = 0, path[40];
	struct iovec own = { &byte, 1 };
	struct iovec other = { (void *)(uintptr_t)&handle_trace, 1 };
	FILE *f;
	long ways = 0;

	/* That it may look into itself says nothing. */
	if (pid == getpid()) {
		answer(ctx, 0);
		return;
	}
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
		ways |= 1;
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
	if (process_vm_readv(pid, &own, 1, &other, 1, 0) == 1)
		ways |= 2;
	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	f = fopen(path, "r+");
	if (f != NULL) {
		ways |= 4;
		fclose(f);
	}
	answer(ctx, ways);
}

/* ---- the scoreboard ----------------------------------------------------- */

/* Calls f for each map of it. */
static void
for_each_map(void (*f)(char *from, size_t size, const char *mode, long *arg),
	long *arg)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long long from, to;
	char line[512], mode[5];

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, "prong-scoreboard") != NULL &&
			sscanf(line, "%llx-%llx %4s", &from, &to, mode) == 3)
			f((char *)(uintptr_t)from, (size_t)(to - from), mode,
				arg);
	if (maps != NULL)
		fclose(maps);
}

static void
make_writable(char *from, size_t size, const char *mode, long *sum)
{
	if (mode[1] == 'w' || mprotect(from, size, PROT_READ | PROT_WRITE) == 0)
		*sum += (long)size;
}

static void
handle_board(struct prong_context *ctx)
{
	long sum = 0;

	for_each_map(make_writable, &sum);
	answer(ctx, sum);
}

/* The first word of the first map that may be written is the state. */
static void
write_state(char *from, size_t size, const char *mode, long *value)
{
	(void)size;
	if (mode[1] == 'w' && *value >= 0) {
		*(volatile uint32_t *)from = (uint32_t)*value;
		*value = -1;
	}
}

static void
handle_state(struct prong_context *ctx)
{
	const char *query = prong_query(ctx);
	long value = strtol(query == NULL ? "0" : query, NULL, 10);

	for_each_map(write_state, &value);
	answer(ctx, value);
}

/* ---- the channel -------------------------------------------------------- */

static int
find_channel(void)
{
	socklen_t len = sizeof(int);
	int type;

	for (int fd = 3; fd < DESCRIPTORS; fd++)
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
			type == SOCK_SEQPACKET)
			return fd;
	return -1;
}

static void
handle_recycle(struct prong_context *ctx)
{
	const struct head head = { VERSION, RECYCLE, 0, 0 };
	long sent = 0;

	for (int i = 0; i < 5; i++)
		sent += send(find_channel(), &head, sizeof(head),
				MSG_DONTWAIT) == sizeof(head);
	answer(ctx, sent);
}

/* Connected to a listener that never accepts, and full. */
static int
open_full(int *listener)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	static char bytes[65536];

	*listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(*listener, (struct sockaddr *)&a, len) == -1 ||
		listen(*listener, 1) == -1 ||
		getsockname(*listener, (struct sockaddr *)&a, &len) == -1 ||
		connect(fd, (struct sockaddr *)&a, len) == -1)
		return -1;
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return fd; /* the listener stays open */
}

/* Sends a message of len bytes with the descriptors.  Returns their number. */
static long
send_descriptors(const void *bytes, size_t len, const int *fds, size_t nfds)
{
	struct iovec iov = { (void *)bytes, len };
	char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(nfds * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
	memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	return sendmsg(find_channel(), &msg, MSG_DONTWAIT);
}

static void
set_linger(int fd, int seconds)
{
	const struct linger linger = { seconds > 0, seconds };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void
handle_linger(struct prong_context *ctx)
{
	const struct {
		struct head head;
		char record; /* which no worker can read */
	} bytes = { { VERSION, CONN, 1, 1 }, 0 };
	int listener, fd = open_full(&listener);

	set_linger(fd, 20);
	answer(ctx, send_descriptors(&bytes, sizeof(struct head) + 1, &fd, 1));
	/* Ours is closed first, without a wait. */
	set_linger(fd, 0);
	close(fd);
}

/* The end of the process waits for no socket; the master's close(2) of the
 * channel would, as long as the listener is open. */
static void
handle_empty(struct prong_context *ctx)
{
	int fds[2];

	(void)ctx;
	fds[0] = open_full(&fds[1]);
	set_linger(fds[0], 20);
	send_descriptors("", 0, fds, 2);
	_exit(0);
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/fine", .handler = handle_fine },
	{ .method = "GET", .pattern = "/dumpable", .handler = handle_dumpable },
	{ .method = "GET", .pattern = "/trace", .handler = handle_trace },
	{ .method = "GET", .pattern = "/board", .handler = handle_board },
	{ .method = "GET", .pattern = "/state", .handler = handle_state },
	{ .method = "GET", .pattern = "/recycle", .handler = handle_recycle },
	{ .method = "GET", .pattern = "/linger", .handler = handle_linger },
	{ .method = "GET", .pattern = "/empty", .handler = handle_empty },
	{ 0 },
};

PRONG_MODULE(.name = "hostile", .routes = routes);
