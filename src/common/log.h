/*
 * Messages for the operator: one line each, to a file, a pipe or syslog.
 * A message is lower case, has no full stop, and says what happened.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

#include "common/sink.h"

enum log_level {
	LOG_LEVEL_ERROR,  /* someone must act */
	LOG_LEVEL_WARN,   /* we coped */
	LOG_LEVEL_NOTICE, /* life cycle */
	LOG_LEVEL_INFO,   /* a client's fault */
	LOG_LEVEL_DEBUG,
};

struct log {
	struct sink *to;      /* not ours */
	enum log_level level; /* what is less important is left out */
	char who[48];         /* "master", "worker 3" */

	/* Adds what the process is doing to a message; NULL: nothing. */
	void (*context)(void *arg, char *text, size_t size);
	void *context_arg;
};

/* The name of a level and back; log_level_find() returns -1 when unknown. */
const char *log_level_name(enum log_level);
int log_level_find(const char *name);

static inline bool
log_wants(const struct log *log, enum log_level level)
{
	return level <= log->level;
}

/*
 * Writes "2026-11-23T10:08:00.123Z error master[812]: <message>" to the
 * sink.  errno_text: append ": " and strerror(errno).  Keeps errno.
 */
void log_write(struct log *, enum log_level, bool errno_text, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

#define log_at(log, level, with_errno, ...)                                    \
	(log_wants((log), (level))                                             \
			? log_write((log), (level), (with_errno), __VA_ARGS__) \
			: (void)0)

/* The x forms do not append errno. */
#define log_err(log, ...)    log_at(log, LOG_LEVEL_ERROR, true, __VA_ARGS__)
#define log_errx(log, ...)   log_at(log, LOG_LEVEL_ERROR, false, __VA_ARGS__)
#define log_warn(log, ...)   log_at(log, LOG_LEVEL_WARN, true, __VA_ARGS__)
#define log_warnx(log, ...)  log_at(log, LOG_LEVEL_WARN, false, __VA_ARGS__)
#define log_notice(log, ...) log_at(log, LOG_LEVEL_NOTICE, false, __VA_ARGS__)
#define log_info(log, ...)   log_at(log, LOG_LEVEL_INFO, false, __VA_ARGS__)
#define log_debug(log, ...)  log_at(log, LOG_LEVEL_DEBUG, false, __VA_ARGS__)

#endif
