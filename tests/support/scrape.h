/*
 * Numbers of the page /metrics.
 * SPDX-License-Identifier: MIT
 */
#ifndef SCRAPE_H
#define SCRAPE_H

/* The sum of the lines of a metric that have this label, "code=\"200\""; with
 * "" of all its lines.  port: the admin address. */
long scrape_sum(int port, const char *name, const char *label);

#endif
