/*
 * Where lines of a log go.  A sink collects lines and writes them in large
 * pieces; it never blocks: when the other side of a pipe does not read, lines
 * are dropped and counted, and the count is told once there is room again.
 * SPDX-License-Identifier: MIT
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sink_kind {
	SINK_OFF,
	SINK_FD,     /* a file, a pipe or a terminal */
	SINK_SYSLOG, /* the datagram socket /dev/log; a line a datagram */
};

struct sink {
	enum sink_kind kind;
	int fd;
	bool is_file;      /* write(2) to it does not block */
	bool line_by_line; /* flush after every line */
	char *bytes;
	size_t used, size;
	uint64_t dropped; /* lines since the last one that got through */
};

/* size: bytes of buffer.  Takes the descriptor over. */
void sink_init(
	struct sink *, enum sink_kind, int fd, size_t size, bool line_by_line);

/* Flushes, closes the descriptor unless it is 1 or 2, frees the buffer. */
void sink_fini(struct sink *);

/* Another descriptor from now on (a log was rotated): flushes to the old one,
 * closes it, goes on with fd. */
void sink_reopen(struct sink *, int fd);

/* One line or several, each ended by a newline.  A copy is kept. */
void sink_write(struct sink *, const char *bytes, size_t len);

/*
 * Room for one line of at most len bytes, to be written in place; then
 * sink_commit() with the bytes used.  NULL when there is none: the line counts
 * as dropped.
 */
char *sink_reserve(struct sink *, size_t len);
void sink_commit(struct sink *, size_t len);

/* Writes what it can without waiting. */
void sink_flush(struct sink *);

#endif
