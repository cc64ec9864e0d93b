/*
 * One request in the hands of a module: what prong.h calls a context.  It is
 * a piece of memory of its own, so that a module which holds it for too long
 * is told so: it goes back to the end of a long free list.
 *
 *   RUNNING -> ENDED            answered before the handler returned
 *   RUNNING -> LATER -> ENDED   deferred, streamed, tunnelled
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "prong.h"

struct event_list;
struct exchange;
struct route;
struct stream;
struct upload;
struct websocket;
struct worker;

enum context_state {
	CONTEXT_ENDED,   /* free, or only held by a module that errs */
	CONTEXT_RUNNING, /* a handler is on the stack */
	CONTEXT_LATER,   /* the exchange is held for it */
};

enum { CONTEXT_PARAMS = 16 };

struct context_param {
	const char *name; /* the pattern's */
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
	bool is_deferred; /* by prong_defer() or what implies it */
	bool is_nested;   /* a callback is on the stack: it ends after it */
	struct exchange *exchange; /* NULL when ENDED */
	struct prong_instance *instance;

	const struct prong_route *route; /* the row; NULL: none matched */
	struct context_param params[CONTEXT_PARAMS];
	unsigned nparams;
	prong_handler *const *chain; /* what is left of it, NULL at its end */

	struct span fields; /* lines for the answer's head */
	struct context_value *values;
	const char *request_id;

	struct prong_event *events; /* of this context */
	void (*on_end)(struct prong_context *, enum prong_end, void *data);
	void *on_end_data;

	/* Each NULL until it is needed; freed by the file that knows it. */
	struct upload *upload;       /* content as it comes, form parts */
	struct stream *stream;       /* the answer in parts */
	struct websocket *websocket; /* instead of an answer */
};

/* ---- for the functions of prong.h ---- */

/*
 * Is it a live one?  Else logs the function's name as the module's error, sets
 * errno to ESTALE and returns false.
 */
bool context_is_live(struct prong_context *, const char *function);

/* What it lives in. */
struct worker *context_worker(const struct prong_context *);

/* NUL-terminated copy in the memory of the request; "" when that is full. */
const char *context_text(struct prong_context *, struct span);

/*
 * The handler may return without an answer: the exchange is held.  Idempotent.
 */
void context_hold(struct prong_context *);

/*
 * The answer is queued whole: the context ends as soon as no callback of it is
 * on the stack, at once where none is.
 */
void context_complete(struct prong_context *);

/*
 * Around every call of a module's function that is not the handler itself:
 * a context that ends inside lives on until leave.
 */
void context_enter(struct prong_context *);
void context_leave(struct prong_context *);

/* ---- for module.c ---- */

/* A request for the instance: finds the handler, calls it. */
void context_run(struct exchange *, struct prong_instance *);

/* Ends all that are live, as PRONG_STOPPED; the instance is stopping. */
void context_stop_all(struct prong_instance *);

#endif
