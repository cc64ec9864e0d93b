/*
 * The master's own log: a sink on the configured error log.
 * SPDX-License-Identifier: MIT
 */
#ifndef ERROR_LOG_H
#define ERROR_LOG_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/log.h"
#include "log_files.h"

struct error_log {
	struct sink sink;
	struct log log; /* points at the sink: do not copy or move */
};

/* For the time before there is a configuration. */
void error_log_open_stderr(struct error_log *);

/* Goes on at the configured place, with a descriptor of its own. */
void error_log_open(
	struct error_log *, const struct log_files *, const struct conf_log *);
void error_log_close(struct error_log *);

bool error_log_is_stderr(const struct error_log *);

/* A text of several lines, each a message of its own. */
void error_log_lines(struct error_log *, const char *text);

#endif
