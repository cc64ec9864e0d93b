/*
 * The descriptors of the configured logs.  The master opens them, with its
 * privileges, and the workers inherit them.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_FILES_H
#define LOG_FILES_H

#include "common/conf.h"
#include "common/error_text.h"
#include "common/log.h"
#include "common/sink.h"

struct log_files {
	int error;   /* -1: off; 1 and 2 are never closed */
	int *access; /* by the logs' numbers; -1, 1 and 2 as above */
	unsigned naccess;
};

/* Returns 0, or -1 with the error text, and nothing is left open. */
int log_files_open(
	struct log_files *, const struct conf_log *, struct error_text *);

/* Opens the logs; where that fails, duplicates the descriptor that kept has of
 * the log of this number and logs a warning.  Returns -1 if that fails, too. */
int log_files_open_or_keep(struct log_files *, const struct conf_log *,
	const struct log_files *kept, struct log *, struct error_text *);
void log_files_close(struct log_files *);

/* Logs a warning for each log of syslog whose daemon does not run. */
void log_files_warn(
	const struct log_files *, const struct conf_log *, struct log *);

/* Points a sink at the error log, with a descriptor of its own.  Returns 0,
 * or -1 with errno, and the sink is unchanged. */
int log_files_sink(
	const struct log_files *, const struct conf_log *, struct sink *);

#endif
