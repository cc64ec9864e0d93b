/*
 * The metrics of HTTP/2, of TLS and of certificates.
 * SPDX-License-Identifier: MIT
 */
#ifndef METRICS_PROTOCOLS_H
#define METRICS_PROTOCOLS_H

#include <stdio.h>

struct heritage;
struct slot_gauges;
struct totals;

void metrics_write_protocols(
	FILE *, const struct totals *, const struct slot_gauges *sum);

/* Of the generation of the worker that answers. */
void metrics_write_certificates(FILE *, const struct heritage *);

#endif
