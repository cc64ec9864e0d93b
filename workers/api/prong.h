/*
 * prong.h: the module API of prong.  See prong-module(3) for a manual with
 * examples.
 *
 * A module is a shared object that defines PRONG_MODULE.  Workers load it; the
 * master never does.  A worker calls all functions of a module on one thread,
 * from its event loop, so a module needs no locks and must not block.
 *
 * Conventions:
 * - A function that returns int returns 0, or -1 with errno set.  EINVAL is an
 *   invalid argument, ESTALE a context that has ended, EALREADY a context that
 *   was already answered, ENOMEM a request over its memory limit.
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

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface.  A module built for another one is refused. */
#define PRONG_ABI 2

/* A request and its response, from the call of the handler until it ends. */
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
	const char *method;  /* such as "GET", or "*" for any method */
	const char *pattern; /* begins with '/' */
	prong_handler *handler;
	/* Middleware, called in order before the handler; ends with NULL.  Each
	 * function answers, defers, or calls prong_next(). */
	prong_handler *const *use;
	const struct prong_route *group;
	unsigned flags; /* enum prong_route_flags */
	/* Largest request body in bytes; 0 means limits.body. */
	size_t body_most;
};

struct prong_module {
	int abi; /* set by PRONG_MODULE */
	const char *name;
	const struct prong_route *routes;
	prong_handler *const *use; /* middleware of all routes, or NULL */

	/* Called in each worker before it serves, and may be NULL.  It returns
	 * 0, or -1 after prong_config_error() to refuse the configuration. */
	int (*start)(struct prong_instance *);

	/* Called when the worker begins to drain, and may be NULL.  The module
	 * should finish its streams soon. */
	void (*drain)(struct prong_instance *);

	/* Called last, after all contexts have ended; may be NULL. */
	void (*stop)(struct prong_instance *);
};

/* Defines the module: PRONG_MODULE(.name = "hello", .routes = routes); */
#define PRONG_MODULE(...)                                                      \
	const struct prong_module prong_module = { .abi = PRONG_ABI,           \
		__VA_ARGS__ }

extern const struct prong_module prong_module;

/* ---- INSTANCE ----------------------------------------------------------- */

/* Stores a pointer for the module. */
void prong_set_state(struct prong_instance *, void *state);

/* Returns the pointer stored by prong_set_state(), NULL at first. */
void *prong_state(struct prong_instance *);

/* Returns the instance that handles the request. */
struct prong_instance *prong_instance(struct prong_context *);

/* Returns "config" of the route: a JSON object, empty when the route has none.
 * The reference is borrowed. */
const json_t *prong_config(struct prong_instance *);

/*
 * Reports an error in "config", for start() to return.  path names the member,
 * such as "db.path", or "" for the object itself; the message is prefixed with
 * its place in the configuration file.  Always returns -1.
 */
int prong_config_error(struct prong_instance *, const char *path,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Returns the path of the mount, such as "/api", or "" for "/". */
const char *prong_mount(struct prong_instance *);

/* Returns the worker's index, from 0 to the number of workers - 1. */
unsigned prong_worker_index(struct prong_instance *);

/* Returns true once the worker drains: finish streams soon. */
bool prong_is_draining(struct prong_instance *);

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

/* Calls f every so many milliseconds, until the timer is cancelled or the
 * instance stops.  Returns NULL with errno on failure. */
struct prong_event *prong_every(struct prong_instance *, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data);

/* ---- REQUEST ------------------------------------------------------------ */

/* Returns the method as sent, such as "GET". */
const char *prong_method(struct prong_context *);

/* Returns the whole path, decoded and normalised; it begins with '/'. */
const char *prong_path(struct prong_context *);

/* Returns the decoded text that ":name" or "*name" of the pattern matched, or
 * NULL when the pattern has no such parameter. */
const char *prong_param(struct prong_context *, const char *name);

/* Returns the query as sent, without the '?', or "". */
const char *prong_query(struct prong_context *);

/*
 * Returns the decoded value of the n-th query parameter of this name, counted
 * from 0, or NULL when there are fewer.  A malformed escape, and %00, are kept
 * as written.
 */
const char *prong_query_value(
	struct prong_context *, const char *name, unsigned n);

/*
 * prong_field() returns the value of the first header field line of this name,
 * and prong_field_at() that of the n-th, counted from 0; NULL when there are
 * fewer.  Names are case-insensitive.
 */
const char *prong_field(struct prong_context *, const char *name);
const char *prong_field_at(
	struct prong_context *, const char *name, unsigned n);

/* Returns the value of a cookie (RFC 6265 5.4), or NULL when there is none. */
const char *prong_cookie(struct prong_context *, const char *name);

/* Returns the client's address as text: that of the peer, or the one that a
 * proxy listed in "trusted" forwards for. */
const char *prong_client(struct prong_context *);

/* Returns "http" or "https", which a trusted proxy may also determine. */
const char *prong_scheme(struct prong_context *);

/* Returns the host of the request in lower case, without the port. */
const char *prong_host(struct prong_context *);

/*
 * Returns the request ID: X-Request-Id as sent when it consists of at most 128
 * letters, digits and "-_.:/+=@~", else a new one.  The response carries it in
 * X-Request-Id.
 */
const char *prong_request_id(struct prong_context *);

/* Returns the milliseconds left until timeouts.handler expires. */
int64_t prong_time_left(struct prong_context *);

/* Returns zeroed memory that is freed with the context, or NULL with ENOMEM
 * when the request has reached its memory limit. */
void *prong_alloc(struct prong_context *, size_t size);

/*
 * prong_set() stores a value for later handlers of the request, and prong_get()
 * returns it, or NULL.  key is any address that belongs to the module, such as
 * that of a static variable.
 */
int prong_set(struct prong_context *, const void *key, void *value);
void *prong_get(struct prong_context *, const void *key);

/* ---- REQUEST BODY ------------------------------------------------------- */

/*
 * Returns the whole body and stores its size in *len.  It is never NULL and is
 * followed by a NUL.  A multipart/form-data body over 256 KiB is not available
 * here, since it is stored in parts: use prong_body_form().
 */
const char *prong_body(struct prong_context *, size_t *len);

/*
 * Returns the body parsed as JSON; the reference is borrowed.  NULL means that
 * the context was answered: with 415 for another Content-Type, or with 400,
 * line and column for malformed JSON.  Strings may hold U+0000.
 */
const json_t *prong_body_json(struct prong_context *);

/* A part of a form. */
struct prong_part {
	const char *name;
	const char *value;    /* NUL-terminated; NULL when it is in a file */
	size_t len;           /* bytes of the value, or of the file */
	const char *filename; /* without directories; NULL when not sent */
	const char *type;     /* Content-Type of the part, or "" */
	/* A file with a part too large for memory, positioned at its start and
	 * closed with the context; otherwise -1. */
	int fd;
};

/*
 * Returns the body parsed as a form, application/x-www-form-urlencoded or
 * multipart/form-data, and stores the number of parts in *count.  NULL means
 * that the context was answered: with 415, with 400, or with 413 for more than
 * 1000 parts, more than 100 parts in files, or fields over 1 MiB.
 */
const struct prong_part *prong_body_form(
	struct prong_context *, unsigned *count);

/*
 * Receives the body of a route with PRONG_STREAM_BODY: f is called with each
 * run of bytes as it arrives, and with len 0 at the end, but never before the
 * handler has returned.  The context counts as deferred.  May be called once
 * per request.
 */
int prong_on_body(struct prong_context *,
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data),
	void *data);

/* Back-pressure: after prong_pause_body() the server reads nothing more from
 * the client until prong_resume_body(). */
int prong_pause_body(struct prong_context *);
int prong_resume_body(struct prong_context *);

/* ---- RESPONSE ----------------------------------------------------------- */

/*
 * Adds a header field line to the response.  Fails with EINVAL when the name is
 * not a token or the value contains a control byte, and with EPERM for fields
 * that the server sets: Connection, Content-Length, Content-Type, Date, Server,
 * Transfer-Encoding and X-Request-Id.
 */
int prong_set_field(
	struct prong_context *, const char *name, const char *value);

struct prong_cookie_options {
	const char *path, *domain; /* NULL to omit the attribute */
	/* Seconds; 0 for a session cookie, -1 to delete the cookie. */
	int64_t max_age;
	const char *same_site; /* "Lax", "Strict" or "None"; NULL for "Lax" */
	bool is_readable;      /* omit HttpOnly: scripts may read it */
	bool is_insecure;      /* omit Secure: also sent over http */
};

/*
 * Adds a Set-Cookie field; options may be NULL for the defaults.  Fails with
 * EINVAL when a name or value is not allowed in a cookie (RFC 6265 4.1.1) or
 * browsers would reject it.  "None" implies Secure.
 */
int prong_set_cookie(struct prong_context *, const char *name,
	const char *value, const struct prong_cookie_options *);

/*
 * Answers with a status from 200 to 599 and len bytes of content.  type is its
 * media type; NULL means application/octet-stream.  A handler that returns
 * without answering or deferring causes a 500.
 */
int prong_answer(struct prong_context *, int status, const char *type,
	const void *content, size_t len);

/* Answers with formatted text, as text/plain in UTF-8. */
int prong_text(struct prong_context *, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Answers with JSON.  Takes over the reference, also on failure.  A NULL value,
 * which json_pack() returns on failure, answers 500 and fails with EINVAL. */
int prong_json(struct prong_context *, int status, json_t *);

/* Answers without content, for example with 204. */
int prong_empty(struct prong_context *, int status);

/*
 * Answers with an error from 400 to 599 and a sentence for the client, as
 * application/problem+json (RFC 9457), or as the site's error page when the
 * client prefers HTML.
 */
int prong_problem(struct prong_context *, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Does what prong_problem() does and adds members to the JSON object.  Takes
 * over the reference to members, also on failure. */
int prong_problem_with(struct prong_context *, int status, json_t *members,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Answers with 301, 302, 303, 307 or 308.  target is an absolute path or an
 * http or https URL; bytes that a URL cannot contain are percent-encoded.
 * Fails with EINVAL for any other target or status.
 */
int prong_redirect(struct prong_context *, int status, const char *target);

/*
 * Answers with a file below the directory dir, as a static route does: with
 * media type, ETag, conditional requests, ranges and content codings.  Answers
 * 404 when the file does not exist or is hidden (".a"), or when path would
 * leave dir through ".." or a symbolic link.  The server keeps each dir open,
 * at most 64 of them.  The context ends at once; the response may be sent
 * later.
 */
int prong_file(struct prong_context *, const char *dir, const char *path);

/* Sends a 103 response with one Link field (RFC 8297), at most eight before the
 * answer, to browsers that navigate, where the route has "early_hints". */
int prong_early_hint(struct prong_context *, const char *link);

/* Calls the next middleware, or the handler. */
void prong_next(struct prong_context *);

/* ---- DEFERRED RESPONSES ------------------------------------------------- */

/*
 * Lets the handler return without an answer, which is given later from a timer,
 * a watch or another request's handler.  The context stays valid until it is
 * answered or ends otherwise: the client disconnects, or timeouts.handler
 * expires and the client gets 504.
 */
int prong_defer(struct prong_context *);

/* Why a context ended. */
enum prong_end {
	PRONG_ANSWERED,
	PRONG_CLIENT_GONE, /* the client disconnected */
	PRONG_TIMED_OUT,   /* timeouts.handler expired */
	PRONG_REFUSED,     /* the body was malformed or too large */
	PRONG_STOPPED      /* the worker stops */
};

/*
 * Registers f to be called exactly once when the context ends, whatever the
 * reason.  The context must not be used after f returns.  It also makes the
 * server treat a client that has closed its sending side as gone.
 */
int prong_on_end(struct prong_context *,
	void (*f)(struct prong_context *, enum prong_end, void *data),
	void *data);

/* Calls f once after so many milliseconds, unless the context ends before.
 * Returns NULL with errno on failure. */
struct prong_event *prong_after(struct prong_context *, int64_t milliseconds,
	void (*f)(struct prong_context *, void *data), void *data);

enum prong_when { PRONG_READABLE = 1, PRONG_WRITABLE = 2 };

/*
 * Calls f while the descriptor is ready, until the watch is cancelled or the
 * context ends.  The descriptor belongs to the module; cancel the watch before
 * closing it.  Returns NULL with errno on failure; regular files and
 * directories cannot be watched (EPERM).
 */
struct prong_event *prong_watch(struct prong_context *, int fd, unsigned when,
	void (*f)(struct prong_context *, int fd, unsigned when, void *data),
	void *data);

/* Watches a descriptor for the instance, until it stops. */
struct prong_event *prong_watch_always(struct prong_instance *, int fd,
	unsigned when,
	void (*f)(struct prong_instance *, int fd, unsigned when, void *data),
	void *data);

/* Cancels a timer or a watch; NULL is fine. */
void prong_cancel(struct prong_event *);

/* ---- STREAMS ------------------------------------------------------------ */

/*
 * Answers with content that follows in parts: chunked, or for HTTP/1.0 until
 * the connection closes.  The context counts as deferred until prong_finish(),
 * and timeouts.handler does not apply.
 */
int prong_stream(struct prong_context *, int status, const char *type);

/*
 * Queues len bytes.  Fails with ENOBUFS when the queue is not empty and would
 * exceed 1 MiB, and with EPIPE when the worker has ended the stream because it
 * stops; in both cases nothing is queued.
 */
int prong_write(struct prong_context *, const void *bytes, size_t len);

/* Returns the number of bytes queued.  A sender of much data stops at about
 * 64 KiB and continues in its prong_on_drain() callback. */
size_t prong_queued(struct prong_context *);

/* Registers f to be called whenever all queued bytes were sent. */
int prong_on_drain(struct prong_context *,
	void (*f)(struct prong_context *, void *data), void *data);

/* Ends the stream; the context ends when all queued bytes were sent. */
int prong_finish(struct prong_context *);

/* Server-sent events (HTML Living Standard 9.2): starts a stream of
 * text/event-stream.  The server sends a comment after 15 s of silence. */
int prong_sse(struct prong_context *);

/*
 * Sends an event.  event and id are single lines, or NULL to omit them; data is
 * any text, of which each line is sent as a data field.  Fails like
 * prong_write().
 */
int prong_sse_send(struct prong_context *, const char *event, const char *id,
	const char *data);

/* ---- WEBSOCKET (RFC 6455) ----------------------------------------------- */

enum prong_ws_kind { PRONG_WS_TEXT = 1, PRONG_WS_BINARY = 2 };

struct prong_ws {
	/* Called with each complete message; text is valid UTF-8. */
	void (*on_message)(struct prong_context *, enum prong_ws_kind,
		const char *bytes, size_t len, void *data);

	/* Called when the WebSocket is closed; code is as in RFC 6455 7.4, and
	 * 1006 when there was no close frame. */
	void (*on_close)(struct prong_context *, int code, void *data);

	/* Subprotocols in order of preference, ended by NULL; or NULL. */
	const char *const *protocols;

	/* Largest message in bytes, 0 for 1 MiB; a larger one closes the
	 * connection with 1009. */
	size_t message_most;
};

/*
 * Answers a WebSocket handshake with 101 and keeps the connection.  When the
 * request is not a valid handshake it is answered with 426 or 400 and the call
 * fails with EPROTO.  The server answers pings and close frames, and closes
 * with 1001 when the worker drains.  The struct must stay valid until the
 * context ends.
 */
int prong_ws_accept(
	struct prong_context *, const struct prong_ws *, void *data);

/*
 * Sends a message.  Fails with ENOBUFS like prong_write(), with EPIPE after a
 * close frame was sent, and with EINVAL for text that is not UTF-8.
 * prong_queued() and prong_on_drain() apply to WebSockets, too.
 */
int prong_ws_send(struct prong_context *, enum prong_ws_kind, const void *bytes,
	size_t len);

/* Sends a close frame and waits for the peer's.  reason is at most 123 bytes of
 * UTF-8, or NULL. */
int prong_ws_close(struct prong_context *, int code, const char *reason);

#ifdef __cplusplus
}
#endif

#endif
