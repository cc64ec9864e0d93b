/*
 * The part of a line that comes from the request is formatted at once, since
 * its bytes may be gone when the response was sent; how much was sent, and the
 * duration, are known only then. So a record is a line with gaps.  A response
 * has a record for each log that may want it.
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_log.h"

#include <assert.h>

#include "common/clock.h"
#include "common/conf.h"
#include "conn/end_reason.h"
#include "conn/exchange.h"
#include "serve/access_line.h"
#include "serve/access_logs.h"
#include "serve/serve_state.h"
#include "serve/site.h"

struct access_record {
	struct access_record *next;
	struct access_log *log;
	struct access_line line;
	uint64_t content, end; /* offsets in the output */
	/* bytes of content sent before the output was reset */
	uint64_t earlier;
	uint64_t bytes_in; /* of the request, head included */
	int64_t began;     /* nanoseconds, CLOCK_MONOTONIC */
	int64_t first;     /* its first bytes were sent; 0: not yet known */
	uint8_t reason;    /* enum end_reason, where the response is complete */
	bool is_cut;
	bool is_if_slow; /* the log wants it only then */
};

/* ---- which requests ------------------------------------------------------ */

static bool
is_wanted_status(const char *const *statuses, int status)
{
	for (; *statuses != NULL; statuses++) {
		const char *s = *statuses;

		if (s[0] - '0' != status / 100)
			continue;
		if (s[1] == 'x' || (s[1] - '0' == status / 10 % 10 &&
					   s[2] - '0' == status % 10))
			return true;
	}
	return false;
}

/* xorshift64: samples need no better chance. */
static bool
is_sampled(struct access_logs *logs, double share)
{
	uint64_t n = logs->chance;

	n ^= n << 13;
	n ^= n >> 7;
	n ^= n << 17;
	logs->chance = n;
	return (double)(n >> 11) < share * (double)(UINT64_C(1) << 53);
}

enum verdict { LOG_IT, LOG_IF_SLOW, LOG_NOT };

static enum verdict __attribute__((noinline))
judge_request(struct exchange *x, const struct conf_log_when *when)
{
	if (is_wanted_status(when->statuses, x->status) ||
		is_sampled(&x->worker->serve->access, when->sample))
		return LOG_IT;
	return when->slower > 0 ? LOG_IF_SLOW : LOG_NOT;
}

/* ---- records ------------------------------------------------------------- */

/* Written member by member: the others are set by access_line_make() and
 * access_log_end(). */
static void
init_record(struct access_record *record, const struct exchange *x,
	struct access_log *log, bool is_if_slow)
{
	record->log = log;
	record->content = x->output->queued;
	record->earlier = 0;
	record->began = x->stats.began_ns;
	record->first = 0;
	record->reason = x->end_reason;
	record->is_cut = false;
	record->is_if_slow = is_if_slow;
}

/* Returns the list of records with one more, if the log may want it. */
static struct access_record *
add_record(struct exchange *x, struct access_log *log,
	struct access_record *others)
{
	struct access_record *record;
	enum verdict verdict = LOG_IT;

	if (log->conf->has_when)
		verdict = judge_request(x, &log->conf->when);
	if (verdict == LOG_NOT)
		return others;
	record = arena_alloc(&x->arena, sizeof(*record));
	assert(record != NULL);
	init_record(record, x, log, verdict == LOG_IF_SLOW);
	record->next = others;
	access_line_make(
		&x->worker->serve->access, x, log->conf, &record->line);
	return record;
}

/* Kept apart, as are others here, so that a response that no log wants saves no
 * registers. */
static void __attribute__((noinline))
add_records(struct exchange *x, const struct access_log_list *logs)
{
	struct access_record *records = NULL;

	if (!x->is_counted || (x->route != NULL && x->route->conf->quiet))
		return;
	for (size_t i = 0; i < logs->count; i++)
		records = add_record(x, logs->all[i], records);
	x->record = records;
}

void
access_log_content(struct exchange *x)
{
	const struct access_log_list *logs =
		x->site == NULL ? &x->worker->serve->access.server
				: x->site->logs;

	if (logs->count > 0)
		add_records(x, logs);
}

/* Of a head that was not understood the length is not known. */
static uint64_t
count_input(const struct exchange *x)
{
	return x->site == NULL ? 0 : x->request.head_len + x->body.received;
}

void
access_log_end(struct exchange *x)
{
	struct access_record *record = x->record, *last = record;
	uint64_t bytes_in = count_input(x), end = x->output->queued;

	x->record = NULL;
	*(x->last_record == NULL ? &x->first_record : &x->last_record->next) =
		record;
	for (; record != NULL; record = record->next) {
		record->end = end;
		record->bytes_in = bytes_in;
		last = record;
	}
	x->last_record = last;
}

void
access_log_cut(struct exchange *x)
{
	for (struct access_record *r = x->record; r != NULL; r = r->next)
		r->is_cut = true;
}

static void
note_first(struct access_record *r, uint64_t sent, int64_t now)
{
	for (; r != NULL; r = r->next)
		if (r->first == 0 && sent > 0 && sent >= r->content)
			r->first = now;
}

void
access_log_progress(struct exchange *x)
{
	int64_t now = clock_now_ns();

	note_first(x->first_record, x->output->sent, now);
	note_first(x->record, x->output->sent, now);
}

void
access_log_sent(struct exchange *x)
{
	note_first(x->record, x->output->sent, clock_now_ns());
	for (struct access_record *r = x->record; r != NULL; r = r->next) {
		r->earlier += x->output->sent - r->content;
		r->content = 0;
	}
}

/* ---- lines --------------------------------------------------------------- */

static const char *
find_reason(const struct exchange *x, const struct access_record *record,
	bool is_complete)
{
	enum end_reason reason = is_complete ? record->reason : x->end_reason;

	if (!is_complete && reason == END_OK)
		reason = record->is_cut ? END_CUT : END_CLOSED;
	return end_reason_name(reason);
}

static uint64_t
count_bytes(const struct access_record *record, uint64_t sent)
{
	uint64_t to = sent < record->end ? sent : record->end;

	return record->earlier +
	       (to > record->content ? to - record->content : 0);
}

static char *
put_line(char *to, const struct exchange *x, const struct access_record *record,
	uint64_t bytes, int64_t duration_ns)
{
	struct access_end end = {
		.bytes = bytes,
		.bytes_in = record->bytes_in,
		.duration_ns = duration_ns,
		.ttfb_ns = record->first == 0 ? duration_ns
					      : record->first - record->began,
		.is_complete =
			x->output->sent >= record->end && !record->is_cut,
	};

	end.reason = find_reason(x, record, end.is_complete);
	return access_line_put(to, &record->line, record->log->conf, &end);
}

static void
write_record(
	struct exchange *x, const struct access_record *record, int64_t now)
{
	const struct conf_access_log *conf = record->log->conf;
	struct sink *sink = &record->log->sink;
	uint64_t bytes = count_bytes(record, x->output->sent);
	char *from, *to;

	if (record->is_if_slow &&
		now - record->began < conf->when.slower * 1000000)
		return;
	from = sink_reserve(sink, record->line.size);
	if (from == NULL)
		return;
	if (conf->format == CONF_LOG_COMBINED)
		to = access_line_put_combined(from, &record->line, bytes);
	else
		to = put_line(from, x, record, bytes, now - record->began);
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
