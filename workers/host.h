/*
 * The Host field and the authority of an absolute-form target (RFC 9110 7.2,
 * RFC 3986 3.2.2): uri-host [ ":" port ].
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_H
#define HOST_H

#include "common/span.h"

struct host {
	struct span name; /* without port; brackets stay on an IPv6 literal */
	struct span port; /* digits, or empty */
};

/*
 * Splits and checks text: a registered name of letters, digits, '-', '.',
 * '_' and the other unreserved and sub-delims that RFC 3986 allows, an IPv4
 * address, or a bracketed IPv6 literal; a port of 0 to 65535.  No userinfo, no
 * percent-encoding that is broken.  0, or 400.  An empty text is 400 here: the
 * caller knows where it is allowed.
 */
int host_parse(struct span text, struct host *);

#endif
