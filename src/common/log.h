/*
 * Messages for the operator, one line each, written to a sink.  A message is
 * lower case, has no full stop, and says what happened.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sink.h"

enum log_level {
	LOG_LEVEL_ERROR,  /* the operator must act */
	LOG_LEVEL_WARN,   /* handled, but not as it should be */
	LOG_LEVEL_NOTICE, /* start, stop, reload and the like */
	LOG_LEVEL_INFO,   /* caused by a client */
	LOG_LEVEL_DEBUG,
	LOG_LEVELS, /* how many */
};

struct log {
	struct sink *to;      /* not owned */
	enum log_level level; /* less important messages are dropped */
	char who[48];         /* "master", "worker 3" */

	/* Writes what the process is doing; it is appended to each message.
	 * NULL means nothing is. */
	void (*context)(void *arg, char *text, size_t size);
	void *context_arg;
};

/* The ending of a noun behind a number: "%u worker%s". */
static inline const char *
log_plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

/* The names of the levels, in the log and in the configuration; NULL at the
 * end. */
extern const char *const log_level_names[LOG_LEVELS + 1];

/* True if messages of this level are written. */
static inline bool
log_wants(const struct log *log, enum log_level level)
{
	return level <= log->level;
}

/*
 * Writes "2026-11-23T10:08:00.123Z error master[812]: MESSAGE" to the sink,
 * escaped, whatever the level; the macros below check the level first.  With
 * errno_text, ": " and strerror(errno) follow the message.  errno is preserved.
 */
void log_write(struct log *, enum log_level, bool errno_text, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

#define log_at(log, level, with_errno, ...)                                    \
	(log_wants((log), (level))                                             \
			? log_write((log), (level), (with_errno), __VA_ARGS__) \
			: (void)0)

/* For a message that may be due a thousand times a second. */
struct log_limit {
	unsigned count;  /* that the log has not told of yet */
	int64_t last_ms; /* when it was told; 0: never */
};

/* How often it happened, when it is to be told now; 0: not now.  At most once
 * in ten seconds. */
unsigned log_limit_take(struct log_limit *, int64_t now_ms);

/* Like log_limit_take(), but at most once in a minute: for what an operator can
 * change. */
unsigned log_limit_take_minutely(struct log_limit *, int64_t now_ms);

/* The forms with an x do not append errno. */
#define log_err(log, ...)    log_at(log, LOG_LEVEL_ERROR, true, __VA_ARGS__)
#define log_errx(log, ...)   log_at(log, LOG_LEVEL_ERROR, false, __VA_ARGS__)
#define log_warn(log, ...)   log_at(log, LOG_LEVEL_WARN, true, __VA_ARGS__)
#define log_warnx(log, ...)  log_at(log, LOG_LEVEL_WARN, false, __VA_ARGS__)
#define log_notice(log, ...) log_at(log, LOG_LEVEL_NOTICE, false, __VA_ARGS__)
#define log_info(log, ...)   log_at(log, LOG_LEVEL_INFO, false, __VA_ARGS__)
#define log_debug(log, ...)  log_at(log, LOG_LEVEL_DEBUG, false, __VA_ARGS__)

#endif
