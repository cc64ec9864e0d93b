/*
 * Checks that a PROXY header is asked for only where a balancer may send one.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALIDATE_PROXY_H
#define VALIDATE_PROXY_H

struct conf;
struct reader;

/*
 * Reports each address with "proxy_protocol" when "trusted" is empty: no header
 * would ever be believed there.
 */
void validate_proxy_protocol(struct reader *, const struct conf *);

#endif
