/*
 * prong.h: the module API of prong.  See prong-module(3) for a manual with
 * examples.
 *
 * A module is a shared object that defines PRONG_MODULE.  Workers load it; the
 * master never does.  A worker calls all functions of a module on one thread,
 * from its event loop, so a module needs no locks and must not block; only what
 * it gives to prong_work() runs in another.
 *
 * Conventions:
 * - A function that returns int returns 0, or -1 with errno set.  EINVAL is an
 *   invalid argument, ESTALE a context that has ended, EALREADY a context that
 *   was already answered, ENOMEM a request over its memory limit, EPERM a call
 *   in another thread than the worker's.
 * - An error of the module is also logged, with the name of the module.
 * - Text passed to the API is copied.  Text and memory returned for a context
 *   are valid until the context ends.
 * - To answer a context is to choose its response.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_H
#define PRONG_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The version of this header: 0xMMmmpp for MM.mm.pp, for the preprocessor. */
#define PRONG_VERSION 0x000100

/*
 * The version of this interface.  A server with another one refuses the module,
 * but modules that were built for 2 are still loaded.  Members may be added to
 * the end of each struct that a module defines: PRONG_MODULE and the macros
 * PRONG_ROUTE, prong_set_cookie and prong_ws_accept tell the server their size.
 */
#define PRONG_ABI 3

#if defined(__GNUC__)
#define PRONG_EXPORT __attribute__((visibility("default")))
#else
#define PRONG_EXPORT
#endif

/* Members that a module in C++ leaves out are zero, without a warning. */
#if defined(__cplusplus) && __cplusplus >= 201402L
#define PRONG_ZERO = {}
#else
#define PRONG_ZERO
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A request and its response, from the call of the handler until it ends.  The
 * pointer is a handle: none of a later request is equal to it. */
struct prong_context;

/* A module in one worker, as one route of the configuration mounts it. */
struct prong_instance;

/* A timer, or a watch on a descriptor. */
struct prong_event;

/* Answers a request, or defers it, or passes it on with prong_next(). */
typedef void prong_handler(struct prong_context *);

/* ---- MODULE ------------------------------------------------------------- */

enum prong_route_flags {
	/* Call the handler as soon as the request head has arrived, and pass
	 * the body to prong_on_body() instead of collecting it. */
	PRONG_STREAM_BODY = 1,
};

/*
 * A row of a module's table of routes; an empty row ends the table.
 *
 * pattern is matched against the path below the mount.  "/notes/:id" matches
 * one segment as the parameter "id"; "/files/" "*rest" matches one or more
 * segments as the parameter "rest".  A literal segment takes precedence over
 * ":name", and ":name" over "*rest", whatever the order of the rows.
 *
 * A row for GET also answers HEAD.  The server answers OPTIONS, and other
 * methods with 405.
 *
 * A row with group has neither method nor handler: its pattern is a prefix, and
 * its middleware comes first, for all rows of the group.
 */
struct prong_route {
	/* Such as "GET", or "*" for any method. */
	const char *method PRONG_ZERO;
	const char *pattern PRONG_ZERO; /* begins with '/' */
	prong_handler *handler PRONG_ZERO;
	/* Middleware, called in order before the handler; ends with NULL.  Each
	 * function answers, defers, or calls prong_next(). */
	prong_handler *const *use PRONG_ZERO;
	const struct prong_route *group PRONG_ZERO;
	unsigned flags PRONG_ZERO; /* enum prong_route_flags */
	/* Largest request body in bytes; 0 means limits.body. */
	size_t body_most PRONG_ZERO;
	/* Milliseconds that the response may take; 0 means timeouts.handler,
	 * and -1 any time. */
	int64_t time_most PRONG_ZERO;
	/* Called in place of the handler, behind the same middleware, for a
	 * WebSocket that another worker has saved (on_save of struct prong_ws)
	 * and that the client still has open; the request is that of its
	 * handshake.  It calls prong_ws_restored() and prong_ws_accept(); any
	 * other answer closes the WebSocket with 1001, as does NULL here.  It
	 * may be the handler itself. */
	prong_handler *on_restore PRONG_ZERO;
};

/*
 * A row, and the end of a table, without a warning of
 * -Wmissing-field-initializers and for C++ before C++20:
 *     PRONG_ROUTE("GET", "/notes/:id", show), PRONG_ROUTES_END
 */
#define PRONG_ROUTE(method, pattern, handler)                                  \
	{                                                                      \
		(method), (pattern), (handler), NULL, NULL, 0, 0, 0, NULL      \
	}
#define PRONG_ROUTES_END                                                       \
	{                                                                      \
		NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL                    \
	}

struct prong_module {
	int abi PRONG_ZERO; /* set by PRONG_MODULE, as are the sizes */
	unsigned short size PRONG_ZERO, route_size PRONG_ZERO;
	const char *name PRONG_ZERO;
	const struct prong_route *routes PRONG_ZERO;
	/* Middleware of all routes, or NULL. */
	prong_handler *const *use PRONG_ZERO;

	/* Called in each worker before it serves, and may be NULL.  It returns
	 * 0, or -1 after prong_config_error() to refuse the configuration. */
	int (*start)(struct prong_instance *) PRONG_ZERO;

	/* Called when the worker begins to drain, and may be NULL.  The module
	 * should finish its streams soon. */
	void (*drain)(struct prong_instance *) PRONG_ZERO;

	/* Called last, after all contexts have ended, unless start has failed;
	 * may be NULL. */
	void (*stop)(struct prong_instance *) PRONG_ZERO;

	/* Called with each message of prong_publish(), in the order in which
	 * the master has passed them on, and may be NULL.  from is the index of
	 * the worker. */
	void (*on_message)(struct prong_instance *, unsigned from,
		const char *bytes, size_t len) PRONG_ZERO;

	/* Called when the worker has lost messages of the bus, of this module
	 * or others, with their number, before the next one; may be NULL. */
	void (*on_lost)(struct prong_instance *, uint64_t count) PRONG_ZERO;
};

/* Defines the module: PRONG_MODULE(.name = "hello", .routes = routes); */
#define PRONG_MODULE(...)                                                      \
	const struct prong_module prong_module = { .abi = PRONG_ABI,           \
		.size = sizeof(struct prong_module),                           \
		.route_size = sizeof(struct prong_route),                      \
		__VA_ARGS__ }

extern PRONG_EXPORT const struct prong_module prong_module;

/* Returns the PRONG_VERSION of the server. */
unsigned prong_version(void);

/* ---- INSTANCE ----------------------------------------------------------- */

/* Stores a pointer for the module. */
void prong_set_state(struct prong_instance *, void *state);

/* Returns the pointer stored by prong_set_state(), NULL at first. */
void *prong_state(struct prong_instance *);

/* Returns the instance that handles the request.  prong_instance() is the same
 * function; in C++ it is a macro, since it has the name of the struct. */
struct prong_instance *prong_instance_of(struct prong_context *);
#ifdef __cplusplus
#define prong_instance(ctx) prong_instance_of(ctx)
#else
struct prong_instance *prong_instance(struct prong_context *);
#endif

/* Returns "config" of the route: a JSON object, empty when the route has none.
 * The reference is borrowed. */
const json_t *prong_config(struct prong_instance *);

/*
 * Reports an error in "config"; start() then fails, whatever it returns.  All
 * errors that are reported are shown.  path names the member, such as
 * "db.hosts[0].name", or "" for the object itself; the message is prefixed with
 * the place of its deepest part in the configuration file.  Always returns -1.
 */
int prong_config_error(struct prong_instance *, const char *path,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Read a member of "config", by its path as above.  They return 0 and leave
 * *out as it is when the member is not there; for a value of another type they
 * report the error and return -1.  Text lives as long as the instance.
 * Durations are such as "10s", "500ms" or "2h", sizes such as 4096 or "64k".
 */
int prong_config_string(struct prong_instance *, const char *path,
	const char **out, bool is_required);
int prong_config_bool(struct prong_instance *, const char *path, bool *out);
int prong_config_integer(struct prong_instance *, const char *path,
	int64_t *out, int64_t least, int64_t most);
int prong_config_duration(
	struct prong_instance *, const char *path, int64_t *milliseconds);
int prong_config_size(
	struct prong_instance *, const char *path, int64_t *bytes);

/*
 * Returns the path of a file: a relative one starts at the directory of the
 * configuration file, as paths of prong.json do.  It lives as long as the
 * instance.
 */
const char *prong_config_path(struct prong_instance *, const char *path);

/* Returns the path of the mount, such as "/api", or "" for "/". */
const char *prong_mount(struct prong_instance *);

/* Returns the worker's index, from 0 to the number of workers - 1. */
unsigned prong_worker_index(struct prong_instance *);

/* Returns true once the worker drains: finish streams soon. */
bool prong_is_draining(struct prong_instance *);

/*
 * Sends a message of at most 16 KiB to the instances of the module at the same
 * mount in all workers, this one and those that drain included: their
 * on_message is called.  It passes through the master.  Fails with EAGAIN while
 * the worker does not serve yet, and when the channel is full: try again later.
 * A worker that does not read its channel loses messages; the log and
 * prong_lost() count them.
 */
int prong_publish(struct prong_instance *, const void *bytes, size_t len);

/* Returns how many messages the worker has lost. */
uint64_t prong_lost(struct prong_instance *);

/*
 * Returns true in one worker of all, for a job that only one does: call it each
 * time that the job is due.  When the worker ends, or begins to drain, another
 * one that asks gets the name.  It is false until the master has answered the
 * first call, in about a millisecond.
 */
bool prong_once(struct prong_instance *, const char *name);

enum prong_level {
	PRONG_ERROR,
	PRONG_WARNING,
	PRONG_NOTICE,
	PRONG_INFO,
	PRONG_DEBUG
};

/* Writes a line to the error log, prefixed with the module's name. */
void prong_log(struct prong_instance *, enum prong_level, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Does the same for a request, and adds its ID. */
void prong_log_ctx(struct prong_context *, enum prong_level, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Sets the key of 16 to 64 random bytes that signed cookies are signed with. */
int prong_set_key(struct prong_instance *, const void *key, size_t len);

/* Calls f every so many milliseconds, until the timer is cancelled or the
 * instance stops.  Returns NULL with errno on failure. */
struct prong_event *prong_every(struct prong_instance *, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data);

#ifdef __cplusplus
}
#endif

#include "prong_event.h"
#include "prong_metric.h"
#include "prong_request.h"
#include "prong_response.h"
#include "prong_stream.h"

#endif
