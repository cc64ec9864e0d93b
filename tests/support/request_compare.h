/*
 * Two requests that must be the same, whichever way they were parsed.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_COMPARE_H
#define REQUEST_COMPARE_H

struct request;

/*
 * Returns NULL if both requests, which may be at different addresses, have the
 * same in each member; else the name of one that differs.
 */
const char *request_compare(const struct request *, const struct request *);

#endif
