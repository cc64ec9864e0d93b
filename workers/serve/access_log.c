/*
 * The part of a line that comes from the request is formatted at once, since
 * its bytes may be gone when the response was sent; how much was sent, and the
 * duration, are known only then. So a record is a line with a gap.
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_log.h"

#include "common/clock.h"
#include "common/conf.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "http/decimal.h"
#include "serve/access_line.h"
#include "serve/site.h"

struct access_record {
	struct access_record *next;
	struct access_line line;
	uint64_t content, end; /* offsets in the output */
	/* bytes of content sent before the output was reset */
	uint64_t earlier;
	bool is_cut;
	int64_t began; /* nanoseconds, CLOCK_MONOTONIC */
};

enum { GAP = 96 };

static bool
is_not_logged(const struct exchange *x)
{
	return !x->is_counted || x->worker->access_sink.kind == SINK_OFF ||
	       (x->route != NULL && x->route->conf->quiet);
}

void
access_log_content(struct exchange *x)
{
	struct access_record *record;

	if (is_not_logged(x))
		return;
	record = arena_alloc(&x->arena, sizeof(*record));
	if (record == NULL)
		return;
	*record = (struct access_record){ .line = access_line_make(x),
		.content = x->output->queued,
		.began = x->stats.began_ns };
	if (record->line.before.at != NULL)
		x->record = record;
}

void
access_log_end(struct exchange *x)
{
	struct access_record *record;

	request_stats_respond(x);
	record = x->record;
	if (record == NULL)
		return;
	x->record = NULL;
	record->end = x->output->queued;
	if (x->last_record == NULL)
		x->first_record = record;
	else
		x->last_record->next = record;
	x->last_record = record;
}

void
access_log_cut(struct exchange *x)
{
	if (x->record != NULL)
		x->record->is_cut = true;
	access_log_end(x);
}

void
access_log_sent(struct exchange *x)
{
	struct access_record *record = x->record;

	if (record == NULL)
		return;
	record->earlier += x->output->sent - record->content;
	record->content = 0;
}

/*
 * Writes the members that are known at the end; bytes counts the content that
 * was sent.
 */
static char *
fill_gap(char *to, const struct exchange *x, const struct access_record *record,
	uint64_t bytes, int64_t now)
{
	bool is_complete = x->output->sent >= record->end && !record->is_cut;

	if (x->worker->conf->log.access_format != CONF_LOG_JSON)
		return decimal_put(to, bytes);
	to = SPAN_PUT(to, "\"bytes\":");
	to = decimal_put(to, bytes);
	to = SPAN_PUT(to, ",\"duration_us\":");
	to = decimal_put(to, (uint64_t)(now - record->began) / 1000);
	to = SPAN_PUT(to, ",\"complete\":");
	return span_put(to, is_complete ? SPAN("true") : SPAN("false"));
}

static void
write_record(
	struct exchange *x, const struct access_record *record, int64_t now)
{
	const struct access_line *line = &record->line;
	struct sink *sink = &x->worker->access_sink;
	uint64_t sent = x->output->sent, bytes = record->earlier;
	char *from =
		sink_reserve(sink, line->before.len + GAP + line->after.len);
	char *to = from;

	if (from == NULL)
		return;
	if (sent > record->content)
		bytes += (sent < record->end ? sent : record->end) -
			 record->content;
	to = span_put(to, line->before);
	to = fill_gap(to, x, record, bytes, now);
	to = span_put(to, line->after);
	sink_commit(sink, (size_t)(to - from));
}

void
access_log_flush(struct exchange *x)
{
	bool all = output_is_empty(x->output);
	struct access_record *record = x->first_record;
	int64_t now = clock_now_ns();

	for (; record != NULL && (all || record->end <= x->output->sent);
		record = record->next)
		write_record(x, record, now);
	x->first_record = record;
	if (record == NULL)
		x->last_record = NULL;
}
