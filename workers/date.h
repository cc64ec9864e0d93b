/*
 * HTTP dates (RFC 9110 5.6.7).
 * SPDX-License-Identifier: MIT
 */
#ifndef DATE_H
#define DATE_H

#include <time.h>

#include "common/span.h"

enum { DATE_LEN = 29 }; /* "Mon, 23 Nov 2026 04:01:00 GMT" */

/* Writes exactly DATE_LEN bytes, no terminator. */
void date_format(time_t, char text[DATE_LEN]);

/*
 * Reads an HTTP-date in any of the three forms.  now: for the century of the
 * rfc850 form.  -1 when it is no date: wrong zone, 32 January, trailing text.
 */
time_t date_parse(struct span text, time_t now);

#endif
