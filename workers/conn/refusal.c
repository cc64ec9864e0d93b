/*
 * Each rule has a limit of its own, so that one that is broken all the time
 * does not hide the others.
 * SPDX-License-Identifier: MIT
 */
#include "conn/refusal.h"

#include <string.h>

#include "conn/peer.h"
#include "conn/response.h"

/* If all rows are used, further rules share the last one. */
static struct log_limit *
find_limit(struct refusal_limits *limits, const char *rule)
{
	struct refusal_limit *row = limits->rows;
	const struct refusal_limit *last = &limits->rows[REFUSAL_RULES - 1];

	while (row < last && row->rule != NULL && strcmp(row->rule, rule) != 0)
		row++;
	row->rule = rule;
	return &row->limit;
}

void
refusal_log(struct refusal_limits *limits, struct log *log, int64_t now_ms,
	const struct refusal *r)
{
	const char *reason = response_reason(r->status);
	const char *rule = r->rule == NULL ? reason : r->rule;
	unsigned times =
		log_limit_take_minutely(find_limit(limits, rule), now_ms);
	char name[PEER_NAME];

	if (times == 0 && !log_wants(log, LOG_LEVEL_INFO))
		return;
	peer_name(r->peer, name);
	if (times > 0)
		log_warnx(log, "refused %s: %d %s: %s (%u time%s), while %s",
			name, r->status, reason, rule, times, log_plural(times),
			r->doing);
	else
		log_info(log, "refused %s: %d %s: %s, while %s", name,
			r->status, reason, rule, r->doing);
}
