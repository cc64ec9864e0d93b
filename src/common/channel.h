/*
 * The socketpair between the master and a worker.  Messages arrive as a whole
 * (SOCK_SEQPACKET) and may carry descriptors.  EOF means that the other process
 * has exited.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Counted up with every change of what two programs of different versions say
 * to each other: the head of a message, the numbers and limits of its kinds,
 * the record of a connection (conn/conn_record.h).  Messages of another version
 * are malformed.  1 was the format without a head.
 */
enum { CHANNEL_VERSION = 2 };

enum channel_kind {
	CHANNEL_READY = 1, /* up: loaded, may serve; CHANNEL_PARTIAL or "" */
	CHANNEL_FAILED,    /* up: cannot start; text says why */
	CHANNEL_GO,        /* down: serve */
	CHANNEL_DRAIN,     /* down: channel_drain.h says how to stop */
	CHANNEL_STOP,      /* down: exit within a second */
	CHANNEL_REOPEN,  /* down: descriptors of logs, from the one whose place
			    is the text: 0 is the error log, then come the
			    access logs */
	CHANNEL_RECYCLE, /* up: reached limits.requests_per_worker, asks for a
			    successor */
	CHANNEL_CONN,    /* up, then down: connections for the successor */
	CHANNEL_REBALANCE, /* down: pass so many connections up */
	CHANNEL_QUEUE,    /* down: sockets of another worker, and the numbers of
			     their addresses: accept what is queued there, once */
	CHANNEL_OPENED,   /* up, from the opener: the result for a file, and its
			     descriptor */
	CHANNEL_TOTALS,   /* to the new master of an upgrade: what workers
			   * have counted; reconfig/upgrade_totals.c */
	CHANNEL_BUS,      /* up, then down to all workers: a module's message;
			     bus_message.h */
	CHANNEL_ONCE,     /* up: asks for a role that one worker has; down: the
			     answer */
	CHANNEL_BUS_LINK, /* between the masters of an upgrade: messages of the
			   * bus */
	CHANNEL_KINDS,    /* how many, from 1 */
};

/* Text of READY: some routes are unavailable. */
#define CHANNEL_PARTIAL "partial"

/* A text of any kind is shorter than CHANNEL_TEXT: a frame of HTTP/2 that came
 * in part and the state of its connection fit. */
enum { CHANNEL_FDS = 16, CHANNEL_TEXT = 20 * 1024 };
enum { CHANNEL_REASON = 4096 }; /* a text of FAILED is shorter */

/* What a kind of message may hold, whichever side sends it. */
struct channel_limits {
	const char *name; /* "CONN" */
	size_t min_text, max_text;
	int min_fds, max_fds;
};

const struct channel_limits *channel_limits(enum channel_kind);

struct channel_message;

/* Returns true if the message is within the limits of its kind. */
bool channel_is_within_limits(const struct channel_message *);

/* Milliseconds that a recycled worker has for what is in flight. */
enum { CHANNEL_RECYCLE_LIMIT = 3600 * 1000 };

struct channel_message {
	enum channel_kind kind;
	int nfds;
	int fds[CHANNEL_FDS]; /* the receiver's from now on */
	size_t len; /* bytes of text; the sender's 0: up to its terminator */
	char text[CHANNEL_TEXT];
};

/* Opens both ends, non-blocking and close-on-exec.  Returns 0, or -1 with
 * errno. */
int channel_open(int ends[2]);

/* Returns 0, or -1 with errno: EAGAIN if the channel is full or too many
 * descriptors are in flight; EPIPE if the other process has exited.  The
 * descriptors remain the caller's. */
int channel_send(int fd, const struct channel_message *);

/* Waits a few milliseconds, or until a channel that was full may have room.
 * poll(2) does not know that too many descriptors are in flight. */
void channel_await_room(int fd);

/*
 * 1: a message; 0: EOF, the other process has exited, or has sent a message
 * without even a head; -1 with errno:
 *
 *   EAGAIN  there is no message
 *   EMFILE  this process has no descriptor left for those of the message,
 *           which stays: close some and call again, or channel_skip() it
 *   EPROTO  the message is not in the format above, or beyond the limits of
 *           its kind; it has been dropped
 *
 * Any other error passes too: only EOF is the end of the channel.
 */
int channel_recv(int fd, struct channel_message *);

/*
 * Reads the next message and leaves it in the channel; its descriptors are
 * copies.  Results as above, but a message that is not in the format (EPROTO)
 * stays, too, and m has its first descriptors; limits are not checked.
 */
int channel_peek(int fd, struct channel_message *);

/* Drops the next message and the descriptors in it. */
void channel_skip(int fd);

/* How long a receiver without descriptors pauses before the next attempt, and
 * how many attempts fail before it gives the message up. */
#define CHANNEL_PAUSE 0.1 /* seconds */
enum { CHANNEL_ATTEMPTS = 10 };

#endif
