/*
 * A context: one request while a module handles it. Modules know it by a handle
 * that is never used again, so that a module that uses an ended context is
 * reported instead of answering another request.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/bus_ring.h"
#include "api/event.h"
#include "api/foreign_call.h"
#include "api/handles.h"
#include "api/keepalive.h"
#include "api/prong.h"
#include "api/stream_coding.h"
#include "common/list.h"
#include "common/log.h"
#include "common/span.h"
#include "conn/request_id.h"

struct context;
struct context_pool;
struct context_time;
struct exchange;
struct route;
struct stream;
struct body_stream;
struct websocket;
struct ws_deflate;
struct worker;

struct context_param {
	struct span name; /* points into the pattern */
	const char *value;
};

struct context_value {
	struct context_value *next;
	const void *key;
	void *value;
};

/* A function of prong_on_end(). */
struct context_end {
	struct context_end *next;
	void (*f)(struct prong_context *, enum prong_end, void *data);
	void *data;
};

/* A function of prong_on_head(). */
struct context_head {
	struct context_head *next;
	void (*f)(struct prong_context *, int status, void *data);
	void *data;
};

/* The row of the module's table that handles the request. */
struct context_match {
	const struct prong_route *route; /* NULL when none matched */
	const char *pattern;             /* with the prefixes of the groups */
	bool wants_slash, is_known; /* of the router_match that found none */
	/* the remaining handlers, ended by NULL */
	prong_handler *const *chain;
	unsigned nparams;
	struct context_param *params; /* in the exchange's memory */
};

/* The response, and how far it has come. */
struct context_response {
	bool is_answered; /* a final status was chosen */
	bool is_complete; /* it is queued completely */
	bool is_in_head;  /* a function of prong_on_head() is running */
	bool is_aborted;  /* by prong_abort() */
	int status;       /* once the head is made; 0: not known */
	int64_t sent;     /* bytes of content; -1: not known */
	struct context_head *heads; /* of prong_on_head(), the last one first */
	enum prong_end
		end_reason; /* why the context ends, once it is complete */
	unsigned nhints;    /* 103 responses sent */
	bool has_tag;       /* ETag is that of prong_etag() */
	struct span fields; /* field lines */
	size_t fields_size; /* bytes allocated for them */
};

/* Receivers of the exchange's callbacks; NULL where there is none. */
struct context_hooks {
	void (*on_content)(struct context *, struct span);
	void (*on_content_end)(struct context *);
	size_t (*on_bytes)(struct context *, struct span);
	void (*on_sent)(struct context *);
	bool (*on_due)(struct context *);
};

struct context {
	/* in the instance's list of live contexts, or in the free list */
	struct list_node node;
	struct prong_context *handle; /* what modules call it; NULL: ended */
	bool is_held;                 /* the exchange is held for it */
	bool is_ending;               /* its end functions are being called */
	bool minds_eof;               /* a half-closed client counts as gone */
	/* number of nested calls of the module's functions */
	unsigned depth;
	struct prong_instance *outer_caller; /* see context_pool.caller */
	struct exchange *exchange;           /* NULL once it has ended */
	struct prong_instance *instance;

	struct context_response answer;
	struct context_hooks hooks;
	struct context_end *ends; /* the last one first */
	struct context_value *values;
	struct list events; /* timers and watches of this context */
	struct list works;  /* its jobs on the work pool */

	/* Each is NULL until it is needed, and is freed by the file that made
	 * it. */
	struct body_stream *body_stream; /* state of the request body */
	struct stream *stream;           /* a response in parts */
	struct websocket *websocket;     /* after a 101 response */
	struct context_time *time;       /* where it is not timeouts.handler */

	struct context_match match;
};

/* ---- for the functions of prong.h ---- */

/*
 * Returns the context of a handle. Otherwise logs the call as the module's
 * error, sets errno and returns NULL: ESTALE for one that has ended, EINVAL for
 * NULL, EPERM for a call in another thread.
 */
struct context *context_find(struct prong_context *, const char *function);

/*
 * Returns a context that can be answered. Otherwise sets errno and returns
 * NULL: as above, EALREADY, or ECANCELED, which is not logged, when the client
 * has disconnected before the module answered.
 */
struct context *context_find_open(struct prong_context *, const char *function);

/* True in the worker's thread; otherwise the call is logged and errno EPERM. */
bool context_is_own_thread(const char *function);

/* Logs a call with NULL in place of a context or an instance; sets errno. */
void context_report_null(const char *function);

/* Returns the events of the process's modules; NULL in another thread. */
struct event_pool *context_event_pool(const char *function);

/*
 * Logs what is wrong with a call, as the module's error. Sets errno to EINVAL
 * and returns -1.
 */
int context_misuse(struct context *, const char *function, const char *what);
int context_misuse_format(struct context *, const char *function,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Returns 0 for a length that content in memory can have.  Otherwise logs the
 * call like context_misuse() and returns -1: a subtraction went below zero.
 */
int context_check_length(struct context *, const char *function, size_t len);

/*
 * Logs "module notes: GET /api/notes/:id: the handler WHAT: GET /api/notes/7".
 */
void context_log(struct context *, enum log_level, const char *what);

/* True for a module of PRONG_ABI 2, whose mistakes of then are still none. */
bool context_is_abi2(const struct context *);

/* Returns the worker of the context. */
struct worker *context_worker(const struct context *);

/*
 * Returns a NUL-terminated copy in the memory of the request; "" when that is
 * at its limit.
 */
const char *context_text(struct context *, struct span);

/* The same for a name or a value of a query: it is decoded. */
const char *context_decode(struct context *, struct span raw);

/* The same for a parameter of the path: an encoded slash is a slash in it. */
const char *context_param(struct context *, struct span value);

/* Returns the milliseconds that are left of timeouts.handler. */
int64_t context_default_time_left(struct context *);

/* Ends a deferred context that was not answered, with an error response. */
void context_cut_short(struct context *, enum prong_end, int status);

/* Suspends the exchange: the handler may return without an answer. */
void context_hold(struct context *);

/*
 * Reports that the response is queued completely. The context ends once no
 * function of the module is running.
 */
void context_complete(struct context *);

/*
 * Enclose every call of a module's function for a context: a context that ends
 * inside stays valid until context_leave().
 */
void context_enter(struct context *);
void context_leave(struct context *);

/* ---- for context.c ---- */

/* Creates the context of a request. */
struct context *context_new(struct exchange *, struct prong_instance *);

/* Frees a context that has ended; will_be_answered: by a module that was not
 * told of the end. */
void context_free(struct context *, bool will_be_answered);

/* Returns the context of a handle, or NULL if it has ended, which is no mistake
 * of the module: for code that goes through contexts while functions of modules
 * run, in which any of them may end. */
struct context *context_find_live(
	const struct context_pool *, struct prong_context *);

/* The end of a call; context_leave() also ends a context that is complete. */
void context_leave_call(struct context *);

/* ---- for module.c ---- */

/*
 * The contexts of a worker, the free ones in first-in-first-out order, and what
 * its modules share.
 */
struct context_pool {
	struct worker *worker;
	struct fifo free;
	struct handles handles;
	unsigned nworks;     /* jobs of modules that wait or run */
	unsigned nabandoned; /* that have ended and were never answered */
	struct prong_instance *caller; /* whose function is running; or NULL */
	struct list listeners;         /* instances that have started */
	struct role *roles;            /* of prong_once() */
	size_t coding_bytes;           /* of content that threads compress */
	unsigned ncoded_streams;       /* that have a compressor */
	struct stream_coding_queue codings;
	struct ws_deflate *deflate; /* of all WebSockets; NULL at first */
	struct {
		struct bus_ring ring;
		uint64_t seen; /* the number of the last message */
		uint64_t base; /* from which the master counts; 0: not told */
		uint64_t lost; /* messages that the worker did not get */
	} bus;
	struct foreign_call foreign;
	struct event_pool events;
	struct keepalive keepalive;
	struct request_ids ids;
};

void context_pool_init(struct context_pool *, struct worker *);
void context_pool_fini(struct context_pool *);

/* Handles a request of the instance: finds the row and calls its handlers. */
void context_run(struct exchange *, struct prong_instance *);

/* Returns the path below the mount. */
struct span context_path(const struct prong_instance *, struct span path);

/*
 * Called when a request has a body: sets whether it is streamed, and its
 * maximum size.
 */
void context_expect_content(struct exchange *, struct prong_instance *);

/* Called when the worker drains: closes WebSockets. */
void context_drain_all(struct prong_instance *);

/*
 * Called when the time to drain is over: ends streams, and answers deferred
 * contexts with 503.
 */
void context_force_end_all(struct prong_instance *);

/* Called when the instance stops: ends all live contexts as PRONG_STOPPED. */
void context_stop_all(struct prong_instance *);

#endif
