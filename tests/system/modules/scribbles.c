/*
 * A worker that was taken over: writes at random into the scoreboard of all
 * workers and into its channel.
 *
 *   /scribble   begins, in a thread
 *   at the start of the worker, when the file "early" of its configuration is
 *   there: some messages at once
 *   else: "fine"
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "prong.h"

enum {
	VERSION = 2,      /* of the channel */
	KINDS = 14,       /* a few more than there are */
	HEAD = 8,         /* bytes before the text */
	TEXT = 21000,     /* bytes, more than a message may have */
	FDS = 40,         /* more, too */
	BURST = 8,        /* messages at a time */
	WRITES = 200,     /* words at a time */
	PAUSE = 2,        /* milliseconds */
	DESCRIPTORS = 256 /* where the channel is looked for */
};

struct scribbler {
	uint64_t seed;
	uint64_t *board;
	size_t words;
	int channel;
};

static uint64_t
draw(struct scribbler *s, uint64_t below)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed % below;
}

/* The largest piece of shared memory that may be written. */
static void
find_board(struct scribbler *s)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long long from, to;
	char line[512], mode[5];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%llx-%llx %4s", &from, &to, mode) != 3 ||
			strcmp(mode, "rw-s") != 0 ||
			(to - from) / sizeof(uint64_t) <= s->words)
			continue;
		s->board = (uint64_t *)(uintptr_t)from;
		s->words = (to - from) / sizeof(uint64_t);
	}
	if (f != NULL)
		fclose(f);
}

static void
find_channel(struct scribbler *s)
{
	socklen_t len = sizeof(int);
	int type;

	s->channel = -1;
	for (int fd = 3; fd < DESCRIPTORS; fd++)
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
			type == SOCK_SEQPACKET)
			s->channel = fd;
}

static void
scribble_on_board(struct scribbler *s)
{
	static const uint64_t favourites[] = { 0, 1, 2, 3, 5, 6, 100, 1000000,
		UINT32_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
	/* Most of it belongs to workers that are not there. */
	size_t first = s->words < 1024 ? s->words : 1024;
	size_t at;

	for (int i = 0; i < WRITES && s->words > 0; i++) {
		at = draw(s, draw(s, 4) == 0 ? s->words : first);
		s->board[at] = draw(s, 2) == 0 ? draw(s, UINT64_MAX)
					       : favourites[draw(s, 12)];
	}
}

static int
open_any(struct scribbler *s)
{
	struct linger linger = { 1, 60 };
	int fd;

	switch (draw(s, 5)) {
	case 0:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case 1:
		return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	case 2:
		return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	case 3:
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		listen(fd, 1);
		return fd;
	default:
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		return fd;
	}
}

static void
attach(struct msghdr *msg, void *control, int fd, size_t n)
{
	struct cmsghdr *c;

	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
}

/* As in common/channel.c; mostly one that is right. */
static void
write_head(struct scribbler *s, char *bytes, size_t len, size_t nfds)
{
	uint16_t version = VERSION;
	uint32_t said = (uint32_t)len;

	memcpy(bytes, &version, sizeof(version));
	bytes[2] = (char)draw(s, draw(s, 8) == 0 ? UINT8_MAX : KINDS);
	bytes[3] = (char)nfds;
	memcpy(bytes + 4, &said, sizeof(said));
	if (draw(s, 8) == 0)
		bytes[draw(s, HEAD)] ^= 1;
}

static void
send_any(struct scribbler *s)
{
	static char bytes[HEAD + TEXT], control[CMSG_SPACE(FDS * sizeof(int))]
		__attribute__((aligned(8)));
	size_t len = draw(s, 4) == 0 ? draw(s, TEXT) : draw(s, 64);
	struct iovec iov = { bytes, HEAD + len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fd = open_any(s);
	size_t n = draw(s, 2) == 0 ? 0 : draw(s, draw(s, 4) == 0 ? FDS : 4);

	for (size_t i = 0; i < sizeof(bytes); i += 61)
		bytes[i] = (char)draw(s, 256);
	write_head(s, bytes, len, n);
	if (n > 0 && fd != -1)
		attach(&msg, control, fd, n);
	sendmsg(s->channel, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void
send_some(struct scribbler *s)
{
	for (uint64_t i = draw(s, BURST); i > 0; i--)
		send_any(s);
}

static void
open_scribbler(struct scribbler *s)
{
	*s = (struct scribbler){ .seed = (uint64_t)getpid() * 2654435761u + 1 };
	find_board(s);
	find_channel(s);
}

static void *
scribble(void *unused)
{
	struct scribbler s;

	(void)unused;
	open_scribbler(&s);
	for (;;) {
		scribble_on_board(&s);
		if (draw(&s, 20) == 0)
			send_some(&s);
		poll(NULL, 0, PAUSE);
	}
	return NULL;
}

static void
handle(struct prong_context *ctx)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, scribble, NULL) == 0)
		pthread_detach(thread);
	prong_text(ctx, 200, "scribbling\n");
}

static void
handle_fine(struct prong_context *ctx)
{
	prong_text(ctx, 200, "fine\n");
}

static int
start(struct prong_instance *instance)
{
	const json_t *config = prong_config(instance);
	struct scribbler s;

	if (access(json_string_value(json_object_get(config, "early")), F_OK) !=
		0)
		return 0;
	open_scribbler(&s);
	for (int i = 0; i < BURST; i++)
		send_any(&s);
	return 0;
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/scribble", .handler = handle },
	{ .method = "GET", .pattern = "/", .handler = handle_fine },
	{ 0 },
};

PRONG_MODULE(.name = "scribbles", .routes = routes, .start = start);
