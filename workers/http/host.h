/*
 * The Host field and the authority of an absolute-form target: uri-host [ ":"
 * port ] (RFC 9110 7.2, RFC 3986 3.2.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_H
#define HOST_H

#include "common/span.h"

struct host {
	/* without the port; an IPv6 literal keeps its brackets */
	struct span name;
	struct span port; /* digits, or empty */
};

/*
 * Splits and checks text: a registered name of unreserved and sub-delims
 * characters (RFC 3986 2.2, 2.3) without the comma, an IPv4 address, or a
 * bracketed IPv6 literal, with a port of 0 to 65535. Userinfo and malformed
 * percent-encoding are refused. Returns 0 or 400. Empty text is 400: the caller
 * knows where an empty host is allowed.
 */
int host_parse(struct span text, struct host *);

#endif
