/*
 * Tells the error log that another log cannot be written.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOSS_REPORT_H
#define LOSS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct log;
struct sink;

/* All zero at the start but for the path. */
struct loss_report {
	const char *path; /* of the log, as in the configuration */
	uint64_t lost;    /* lines of the sink that had been lost */
	bool is_failing;  /* told, and its end not yet */
};

/*
 * Flushes the access log; called once a second.  Tells when it begins to fail
 * or to lose lines, and, with the number, when it is written again.
 */
void loss_report_flush(struct loss_report *, struct sink *, struct log *);

/* Flushes and ends the access log; tells what is lost with it. */
void loss_report_end(const struct loss_report *, struct sink *, struct log *);

#endif
