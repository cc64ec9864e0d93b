/*
 * A message on the wire is a head, then the text without a terminator;
 * descriptors travel beside it (unix(7), SCM_RIGHTS).
 * SPDX-License-Identifier: MIT
 */
#include "common/channel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/bus_message.h"

/* The start of a message on the wire, in the byte order of the machine. */
struct head {
	uint16_t version;
	uint8_t kind;
	uint8_t nfds;
	uint32_t len; /* bytes behind the head */
};

_Static_assert(sizeof(struct head) == 8 && CHANNEL_FDS <= UINT8_MAX &&
		       CHANNEL_KINDS <= UINT8_MAX,
	"a head has no padding, and holds every kind and number");

enum { MAX_TEXT = CHANNEL_TEXT - 1 };

static const struct channel_limits limits[] = {
	[CHANNEL_READY] = { .name = "READY", .max_text = 64 },
	[CHANNEL_FAILED] = { .name = "FAILED", .max_text = CHANNEL_REASON - 1 },
	[CHANNEL_GO] = { .name = "GO" },
	[CHANNEL_DRAIN] = { .name = "DRAIN", .min_text = 1, MAX_TEXT },
	[CHANNEL_STOP] = { .name = "STOP" },
	[CHANNEL_REOPEN] = { .name = "REOPEN", 1, 10, 1, CHANNEL_FDS },
	[CHANNEL_RECYCLE] = { .name = "RECYCLE" },
	[CHANNEL_CONN] = { .name = "CONN", 1, MAX_TEXT, 1, CHANNEL_FDS },
	[CHANNEL_REBALANCE] = { .name = "REBALANCE", 1, 16 },
	[CHANNEL_QUEUE] = { .name = "QUEUE", 1, MAX_TEXT, 1, CHANNEL_FDS },
	[CHANNEL_OPENED] = { .name = "OPENED", 1, 4352, 0, 1 },
	[CHANNEL_TOTALS] = { .name = "TOTALS", 1, 4096 },
	[CHANNEL_BUS] = { .name = "BUS",
		sizeof(struct bus_head),
		sizeof(struct bus_head) + BUS_MOST },
	[CHANNEL_ONCE] = { .name = "ONCE",
		sizeof(struct bus_head),
		sizeof(struct bus_head) },
	[CHANNEL_BUS_LINK] = { .name = "BUS_LINK",
		sizeof(struct bus_link_head),
		sizeof(struct bus_link_head) + BUS_MOST },
};

_Static_assert(sizeof(limits) / sizeof(limits[0]) == CHANNEL_KINDS,
	"every kind of message has its limits");

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(CHANNEL_FDS * sizeof(int))];
};

const struct channel_limits *
channel_limits(enum channel_kind kind)
{
	return &limits[kind];
}

bool
channel_is_within_limits(const struct channel_message *m)
{
	const struct channel_limits *l = &limits[m->kind];

	return m->len >= l->min_text && m->len <= l->max_text &&
	       m->nfds >= l->min_fds && m->nfds <= l->max_fds;
}

int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX,
		SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

/*
 * A process that exits with messages unread makes the other end report
 * ECONNRESET once; its own messages, or EOF, follow.
 */
static bool
is_passing(int error)
{
	return error == EINTR || error == ECONNRESET;
}

/* Errors that end when the other process has read (unix(7), sendmsg(2)). */
static bool
is_full(int error)
{
	return error == ENOBUFS || error == ENOMEM || error == ETOOMANYREFS;
}

static size_t
text_length(const struct channel_message *m)
{
	return m->len > 0 ? m->len : strnlen(m->text, CHANNEL_TEXT - 1);
}

static void
attach_descriptors(
	struct msghdr *msg, union control *control, const int *fds, int nfds)
{
	size_t bytes = (size_t)nfds * sizeof(*fds);
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	msg->msg_control = control->bytes;
	msg->msg_controllen = CMSG_SPACE(bytes);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(c), fds, bytes);
}

int
channel_send(int fd, const struct channel_message *m)
{
	struct head head = { .version = CHANNEL_VERSION,
		.kind = (uint8_t)m->kind,
		.nfds = (uint8_t)m->nfds,
		.len = (uint32_t)text_length(m) };
	struct iovec iov[] = {
		{ &head, sizeof(head) },
		{ (void *)m->text, head.len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	union control control;
	ssize_t n;

	assert(m->kind >= CHANNEL_READY && m->kind < CHANNEL_KINDS);
	assert(m->len < CHANNEL_TEXT);
	assert(m->nfds >= 0 && m->nfds <= CHANNEL_FDS);
	if (m->nfds > 0)
		attach_descriptors(&msg, &control, m->fds, m->nfds);
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && is_passing(errno));
	if (n == -1 && is_full(errno))
		errno = EAGAIN;
	return n == -1 ? -1 : 0;
}

void
channel_await_room(int fd)
{
	enum { MOST = 10, LEAST = 1 /* ms */ };
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	poll(&p, 1, MOST);
	poll(NULL, 0, LEAST);
}

static void
take_fds(struct channel_message *m, const struct cmsghdr *c)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	const unsigned char *at = CMSG_DATA(c);
	int fd;

	for (size_t i = 0; i < n; i++) {
		memcpy(&fd, at + i * sizeof(fd), sizeof(fd));
		if (m->nfds < CHANNEL_FDS)
			m->fds[m->nfds++] = fd;
		else
			close(fd);
	}
}

static void
take_control(struct channel_message *m, struct msghdr *msg)
{
	struct cmsghdr *c;

	m->nfds = 0;
	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			take_fds(m, c);
}

static void
drop_fds(struct channel_message *m)
{
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

/* Reads the next message and leaves it in the channel: its descriptors are
 * copies.  The number of its bytes; 0: EOF; -1 with errno. */
static ssize_t
read_next(int fd, struct channel_message *m, struct head *head, int *flags)
{
	struct iovec iov[] = {
		{ head, sizeof(*head) },
		{ m->text, CHANNEL_TEXT - 1 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	union control control;
	ssize_t n;

	m->nfds = 0;
	do {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		n = recvmsg(
			fd, &msg, MSG_PEEK | MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n == -1 && is_passing(errno));
	if (n == -1)
		return -1;
	take_control(m, &msg);
	*flags = msg.msg_flags;
	return n;
}

/* recvmsg(2) cuts the list of descriptors where the process has none left, and
 * where the list is longer than a message may have. */
static bool
lacks_fds(const struct channel_message *m, int flags)
{
	return (flags & MSG_CTRUNC) != 0 && m->nfds < CHANNEL_FDS;
}

void
channel_skip(int fd)
{
	ssize_t n;

	do
		n = recv(fd, NULL, 0, MSG_DONTWAIT);
	while (n == -1 && is_passing(errno));
}

static bool
is_malformed(const struct head *head, ssize_t n,
	const struct channel_message *m, int flags)
{
	return n < (ssize_t)sizeof(*head) || head->version != CHANNEL_VERSION ||
	       head->kind < CHANNEL_READY || head->kind >= CHANNEL_KINDS ||
	       head->len != (size_t)n - sizeof(*head) ||
	       head->nfds != m->nfds || (flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
}

int
channel_peek(int fd, struct channel_message *m)
{
	struct head head = { .version = 0 };
	int flags = 0;
	ssize_t n = read_next(fd, m, &head, &flags);

	if (n <= 0) {
		drop_fds(m);
		return (int)n;
	}
	if (lacks_fds(m, flags)) {
		drop_fds(m);
		errno = EMFILE;
		return -1;
	}
	if (is_malformed(&head, n, m, flags)) {
		errno = EPROTO;
		return -1;
	}
	m->kind = (enum channel_kind)head.kind;
	m->len = head.len;
	m->text[m->len] = '\0';
	return 1;
}

int
channel_recv(int fd, struct channel_message *m)
{
	int rc = channel_peek(fd, m);

	if (rc == 1 && !channel_is_within_limits(m)) {
		errno = EPROTO;
		rc = -1;
	}
	if (rc == 1)
		channel_skip(fd);
	if (rc == -1 && errno == EPROTO) {
		channel_skip(fd);
		drop_fds(m);
		errno = EPROTO;
	}
	return rc;
}
