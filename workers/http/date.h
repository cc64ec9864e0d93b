/*
 * HTTP dates (RFC 9110 5.6.7).
 * SPDX-License-Identifier: MIT
 */
#ifndef DATE_H
#define DATE_H

#include <time.h>

#include "common/span.h"

enum { DATE_LEN = 29 }; /* "Mon, 23 Nov 2026 04:01:00 GMT" */

/* Writes exactly DATE_LEN bytes, without a terminator. */
void date_format(time_t, char text[DATE_LEN]);

/*
 * Parses an HTTP-date in any of its three formats. now selects the century of
 * the rfc850 format. Returns -1 when text is not a valid date: a zone other
 * than GMT, 32 January, trailing text.
 */
time_t date_parse(struct span text, time_t now);

#endif
