/*
 * The host names by which requests find their site.
 * SPDX-License-Identifier: MIT
 */
#ifndef SITE_HOST_H
#define SITE_HOST_H

#include "common/span.h"

struct site;
struct site_table;

struct site_host {
	struct span name; /* "example.com"; a wildcard without its '*' */
	const char *text; /* as in the file */
	const struct site *site;
};

/* Adds a host of a site; site_hosts_sort() follows the last one. */
void site_host_add(struct site_table *, const struct site *, const char *text);
void site_hosts_sort(struct site_table *);

/*
 * Finds the entry of a host name: an exact match, then "*.example.com", then
 * "example.*", the longest of each.  NULL: no site has it.
 */
const struct site_host *site_host_find(
	const struct site_table *, struct span host);

/* Finds the site of a host name: that of its entry; otherwise the site without
 * hosts, or the first site. */
const struct site *site_find(const struct site_table *, struct span host);

#endif
