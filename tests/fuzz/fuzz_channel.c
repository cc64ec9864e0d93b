/*
 * What a worker that was taken over may send: any bytes, with descriptors of
 * any type, in any state of its process.  What passes the master's check holds
 * connections only; what another worker then reads of it stays within the
 * message.
 *
 * Byte 0: the state of the process; byte 1: how many descriptors come with it;
 * byte 2: of what type; the rest is the message.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel.h"
#include "conn/conn_record.h"
#include "supervise/message_check.h"
#include "supervise/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FDS = CHANNEL_FDS + 4, TYPES = 4, FD_TOP = 64 };

static int ends[2], fds[TYPES];

static void
start(void)
{
	assert(channel_open(ends) == 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	fds[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	fds[2] = socket(AF_INET, SOCK_DGRAM, 0);
	fds[3] = open("/dev/null", O_RDWR);
}

static int
count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < FD_TOP; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* type: two bits for each of the first four descriptors, the last for all
 * others. */
static void
send_raw(const uint8_t *bytes, size_t len, size_t nfds, unsigned type)
{
	char control[CMSG_SPACE(MAX_FDS * sizeof(int))]
		__attribute__((aligned(8)));
	struct iovec iov = { (void *)bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memset(control, 0, sizeof(control));
	if (nfds > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		for (size_t i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int),
				&fds[type >> 2 * (i < 3 ? i : 3) & 3],
				sizeof(int));
	}
	assert(sendmsg(ends[1], &msg, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		(ssize_t)len);
}

static void
read_records(const struct channel_message *m)
{
	struct span text = { m->text, m->len };
	struct conn_record r;

	for (int i = 0; i < m->nfds; i++) {
		if (conn_record_read(&text, &r) != CONN_RECORD_OK)
			continue;
		assert(r.since >= 0);
		assert(r.http1.input.at >= m->text &&
			r.http1.input.at + r.http1.input.len <=
				m->text + m->len);
	}
}

/* As proc_receive.c does it. */
static void
check(struct proc *p)
{
	static struct channel_message m;
	struct error_text what, text;
	int rc = channel_peek(ends[0], &m);

	assert(rc == 1 || (rc == -1 && errno == EPROTO));
	if (rc == 1 && message_check(p, &m, &what) == 0) {
		assert(channel_is_within_limits(&m));
		message_text(&m, &text);
		if (m.kind == CHANNEL_CONN)
			read_records(&m);
		else
			assert(m.nfds == 0);
	}
	while (m.nfds > 0)
		close(m.fds[--m.nfds]);
}

/* As a worker, or a master after an upgrade, does it. */
static void
receive(void)
{
	static struct channel_message m;

	if (channel_recv(ends[0], &m) == 1)
		assert(channel_is_within_limits(&m));
	while (m.nfds > 0)
		close(m.fds[--m.nfds]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proc p = { .has_served = true };
	int before;

	if (size < 4)
		return 0;
	if (ends[0] == ends[1])
		start();
	p.state = data[0] % PROC_STATES;
	p.has_served = p.state >= PROC_SERVING;
	before = count_fds();
	send_raw(data + 3, size - 3, data[1] % (MAX_FDS + 1), data[2]);
	check(&p);
	receive();
	assert(count_fds() == before);
	return 0;
}
