/*
 * One request in the hands of a module: what prong.h calls a context.  It is
 * a piece of memory of its own, so that a module which holds it for too long
 * is told so: it goes back to the end of a long free list.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "common/span.h"
#include "event.h"
#include "prong.h"
#include "pulse.h"
#include "request_id.h"

struct exchange;
struct route;
struct stream;
struct upload;
struct websocket;
struct worker;

enum context_state {
	CONTEXT_ENDED, /* free, or only held by a module that errs */
	CONTEXT_LIVE,
};

enum { CONTEXT_PARAMS = 16 };

struct context_param {
	struct span name; /* the pattern's */
	const char *value;
};

struct context_value {
	struct context_value *next;
	const void *key;
	void *value;
};

struct prong_context {
	struct prong_context *next;  /* in the free list, or the live one */
	struct prong_context **link; /* in the live one: what points here */
	enum context_state state;
	bool is_answered; /* a final status is chosen */
	bool is_complete; /* and the answer queued whole */
	bool is_held;   /* the exchange waits for it: deferred, or what is so */
	bool is_orphan; /* ended, and the module will yet answer it */
	bool minds_eof; /* a client that sends no more is gone */
	enum prong_end how;        /* it is to end, when it is complete */
	unsigned depth;            /* of the module's functions on the stack */
	struct exchange *exchange; /* NULL when ENDED */
	struct prong_instance *instance;

	const struct prong_route *route; /* the row; NULL: none matched */
	const char *pattern;             /* with the groups' prefixes */
	prong_handler *const *chain;     /* what is left, NULL at its end */

	struct span fields; /* lines for the answer's head */
	size_t fields_size; /* room for them */
	unsigned nhints;    /* 103s before it */
	struct context_value *values;

	struct prong_event *events; /* of this context */
	void (*on_end)(struct prong_context *, enum prong_end, void *data);
	void *on_end_data;

	/* What the exchange's handler is told is passed on to these; NULL:
	 * nobody minds. */
	void (*on_content)(struct prong_context *, struct span);
	void (*on_content_end)(struct prong_context *);
	size_t (*on_bytes)(struct prong_context *, struct span);
	void (*on_sent)(struct prong_context *);
	bool (*on_due)(struct prong_context *);

	/* Each NULL until it is needed; freed by the file that knows it. */
	struct upload *upload;       /* content as it comes, form parts */
	struct stream *stream;       /* the answer in parts */
	struct websocket *websocket; /* instead of an answer */

	unsigned nparams;
	struct context_param params[CONTEXT_PARAMS];
};

/* ---- for the functions of prong.h ---- */

/*
 * Is it a live one?  Else logs the function's name as the module's error, sets
 * errno to ESTALE and returns false.
 */
bool context_is_live(struct prong_context *, const char *function);

/*
 * May it still be answered?  Else false with errno: ESTALE as above, EALREADY,
 * or ECANCELED, without a word in the log, where the client was faster than
 * the module.
 */
bool context_is_open(struct prong_context *, const char *function);

/* Logs what is wrong with a call, as the module's error; errno: EINVAL.  -1. */
int context_misuse(
	struct prong_context *, const char *function, const char *what);

/* "module notes: GET /api/notes/:id: it WHAT, to GET /api/notes/7" */
void context_log(struct prong_context *, enum log_level, const char *what);

/* What it lives in. */
struct worker *context_worker(const struct prong_context *);

/* NUL-terminated copy in the memory of the request; "" when that is full. */
const char *context_text(struct prong_context *, struct span);

/* The handler may return without an answer: the exchange is held. */
void context_hold(struct prong_context *);

/*
 * The answer is queued whole: the context ends as soon as no function of the
 * module is on the stack.
 */
void context_complete(struct prong_context *);

/*
 * Around every call of a module's function for a context: one that ends
 * inside lives on until context_leave().
 */
void context_enter(struct prong_context *);
void context_leave(struct prong_context *);

/* ---- for module.c ---- */

/* Contexts of a worker that are free, first in, first out; and what else
 * modules share. */
struct context_pool {
	struct prong_context *first, **last;
	unsigned count;
	struct event_pool events;
	struct pulse pulse;
	struct request_ids ids;
};

void context_pool_init(struct context_pool *, struct worker *);
void context_pool_fini(struct context_pool *);

/* A request for the instance: finds the handler, calls it. */
void context_run(struct exchange *, struct prong_instance *);

/* Content will come: how the handler takes it, and how much of it. */
void context_expect_content(struct exchange *, struct prong_instance *);

/* The worker leaves: WebSockets are told so. */
void context_drain_all(struct prong_instance *);

/* And soon: streams end here, who was not answered gets a 503. */
void context_dismiss_all(struct prong_instance *);

/* Ends all that are live, as PRONG_STOPPED; the instance is stopping. */
void context_stop_all(struct prong_instance *);

#endif
