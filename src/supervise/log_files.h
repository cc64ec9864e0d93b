/*
 * The descriptors behind the configured logs.  The master opens them, with
 * its rights; the workers inherit them.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_FILES_H
#define LOG_FILES_H

#include "common/conf.h"
#include "common/error_text.h"
#include "common/log.h"
#include "common/sink.h"

struct log_files {
	int access; /* -1: off; 1 and 2 are never closed */
	int error;
};

/* 0, or -1 with the reason and nothing left open. */
int log_files_open(
	struct log_files *, const struct conf_log *, struct error_text *);

/* The same, but one that cannot be opened is a copy of kept's, and the log says
 * so: -1 when not even that can be had. */
int log_files_open_or_keep(struct log_files *, const struct conf_log *,
	const struct log_files *kept, struct log *, struct error_text *);
void log_files_close(struct log_files *);

/* Points a sink at the error log; the sink has a descriptor of its own.  0, or
 * -1 with errno, and the sink is what it was. */
int log_files_sink(
	const struct log_files *, const struct conf_log *, struct sink *);

#endif
