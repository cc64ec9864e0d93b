/*
 * The master's log, which writes to the configured error log.
 * SPDX-License-Identifier: MIT
 */
#ifndef ERROR_LOG_H
#define ERROR_LOG_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/log.h"
#include "supervise/log_files.h"

struct error_log {
	struct sink sink;
	struct log log; /* points at the sink: do not copy or move */
};

/* Logs to standard error until there is a configuration. */
void error_log_open_stderr(struct error_log *);

/* Switches to the configured destination, with a descriptor of its own. */
void error_log_open(
	struct error_log *, const struct log_files *, const struct conf_log *);

/* Flushes and closes the log. */
void error_log_close(struct error_log *);

bool error_log_is_stderr(const struct error_log *);

/* Logs each line of the text as a message at error level. */
void error_log_lines(struct error_log *, const char *text);

#endif
