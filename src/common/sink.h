/*
 * The destination of log lines.  A sink collects lines and writes them in large
 * pieces.  It never blocks: when the reader of a pipe is too slow, lines are
 * dropped and counted, and a line with their number is written once there is
 * room again.
 * SPDX-License-Identifier: MIT
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/syslog_header.h"

#define SINK_SYSLOG_PATH "/dev/log"

enum { SINK_SYSLOG_PATH_MAX = 108 };

struct recent;

enum sink_kind {
	SINK_OFF,
	SINK_FD,     /* a file, a pipe or a terminal */
	SINK_SYSLOG, /* a datagram socket of a daemon; a line a datagram */
	SINK_RECENT, /* memory; see recent_ring.h */
};

/* The kind of destination that a log's path and its descriptor are. */
enum sink_kind sink_kind_of(const char *path, int fd);

struct sink {
	enum sink_kind kind;
	int fd;
	bool is_file;      /* a regular file: write(2) does not block */
	bool line_by_line; /* flush after every line */
	bool is_json;      /* so is the line that counts dropped lines */
	bool is_journal;   /* systemd's: a line may begin with its severity */
	bool is_udp;       /* of SINK_SYSLOG */
	struct syslog_style syslog;
	const struct recent *recent; /* of SINK_RECENT; set after sink_init() */
	char syslog_path[SINK_SYSLOG_PATH_MAX]; /* "": SINK_SYSLOG_PATH */
	int error; /* errno of the last write; 0: it succeeded */
	char *bytes;
	size_t used, size;
	/* lines dropped since the last one that was written */
	uint64_t dropped;
	uint64_t lost; /* lines dropped, ever */
};

/* Initializes a sink with a buffer of size bytes.  Takes ownership of fd. */
void sink_init(
	struct sink *, enum sink_kind, int fd, size_t size, bool line_by_line);

/*
 * Flushes without waiting, closes the descriptor unless it is 1 or 2, and frees
 * the buffer.
 */
void sink_fini(struct sink *);

/*
 * Switches to another descriptor after a log rotation: flushes to the old one,
 * closes it and takes ownership of fd.  A syslog socket keeps its number.
 */
void sink_reopen(struct sink *, int fd);

/* Like sink_reopen() to another kind of destination; SINK_OFF with -1.  The
 * buffer stays, so a sink that was off from the start cannot be switched. */
void sink_switch(struct sink *, enum sink_kind, int fd);

/* Copies one or several lines, each ended by a newline, into the buffer. */
void sink_write(struct sink *, const char *bytes, size_t len);

/*
 * Reserves room for a line of at most len bytes, which the caller writes in
 * place and ends with sink_commit() and the number of bytes used.  Returns NULL
 * if there is no room: the line is counted as dropped.
 */
char *sink_reserve(struct sink *, size_t len);
void sink_commit(struct sink *, size_t len);

/* Writes a line that says that the error log has lost so many lines. */
void sink_tell_error_log_lost(struct sink *, uint64_t lines);

/* Writes as much as possible without waiting.  errno is preserved. */
void sink_flush(struct sink *);

/* Returns how many lines would be lost if the sink ended now: those in the
 * buffer, and those dropped that no line tells of yet. */
uint64_t sink_count_unwritten(const struct sink *);

#endif
