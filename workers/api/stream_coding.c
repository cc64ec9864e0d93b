/*
 * SPDX-License-Identifier: MIT
 */
#include "api/stream_coding.h"

#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/stream.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "conn/worker_state.h"
#include "file/compress_stream.h"

enum {
	PIECE = 16 * 1024,  /* bytes that take about a millisecond */
	FLUSH = 1024,       /* bytes that take as long as to flush none */
	TURN = 16 * PIECE,  /* bytes of all streams */
	STREAMS_MOST = 256, /* of a worker */
};

struct stream_coding {
	struct list_node node; /* in the queue, if is_scheduled */
	struct stream *stream;
	struct compress_stream *compressor;
	char *waiting;
	size_t len, size, done; /* of waiting; done: already compressed */
	bool is_scheduled, has_failed;
};

static struct stream_coding_queue *
queue_of(const struct stream *s)
{
	return &s->ctx->instance->worker->contexts->codings;
}

static unsigned *
count_streams(const struct context *ctx)
{
	return &ctx->instance->worker->contexts->ncoded_streams;
}

struct stream_coding *
stream_coding_new(struct context *ctx, enum coding coding)
{
	struct compress_stream *compressor;
	struct stream_coding *c;

	if (*count_streams(ctx) >= STREAMS_MOST)
		return NULL;
	compressor = compress_stream_new(coding);
	if (compressor == NULL)
		return NULL;
	c = mem_calloc(1, sizeof(*c));
	c->compressor = compressor;
	++*count_streams(ctx);
	return c;
}

void
stream_coding_free(struct stream *s)
{
	if (s->coding == NULL)
		return;
	if (s->coding->is_scheduled)
		list_remove(&s->coding->node);
	--*count_streams(s->ctx);
	compress_stream_free(s->coding->compressor);
	free(s->coding->waiting);
	free(s->coding);
	s->coding = NULL;
}

size_t
stream_coding_waiting(const struct stream *s)
{
	return s->coding == NULL ? 0 : s->coding->len - s->coding->done;
}

static void
put_compressed(void *arg, const char *bytes, size_t len)
{
	stream_put_raw(arg, bytes, len);
}

/* Returns true when nothing is left. */
static bool
compress_piece(struct stream *s, size_t most)
{
	struct stream_coding *c = s->coding;
	const char *bytes = c->waiting == NULL ? "" : c->waiting + c->done;
	size_t len = c->len - c->done;
	enum compress_step step = COMPRESS_MORE;

	if (len > most)
		len = most;
	else
		step = s->is_ending ? COMPRESS_END : COMPRESS_FLUSH;
	if (!c->has_failed && !compress_stream_take(c->compressor, bytes, len,
				      step, put_compressed, s))
		c->has_failed = true;
	c->done += len;
	if (c->done < c->len)
		return false;
	c->len = c->done = 0;
	if (c->size > PIECE) {
		free(c->waiting);
		c->waiting = NULL;
		c->size = 0;
	}
	return true;
}

/* A compressor fails only for want of memory: the content cannot go on. */
static void
abort_failed(struct stream *s)
{
	if (s->ctx->answer.is_aborted)
		return;
	context_log(s->ctx, LOG_LEVEL_ERROR, "could not be compressed");
	prong_abort(s->ctx->handle);
}

/* ---- turns --------------------------------------------------------------- */

static void
schedule_piece(struct stream *s)
{
	struct stream_coding_queue *q = queue_of(s);

	if (s->coding->is_scheduled)
		return;
	s->coding->is_scheduled = true;
	s->coding->stream = s;
	list_add(&q->next_round, &s->coding->node);
	if (!ev_is_active(&q->turn)) {
		ev_timer_set(&q->turn, 0., 0.);
		ev_timer_start(q->loop, &q->turn);
	}
}

/* May free the stream, and others.  Returns what it has cost, in bytes. */
static size_t
run_piece(struct stream *s)
{
	struct stream_coding *c = s->coding;
	size_t waits = c->len - c->done;
	bool is_done;

	list_remove(&c->node);
	c->is_scheduled = false;
	is_done = compress_piece(s, PIECE);
	if (c->has_failed)
		abort_failed(s);
	else if (!is_done)
		schedule_piece(s);
	else if (s->is_ending)
		stream_end(s);
	return (waits < PIECE ? waits : PIECE) + FLUSH;
}

static void
start_round(struct stream_coding_queue *q)
{
	q->this_round = q->next_round;
	q->next_round.first = NULL;
	if (q->this_round.first != NULL)
		q->this_round.first->link = &q->this_round.first;
}

/* A stream that is not done comes behind all others that wait. */
static void
on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct stream_coding_queue *q = timer->data;
	size_t cost = 0;

	(void)revents;
	if (q->this_round.first == NULL)
		start_round(q);
	while (q->this_round.first != NULL && cost < TURN)
		cost += run_piece(container_of(
			q->this_round.first, struct stream_coding, node)
					  ->stream);
	if ((q->this_round.first != NULL || q->next_round.first != NULL) &&
		!ev_is_active(timer)) {
		ev_timer_set(timer, 0., 0.);
		ev_timer_start(loop, timer);
	}
}

void
stream_coding_queue_init(struct stream_coding_queue *q, struct ev_loop *loop)
{
	*q = (struct stream_coding_queue){ .loop = loop };
	ev_timer_init(&q->turn, on_turn, 0., 0.);
	q->turn.data = q;
}

void
stream_coding_queue_fini(struct stream_coding_queue *q)
{
	ev_timer_stop(q->loop, &q->turn);
}

/* ---- writing ------------------------------------------------------------- */

/* What was compressed makes room for what comes. */
static void
make_room(struct stream_coding *c, size_t len)
{
	if (c->size - c->len < len && c->done > 0) {
		c->len -= c->done;
		memmove(c->waiting, c->waiting + c->done, c->len);
		c->done = 0;
	}
	if (c->size - c->len < len) {
		c->size = (c->len + len) * 2;
		c->waiting = mem_realloc(c->waiting, c->size);
	}
}

void
stream_coding_put(struct stream *s, const void *bytes, size_t len)
{
	struct stream_coding *c = s->coding;

	make_room(c, len);
	memcpy(c->waiting + c->len, bytes, len);
	c->len += len;
	schedule_piece(s);
}

void
stream_coding_end(struct stream *s)
{
	s->is_ending = true;
	schedule_piece(s);
}
