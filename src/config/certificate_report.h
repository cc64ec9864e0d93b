/*
 * What `prong check` says of certificates.
 * SPDX-License-Identifier: MIT
 */
#ifndef CERTIFICATE_REPORT_H
#define CERTIFICATE_REPORT_H

#include <stdint.h>
#include <stdio.h>

struct conf;
struct conf_certificate;

enum { CERTIFICATE_END = 48 /* bytes */ };

/* Writes "in 5 days", "within a day" or "2 days ago". */
void certificate_tell_end(const struct conf_certificate *, int64_t now,
	char text[CERTIFICATE_END]);

/* Writes a line for each certificate: where it is in the file, its names, the
 * kind of its key, and the days until it expires.  now: seconds since the
 * epoch. */
void certificate_report(const struct conf *, int64_t now, FILE *);

#endif
