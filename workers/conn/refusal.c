/*
 * Each rule has a limit of its own, so that one that is broken all the time
 * does not hide the others.
 * SPDX-License-Identifier: MIT
 */
#include "conn/refusal.h"

#include <stdio.h>
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

/* "403 Forbidden", or what else the client got. */
static void
print_status(int status, char *text, size_t size)
{
	if (status == 0)
		snprintf(text, size, "stream reset");
	else
		snprintf(text, size, "%d %s", status, response_reason(status));
}

void
refusal_log(struct refusal_limits *limits, struct log *log, int64_t now_ms,
	const struct refusal *r)
{
	const char *rule =
		r->rule == NULL ? response_reason(r->status) : r->rule;
	unsigned times =
		log_limit_take_minutely(find_limit(limits, rule), now_ms);
	bool has_path = r->path.at != NULL;
	char name[PEER_NAME], status[64];

	if (times == 0 && !log_wants(log, LOG_LEVEL_INFO))
		return;
	peer_name(r->peer, name);
	print_status(r->status, status, sizeof(status));
	log_at(log, times > 0 ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, false,
		"refused %s: %s: %s%s%.*s (%u time%s), while %s", name, status,
		rule, has_path ? ", for " : "", has_path ? (int)r->path.len : 0,
		has_path ? r->path.at : "", times > 0 ? times : 1,
		log_plural(times > 0 ? times : 1), r->doing);
}
