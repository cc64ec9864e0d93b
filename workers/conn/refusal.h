/*
 * What the log says of requests that the server itself refuses.
 * SPDX-License-Identifier: MIT
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "common/log.h"
#include "common/span.h"

struct sockaddr;

enum { REFUSAL_RULES = 48 };

/* When each rule was told of last. */
struct refusal_limits {
	struct refusal_limit {
		const char *rule; /* a string constant; NULL: unused */
		struct log_limit limit;
	} rows[REFUSAL_RULES];
};

struct refusal {
	int status;       /* 0: a stream of HTTP/2 was reset */
	const char *rule; /* that the request broke; NULL: not known */
	const struct sockaddr *peer;
	struct span path;  /* of the request; at is NULL: not known */
	const char *doing; /* what the connection is doing */
};

/*
 * Logs a refusal: as a warning once a minute a rule, with the number of times,
 * else at level info.
 */
void refusal_log(struct refusal_limits *, struct log *, int64_t now_ms,
	const struct refusal *);

#endif
