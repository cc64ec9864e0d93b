/*
 * The module API: see prong-module(3).
 * A module is a shared object that defines PRONG_MODULE.  It is loaded in
 * workers only; all its functions are called on the worker's one thread, in
 * its event loop, so none may block.
 *
 * Functions that return int: 0, or -1 with errno.  Text given to the API is
 * copied; text and memory got from it live as long as the context.  A call on
 * a context that has ended is logged with the module's name, does nothing and
 * fails with ESTALE.
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

#define PRONG_ABI 2

/* One request and its answer. */
struct prong_context;

/* The module in this worker, as one route of the configuration mounts it. */
struct prong_instance;

/* A timer, or a watch on a descriptor. */
struct prong_event;

typedef void prong_handler(struct prong_context *);

/* ---- what a module is --------------------------------------------------- */

enum prong_route_flags {
	PRONG_STREAM_BODY =
		1, /* call the handler at the head: prong_on_body() */
};

/*
 * pattern, below the path where the module is mounted: "/notes/:id" takes one
 * segment as a parameter, "/files/" "*rest" all that is left.  A literal
 * segment beats ":name", ":name" beats "*rest", whatever their order here.
 * GET answers HEAD, too; OPTIONS and 405 are made for it.  A row with group
 * has no method and no handler: its pattern is a prefix of the group's rows.
 * use: called before the handler, in order, each of which answers or calls
 * prong_next(); ends with NULL.  A table ends with an empty row.
 */
struct prong_route {
	const char *method; /* "GET"; "*": any */
	const char *pattern;
	prong_handler *handler;
	prong_handler *const *use;
	const struct prong_route *group;
	unsigned flags;   /* enum prong_route_flags */
	size_t body_most; /* bytes; 0: limits.body of the configuration */
};

struct prong_module {
	int abi; /* PRONG_ABI */
	const char *name;
	const struct prong_route *routes;
	prong_handler *const *use; /* before every handler */
	/* In each worker, before it serves: -1 refuses the configuration, and
	 * prong_config_error() has said why. */
	int (*start)(struct prong_instance *);
	/* The worker leaves: no new request comes; may be NULL, as start. */
	void (*drain)(struct prong_instance *);
	/* Its last call. */
	void (*stop)(struct prong_instance *);
};

/* PRONG_MODULE(.name = "hello", .routes = routes); */
#define PRONG_MODULE(...)                                                      \
	const struct prong_module prong_module = { .abi = PRONG_ABI,           \
		__VA_ARGS__ }

extern const struct prong_module prong_module;

/* ---- the instance: one a worker and mount ------------------------------- */

/* The module's own state. */
void prong_set_state(struct prong_instance *, void *state);
void *prong_state(struct prong_instance *);
struct prong_instance *prong_instance(struct prong_context *);

/* "config" of the route: an object, never NULL; borrowed. */
const json_t *prong_config(struct prong_instance *);

/*
 * Says what is wrong with the configuration, at the place of path: "db.path",
 * "" for the object itself; start() then returns -1.  Always -1.
 */
int prong_config_error(struct prong_instance *, const char *path,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Where it is mounted: "/api"; "" for "/". */
const char *prong_mount(struct prong_instance *);

/* The worker's number: 0 to the number of workers - 1. */
unsigned prong_worker_index(struct prong_instance *);

/* The worker leaves: end streams soon. */
bool prong_is_draining(struct prong_instance *);

enum prong_level {
	PRONG_ERROR,
	PRONG_WARNING,
	PRONG_NOTICE,
	PRONG_INFO,
	PRONG_DEBUG
};

/* To the error log, with the module's name. */
void prong_log(struct prong_instance *, enum prong_level, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Calls f every so many milliseconds; NULL with errno. */
struct prong_event *prong_every(struct prong_instance *, int64_t milliseconds,
	void (*f)(struct prong_instance *, void *data), void *data);

/* ---- the request -------------------------------------------------------- */

/* "GET", as sent. */
const char *prong_method(struct prong_context *);

/* Decoded, normalised; begins with '/'. */
const char *prong_path(struct prong_context *);

/* The decoded text that ":name" or "*name" stands for; NULL: no such name. */
const char *prong_param(struct prong_context *, const char *name);

/* The query as sent, without '?'; "" when there is none. */
const char *prong_query(struct prong_context *);

/* Decoded; the n-th of this name, from 0; NULL: none.  A broken escape, and
 * %00, stay as they are written. */
const char *prong_query_value(
	struct prong_context *, const char *name, unsigned n);

/* The value of the first field with this name, in any case; NULL: none.
 * prong_field_at: the n-th line of it. */
const char *prong_field(struct prong_context *, const char *name);
const char *prong_field_at(
	struct prong_context *, const char *name, unsigned n);

/* NULL: none (RFC 6265 5.4). */
const char *prong_cookie(struct prong_context *, const char *name);

/* The client's address as text: from the connection, or from the fields that
 * a trusted proxy set ("trusted" of the configuration). */
const char *prong_client(struct prong_context *);

/* "http" or "https", by the same rule. */
const char *prong_scheme(struct prong_context *);

/* Host of the request, lower case, without port. */
const char *prong_host(struct prong_context *);

/* X-Request-Id as sent, if it is of at most 128 letters, digits and
 * "-_.:/+=@~", else one of ours; the answer tells it, too. */
const char *prong_request_id(struct prong_context *);

/* Milliseconds until the handler's time is over. */
int64_t prong_time_left(struct prong_context *);

/* Zeroed memory; NULL with ENOMEM past the limit of a request. */
void *prong_alloc(struct prong_context *, size_t size);

/* What middleware leaves for those after it; key: any address of the module's.
 */
int prong_set(struct prong_context *, const void *key, void *value);
void *prong_get(struct prong_context *, const void *key);

/* ---- its content -------------------------------------------------------- */

/*
 * All of it: *len bytes, never NULL, followed by a NUL.  Of multipart/form-data
 * past 256 KiB nothing: that is in files, see prong_body_form().
 */
const char *prong_body(struct prong_context *, size_t *len);

/*
 * As JSON; borrowed.  NULL: the answer was made already: 415 for another
 * Content-Type, 400 with line and column for bad JSON.
 */
const json_t *prong_body_json(struct prong_context *);

struct prong_part {
	const char *name;
	const char *value;    /* NUL-terminated; NULL when it is in a file */
	size_t len;           /* of the value or the file */
	const char *filename; /* as sent, without folders; NULL: no file */
	const char *type;     /* its Content-Type; "" */
	int fd;               /* of a part too large for memory, at its start;
				 closed with the context; -1 */
};

/*
 * As a form, application/x-www-form-urlencoded or multipart/form-data.
 * *count rows; NULL: the answer was made already: 415, 400, or 413 past 1000
 * parts, 100 of them in files, or 1 MiB of fields.
 */
const struct prong_part *prong_body_form(
	struct prong_context *, unsigned *count);

/*
 * With PRONG_STREAM_BODY: f is called with each run of the content, and with
 * len 0 at its end; never before the handler has returned.  In between the
 * handler counts as deferred.  Once a request.
 */
int prong_on_body(struct prong_context *,
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data),
	void *data);

/* Back-pressure: nothing more is read from the client until it is resumed. */
int prong_pause_body(struct prong_context *);
int prong_resume_body(struct prong_context *);

/* ---- the answer --------------------------------------------------------- */

/*
 * Adds a field to the answer.  EINVAL: the name is no token, or the value
 * holds CR, LF, NUL or another control byte.  EPERM: Content-Length,
 * Content-Type, Connection, Date, Server, Transfer-Encoding and X-Request-Id
 * are the server's.
 */
int prong_set_field(
	struct prong_context *, const char *name, const char *value);

struct prong_cookie_options {
	const char *path, *domain; /* NULL: none */
	int64_t max_age;           /* seconds; 0: until the browser closes;
				      -1: it is deleted */
	const char *same_site;     /* "Lax", "Strict", "None"; NULL: "Lax" */
	bool is_readable;          /* by scripts; else HttpOnly */
	bool is_insecure;          /* over http, too; else Secure */
};

/*
 * options: NULL for the defaults.  EINVAL: name or value may not stand in a
 * cookie (RFC 6265 4.1.1), or browsers would drop it.  None implies Secure.
 */
int prong_set_cookie(struct prong_context *, const char *name,
	const char *value, const struct prong_cookie_options *);

/*
 * Answers.  status: 200 to 599.  type: of the content; NULL:
 * application/octet-stream.  EINVAL: a bad status or type; EALREADY: it was
 * answered before.  A handler that returns without an answer, and did not
 * defer it, makes a 500.
 */
int prong_answer(struct prong_context *, int status, const char *type,
	const void *content, size_t len);

/* text/plain in UTF-8. */
int prong_text(struct prong_context *, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Takes the reference.  NULL, as of a failed json_pack(): a 500 and EINVAL. */
int prong_json(struct prong_context *, int status, json_t *);

/* 204, or another status without content. */
int prong_empty(struct prong_context *, int status);

/*
 * An error, with a sentence for the client: application/problem+json
 * (RFC 9457); the site's error page where the client prefers HTML.
 */
int prong_problem(struct prong_context *, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with members of the module's own: takes the reference. */
int prong_problem_with(struct prong_context *, int status, json_t *members,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * 301, 302, 303, 307, 308; target: an absolute path, or a URL of http or https;
 * what may not stand in it is percent-encoded.  EINVAL: it is neither.
 */
int prong_redirect(struct prong_context *, int status, const char *target);

/*
 * A file below the folder dir, served as the static routes do: type, tag,
 * conditionals, ranges, codings.  404: there is none, it is hidden (".a"), or
 * path would leave dir, by ".." or by a link.  A folder stays open; there may
 * be 64.  The context is over at once, the file may have to be waited for.
 */
int prong_file(struct prong_context *, const char *dir, const char *path);

/* 103 with one Link field (RFC 8297); before the answer, eight times at most.
 * Nothing is sent to a client of HTTP/1.0. */
int prong_early_hint(struct prong_context *, const char *link);

/* To the next of the middleware, or the handler. */
void prong_next(struct prong_context *);

/* ---- answers that come later -------------------------------------------- */

/*
 * The handler returns, and somebody answers later on the same loop.  The
 * context stays until it is answered, or ends: the client has gone, or
 * timeouts.handler is over (504).
 */
int prong_defer(struct prong_context *);

enum prong_end {
	PRONG_ANSWERED,
	PRONG_CLIENT_GONE,
	PRONG_TIMED_OUT,
	PRONG_REFUSED, /* its content was too large, or broken */
	PRONG_STOPPED  /* the worker leaves */
};

/*
 * f is called once, whatever way the context ends; the context is not used
 * after it.  For a handler that set it, a client that sends no more is gone.
 */
int prong_on_end(struct prong_context *,
	void (*f)(struct prong_context *, enum prong_end, void *data),
	void *data);

/* Calls f once, unless the context ends before. */
struct prong_event *prong_after(struct prong_context *, int64_t milliseconds,
	void (*f)(struct prong_context *, void *data), void *data);

enum prong_when { PRONG_READABLE = 1, PRONG_WRITABLE = 2 };

/*
 * Calls f while the descriptor is ready, until it is cancelled or the context
 * ends; the descriptor stays the module's.
 */
struct prong_event *prong_watch(struct prong_context *, int fd, unsigned when,
	void (*f)(struct prong_context *, int fd, unsigned when, void *data),
	void *data);

/* The same for the instance, until it stops. */
struct prong_event *prong_watch_always(struct prong_instance *, int fd,
	unsigned when,
	void (*f)(struct prong_instance *, int fd, unsigned when, void *data),
	void *data);

/* NULL is fine. */
void prong_cancel(struct prong_event *);

/* ---- streams ------------------------------------------------------------ */

/*
 * Sends the head; the content follows in parts, chunked, or until the
 * connection closes for HTTP/1.0.  The context counts as deferred until
 * prong_finish(), and has no deadline.
 */
int prong_stream(struct prong_context *, int status, const char *type);

/* ENOBUFS: more than 1 MiB waits to be sent; EPIPE: the worker leaves and has
 * ended the stream.  Nothing was taken. */
int prong_write(struct prong_context *, const void *bytes, size_t len);

/* Bytes that wait to be sent: stop at 64 KiB or so, go on at on_drain. */
size_t prong_queued(struct prong_context *);

/* Calls f whenever all that was written is sent. */
int prong_on_drain(struct prong_context *,
	void (*f)(struct prong_context *, void *data), void *data);

/* The end of the stream. */
int prong_finish(struct prong_context *);

/* ---- server-sent events (HTML Living Standard 9.2) ---------------------- */

/* A stream of text/event-stream, kept alive with a comment every 15 s. */
int prong_sse(struct prong_context *);

/* event, id: NULL for none; data: any text, sent line by line. */
int prong_sse_send(struct prong_context *, const char *event, const char *id,
	const char *data);

/* ---- WebSocket (RFC 6455) ----------------------------------------------- */

enum prong_ws_kind { PRONG_WS_TEXT = 1, PRONG_WS_BINARY = 2 };

struct prong_ws {
	/* A whole message; text is valid UTF-8. */
	void (*on_message)(struct prong_context *, enum prong_ws_kind,
		const char *bytes, size_t len, void *data);
	/* The peer closed: code as in RFC 6455 7.4, 1006 without a close. */
	void (*on_close)(struct prong_context *, int code, void *data);
	const char *const *protocols; /* offered ones, best first; NULL */
	size_t message_most;          /* bytes; 0: 1 MiB; more: 1009 */
};

/*
 * Answers 101 and keeps the connection; 426 or 400 and -1 with EPROTO where
 * the request is no handshake.  Pings and closes are answered for it; a
 * worker that drains closes with 1001.  The struct must stay.
 */
int prong_ws_accept(
	struct prong_context *, const struct prong_ws *, void *data);

/*
 * ENOBUFS as prong_write(); EPIPE: a close was sent; EINVAL: text that is no
 * UTF-8.  prong_queued() and prong_on_drain() are for these, too.
 */
int prong_ws_send(struct prong_context *, enum prong_ws_kind, const void *bytes,
	size_t len);

/* reason: at most 123 bytes of UTF-8; NULL: none. */
int prong_ws_close(struct prong_context *, int code, const char *reason);

#ifdef __cplusplus
}
#endif

#endif
