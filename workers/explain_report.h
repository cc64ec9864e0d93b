/*
 * What `prong explain` prints, and the head of the request that it makes.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXPLAIN_REPORT_H
#define EXPLAIN_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf;
struct exchange;
struct explain_request;
struct output;

struct explain_report {
	FILE *out;
	bool is_json;
	json_t *steps, *fields; /* with is_json */
	json_t *object;
};

void explain_begin(struct explain_report *, const struct explain_request *);

/* Writes the JSON object. */
void explain_end(struct explain_report *);

/* Tells a step: "route", and a sentence about it. */
void explain_tell(struct explain_report *, const char *step, const char *fmt,
	...) __attribute__((format(printf, 3, 4)));

/* Tells why nothing could be tried. */
void explain_fail(struct explain_report *, const char *why);

/* Tells which site the request is for, and why. */
void explain_tell_site(struct explain_report *, const struct exchange *);

/* Tells which route it is for, and which others have its path, too. */
void explain_tell_route(struct explain_report *, const struct exchange *);

/* Tells the limits on requests that it has to pass; explain_limits.c. */
void explain_tell_limits(struct explain_report *, const struct exchange *);

/* Tells the head of the response in the output, if there is one. */
void explain_tell_response(struct explain_report *, const struct output *);

/*
 * Returns the head of the request in memory that the caller frees.  NULL with
 * the reason: a part of it has a line break, or the URL no path.
 */
char *explain_make_head(const struct conf *, const struct explain_request *,
	char *why, size_t size);

#endif
