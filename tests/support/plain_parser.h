/*
 * http-parser as it comes, for comparison: the whole head at once, and every
 * token as it reports it.
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAIN_PARSER_H
#define PLAIN_PARSER_H

#include <stddef.h>

struct request;

/*
 * Returns NULL when http-parser finds the same in the request's head as
 * http1_parse() and request_check(), which accepted it; else what differs.
 */
const char *plain_parser_compare(const struct request *);

#endif
