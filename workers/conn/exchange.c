/*
 * The memory of an exchange.  exchange_life.c has the states.
 * SPDX-License-Identifier: MIT
 */
#include "conn/exchange.h"

#include <assert.h>
#include <stdlib.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/end_reason.h"
#include "conn/exchange_copy.h"
#include "conn/exchange_service.h"
#include "conn/readahead.h"
#include "conn/worker_state.h"

/*
 * A request may need many times the size of its head: log lines are escaped,
 * redirects encoded.  All of that is proportional to the head or to the fields
 * that a module sets, so the server itself allocates without a limit.
 * ARENA_ENOUGH bounds what a batch of pipelined requests uses, EXCHANGE_MEMORY
 * what a module uses for one request.
 */
enum {
	/* Bytes: with it a stream of HTTP/2 that waits for a module takes 4 KB
	 * in all. */
	FIRST_BLOCK = 1920,
	ARENA_ENOUGH = 256 * 1024,
	MOST_FREE = 64,
};

struct exchange *
exchange_new(struct worker *w, const struct exchange_protocol *protocol,
	struct output *output, const struct sockaddr *peer)
{
	struct exchange_pool *pool = &w->exchanges;
	struct exchange *x = pool->free;

	if (x != NULL) {
		pool->free = x->next_free;
		pool->nfree--;
	} else {
		x = mem_alloc(sizeof(*x));
		if (++pool->nmade > pool->most)
			pool->most = pool->nmade;
		arena_init_pooled(&x->arena, FIRST_BLOCK, &pool->blocks);
		x->content = NULL;
		x->content_len = x->content_size = 0;
		x->copies = NULL;
		x->form = NULL;
		x->first_record = x->last_record = NULL;
		x->stats =
			(struct request_stats){ .counters = &w->slot->no_site };
		x->peer = peer;
		x->is_tls = false;
		exchange_next(x);
	}
	x->worker = w;
	x->protocol = protocol;
	x->output = output;
	x->conn = NULL;
	x->stream = NULL;
	x->phase = EXCHANGE_HEAD;
	x->peer = peer;
	x->is_tls = false;
	x->is_admin = false;
	x->is_counted = true;
	x->disk_wait = NULL;
	x->readahead = NULL;
	x->npipelined = 0;
	/* The other members are as exchange_next() has left them. */
	x->client = peer;
	x->is_https = false;
	return x;
}

static void
drop_form(struct exchange *x)
{
	x->worker->service->free_form(x);
	x->form = NULL;
}

void
exchange_next(struct exchange *x)
{
	x->request.method = METHOD_UNKNOWN;
	x->request.broken_rule = NULL;
	x->site = NULL;
	x->route = NULL;
	x->header_rules = NULL;
	x->extra_fields = SPAN("");
	x->request_id = (struct span){ NULL, 0 };
	x->client = x->peer;
	x->is_https = x->is_tls;
	x->status = 0;
	x->end_reason = 0;
	x->closes = x->drops_body = false;
	x->streams_body = x->keeps_head = x->is_paused = false;
	x->owes_continue = x->is_tunnel = x->is_chunked = x->is_cut = false;
	x->received_before_drop = 0;
	if (x->form != NULL)
		drop_form(x);
	if (x->copies != NULL)
		exchange_end_holds(x);
	x->handler = NULL;
	x->docroot = NULL;
	x->body.state = BODY_DONE;
	x->body.received = 0;
	x->content_len = 0;
	x->record = NULL;
}

/* Frees the memory of output that was sent or is dropped. */
static inline void
free_queued(struct exchange *x)
{
	if (x->stats.nresponses > 0 || x->stats.parts != NULL)
		request_stats_end(x);
	if (x->first_record != NULL)
		x->worker->service->log.flush(x);
	if (x->record != NULL)
		x->worker->service->log.sent(x);
	output_reset(x->output);
	x->npipelined = 0;
	if (x->copies != NULL)
		exchange_free_copies(x);
}

static inline void
free_request(struct exchange *x)
{
	arena_reset(&x->arena);
	if (x->content != NULL)
		exchange_free_content(x);
}

void
exchange_sent(struct exchange *x)
{
	free_queued(x);
	if (x->phase == EXCHANGE_HEAD || x->phase == EXCHANGE_LAST)
		free_request(x);
}

void
exchange_note_progress(struct exchange *x)
{
	if (x->first_record != NULL || x->record != NULL)
		x->worker->service->log.progress(x);
}

bool
exchange_has_room(struct exchange *x)
{
	if (output_room(x->output) < OUTPUT_ROOM)
		return false;
	if (x->arena.total <= ARENA_ENOUGH)
		return true;
	if (!output_is_empty(x->output))
		return false;
	/* The output was sent while a body was being read. */
	exchange_sent(x);
	return true;
}

/* Makes room for len bytes behind the lines; returns its start. */
static char *
extend_fields(struct exchange *x, size_t len)
{
	struct span old = x->extra_fields;
	char *lines = arena_alloc(&x->arena, old.len + len);

	assert(lines != NULL);
	x->extra_fields = (struct span){ lines, old.len + len };
	return mempcpy(lines, old.at, old.len);
}

void
exchange_add_fields(struct exchange *x, struct span lines)
{
	memcpy(extend_fields(x, lines.len), lines.at, lines.len);
}

struct span
exchange_add_field(struct exchange *x, struct span name, struct span value)
{
	char *to = extend_fields(x, name.len + value.len + 4), *at;

	to = mempcpy(to, name.at, name.len);
	at = mempcpy(to, ": ", 2);
	to = mempcpy(at, value.at, value.len);
	memcpy(to, "\r\n", 2);
	return (struct span){ at, value.len };
}

void
exchange_keep_head(struct exchange *x)
{
	if (x->keeps_head)
		return;
	request_keep(&x->request, &x->arena);
	x->keeps_head = true;
}

static void
end_exchange(struct exchange *x)
{
	if (x->end_reason == END_OK && x->conn != NULL)
		x->end_reason = x->conn->end_reason;
	exchange_abandon(x, EXCHANGE_GONE);
	if (x->readahead != NULL)
		readahead_forget(x);
	output_drop(x->output);
	free_queued(x);
	free_request(x);
	drop_form(x);
}

/*
 * Returns true between two requests if the last response was sent: only memory
 * of a partial head is left to free.  A stream may end, and be recorded, after
 * all of its output was sent.
 */
static bool
is_clean(const struct exchange *x)
{
	return x->phase == EXCHANGE_HEAD && x->output->queued == 0 &&
	       x->copies == NULL && x->content == NULL &&
	       x->first_record == NULL && x->record == NULL &&
	       x->stats.nresponses == 0 && x->stats.parts == NULL &&
	       !x->keeps_head;
}

void
exchange_free(struct exchange *x)
{
	struct exchange_pool *pool;

	if (x == NULL)
		return;
	pool = &x->worker->exchanges;
	if (is_clean(x)) {
		arena_reset(&x->arena);
	} else {
		end_exchange(x);
		exchange_next(x);
	}
	if (pool->nfree == MOST_FREE) {
		arena_fini(&x->arena);
		free(x);
		pool->nmade--;
		return;
	}
	x->next_free = pool->free;
	pool->free = x;
	pool->nfree++;
}

void
exchange_pool_init(struct exchange_pool *p, size_t body_memory)
{
	*p = (struct exchange_pool){ .bodies.limit = body_memory };
	arena_pool_init(&p->blocks, EXCHANGE_BLOCK, MOST_FREE);
}

void
exchange_pool_fini(struct exchange_pool *p)
{
	struct exchange *x;

	while ((x = p->free) != NULL) {
		p->free = x->next_free;
		arena_fini(&x->arena);
		free(x);
	}
	p->nfree = 0;
	arena_pool_fini(&p->blocks);
	output_pool_fini(&p->outputs);
	small_pool_fini(&p->small);
}

void *
exchange_alloc(struct exchange *x, size_t size)
{
	return arena_alloc_within(&x->arena, size, EXCHANGE_MEMORY);
}

char *
exchange_copy_text(struct exchange *x, struct span s)
{
	char *copy = exchange_alloc(x, s.len + 1);

	if (copy == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	return copy;
}

void
exchange_continue(struct exchange *x)
{
	if (x->owes_continue)
		x->protocol->send_interim(x, 100, SPAN(""));
	x->owes_continue = false;
}

/* The length of chunked content is not known, nor whether a client that got no
 * 100 will send any: a response before the end of such content is the last one.
 */
bool
exchange_leaves_content(const struct exchange *x)
{
	uint64_t discard = (uint64_t)x->worker->conf->limits.discard;

	if (x->phase != EXCHANGE_BODY || body_is_done(&x->body))
		return false;
	if (x->owes_continue || x->request.content_length == REQUEST_NO_LENGTH)
		return !x->drops_body || x->received_before_drop > 0;
	return x->body.left > discard;
}

struct body_memory *
exchange_body_memory(const struct exchange *x)
{
	return &x->worker->exchanges.bodies;
}

void
exchange_count_no_memory(struct exchange *x)
{
	x->worker->slot->refused[SLOT_REFUSED_MEMORY] += x->is_counted;
}

/* Returns half as much again as is needed, but no more than the rest of the
 * content and a NUL can fill. */
static size_t
choose_content_size(const struct exchange *x, size_t need)
{
	enum { FIRST_SIZE = 4096 };
	int64_t length = x->request.content_length;
	size_t most, size = need + need / 2;

	most = (size_t)(length >= 0 ? length : x->body_most) + 1;
	if (size < FIRST_SIZE)
		size = FIRST_SIZE;
	if (size > most)
		size = most;
	return size > need ? size : need;
}

static void
resize_content(struct exchange *x, size_t size)
{
	x->content = mem_realloc(x->content, size);
	x->content_size = size;
}

int
exchange_add_content(struct exchange *x, struct span s)
{
	size_t need = x->content_len + s.len, size;
	int status;

	if (x->content == NULL || need > x->content_size) {
		size = choose_content_size(x, need);
		status = body_memory_resize(
			exchange_body_memory(x), x->content_size, size);
		if (status != 0)
			return status;
		resize_content(x, size);
	}
	memcpy(x->content + x->content_len, s.at, s.len);
	x->content_len += s.len;
	return 0;
}

void
exchange_terminate_content(struct exchange *x)
{
	if (x->content_len == x->content_size) {
		body_memory_change(exchange_body_memory(x), x->content_size,
			x->content_size + 1);
		resize_content(x, x->content_size + 1);
	}
	x->content[x->content_len] = '\0';
}

void
exchange_free_content(struct exchange *x)
{
	if (x->content == NULL)
		return;
	body_memory_change(exchange_body_memory(x), x->content_size, 0);
	free(x->content);
	x->content = NULL;
	x->content_len = x->content_size = 0;
}

/* ---- answers that take longer than a turn ------------------------------- */

void
exchange_hold(
	struct exchange *x, const struct exchange_handler *handler, void *data)
{
	x->handler = handler;
	x->handler_data = data;
	exchange_keep_head(x);
}

void
exchange_drop_content(struct exchange *x)
{
	x->drops_body = true;
	x->is_paused = false;
	x->received_before_drop = x->body.received;
}

void
exchange_complete(struct exchange *x)
{
	x->handler = NULL;
	x->handler_data = NULL;
	exchange_drop_content(x);
	exchange_resume(x);
}

void
exchange_resume(struct exchange *x)
{
	x->protocol->resume(x);
}

void
exchange_abandon(struct exchange *x, enum exchange_end end)
{
	const struct exchange_handler *handler = x->handler;

	if (handler == NULL)
		return;
	x->handler = NULL;
	x->is_cut = x->status != 0;
	handler->on_gone(x, end);
	x->handler_data = NULL;
}
