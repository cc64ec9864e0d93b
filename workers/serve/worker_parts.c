/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/worker_parts.h"

#include <assert.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/mem.h"
#include "conn/conn.h"
#include "conn/worker_state.h"
#include "http2/http2.h"
#include "http2/http2_timeout.h"
#include "serve/serve.h"
#include "serve/serve_state.h"

void
worker_parts_link(struct worker *w, const struct heritage *heritage,
	struct serve_state *serve)
{
	w->heritage = heritage;
	w->conf = heritage->conf;
	w->slot = heritage->slot;
	w->service = &serve_service;
	w->http2 = &http2_service;
	w->serve = serve;
}

void
worker_parts_open(struct worker *w, struct ev_loop *loop, size_t body_memory)
{
	const struct conf_limits *limits = &w->conf->limits;

	assert(loop != NULL);
	w->loop = loop;
	w->input = mem_alloc(WORKER_INPUT);
	conn_set_deadlines(w);
	http2_set_deadlines(w);
	exchange_pool_init(&w->exchanges, body_memory);
	run_queue_init(&w->run_queue);
	http1_init(&w->http1);
	input_buffers_init(&w->input_buffers, WORKER_INPUT);
	listings_init(&w->serve->listings, w);
	request_limits_init(&w->serve->limits, w->conf);
	file_cache_init(&w->files, (size_t)limits->cache, limits->cached_file);
	w->file_errors = (struct file_errors){ .log = &w->log,
		.user = w->conf->user.name };
	w->files.errors = &w->file_errors;
}

void
worker_parts_close(struct worker *w)
{
	exchange_pool_fini(&w->exchanges);
	input_buffers_fini(&w->input_buffers);
	listings_fini(&w->serve->listings);
	request_limits_fini(&w->serve->limits);
	file_cache_fini(&w->files);
	site_table_fini(&w->serve->sites);
	free(w->input);
}
