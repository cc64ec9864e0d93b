/*
 * A request and its response: what a connection or stream needs only while a
 * request is in flight.  Exchanges come from the worker's pool; an idle
 * connection has none.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/arena.h"
#include "conn/exchange_copy.h"
#include "conn/exchange_protocol.h"
#include "conn/request_stats.h"
#include "file/output.h"
#include "http/body.h"
#include "http/request.h"

struct access_record;
struct body_memory;
struct disk_wait;
struct conn;
struct conn_record_websocket;
struct docroot;
struct exchange;
struct form;
struct header_rules;
struct http2_stream;
struct route;
struct site;
struct readahead;
struct worker;

enum { EXCHANGE_MEMORY = 4 * 1024 * 1024 }; /* bytes that a module may use */

enum exchange_phase {
	EXCHANGE_HEAD,   /* expects a head */
	EXCHANGE_BODY,   /* reads content of the request */
	EXCHANGE_HANDLE, /* a handler answers later */
	EXCHANGE_TUNNEL, /* the handler speaks another protocol (101) */
	EXCHANGE_LAST,   /* nothing more is read after the last response */
	EXCHANGE_PHASES,
};

enum exchange_event {
	EXCHANGE_ON_CONTENT, /* content follows the head */
	EXCHANGE_ON_HOLD,    /* the request was read, a handler answers later */
	EXCHANGE_ON_SWITCH,  /* the protocol was switched */
	EXCHANGE_ON_REST, /* answered; the rest of the content is discarded */
	EXCHANGE_ON_NEXT, /* ended; another request may follow */
	EXCHANGE_ON_LAST, /* ended; nothing follows */
	EXCHANGE_EVENTS,
};

enum exchange_end {
	EXCHANGE_GONE,    /* the client closed, or the worker stops */
	EXCHANGE_LATE,    /* the response or the content took too long */
	EXCHANGE_REFUSED, /* the content is too large or malformed */
};

/*
 * Callbacks of a handler that answers asynchronously or in parts.  They must
 * not re-enter the exchange; exchange_resume() only schedules it.
 */
struct exchange_handler {
	/* Takes a run of the request's content; NULL: the content is dropped.
	 */
	void (*on_content)(struct exchange *, struct span);
	/* All of the content was passed on, or there is none; may be called
	 * several times. */
	void (*on_content_end)(struct exchange *);
	/* Takes bytes of a tunnel; returns how many.  The rest is offered
	 * again. */
	size_t (*on_bytes)(struct exchange *, struct span);
	/* The output was sent. */
	void (*on_sent)(struct exchange *);
	/* timeouts.handler is over.  Returns true to wait as long again;
	 * otherwise on_gone() follows, and the client gets a 504. */
	bool (*on_due)(struct exchange *);
	/* The exchange has ended without the handler, which must not use it any
	 * more.  Never NULL. */
	void (*on_gone)(struct exchange *, enum exchange_end);
	/* A client that shuts down its sending side counts as gone. */
	bool minds_eof;
};

struct exchange {
	struct exchange *next_free;
	struct worker *worker;
	const struct exchange_protocol *protocol;
	struct conn *conn;           /* for the protocol only */
	struct http2_stream *stream; /* NULL with HTTP/1 */
	/* only if protocol->is_restored */
	const struct conn_record_websocket *restored;
	const struct sockaddr *peer;   /* of the connection */
	const struct sockaddr *client; /* see forwarded.h */
	enum exchange_phase phase;

	struct request request;
	struct body body;
	const struct site *site; /* NULL until the head was checked */
	const struct route *route;
	const struct header_rules *header_rules; /* of these; NULL: none */
	struct span extra_fields;                /* see exchange_add_field() */
	struct span request_id; /* at is NULL: none was needed */
	int status;             /* of the response; 0: none yet */
	int64_t content_sent;   /* bytes of it that response.c has queued */
	uint8_t end_reason;     /* enum end_reason, for the access log */
	bool closes;            /* the response has Connection: close */
	bool is_admin;          /* of the admin address */
	bool is_counted;        /* and logged: not of admin address or canary */
	bool drops_body;        /* the request's content is discarded */
	bool streams_body;      /* the handler takes the content in runs */
	bool keeps_head;        /* the request was copied to the arena */
	bool is_tls;            /* the connection's: conn->is_tls */
	bool is_https;      /* the client uses TLS, to prong or to a proxy */
	bool is_paused;     /* the handler takes no content for now */
	bool owes_continue; /* the client waits for a 100 */
	bool is_tunnel;     /* it was answered by switching protocols */
	bool is_chunked;    /* the response's content; see stream.c */
	bool is_cut;        /* the response has begun and cannot be completed */
	const struct docroot *docroot; /* of a module; NULL: the route's */
	struct span file;              /* path below the docroot */
	int64_t body_most; /* maximum of content bytes for the handler */
	uint64_t received_before_drop; /* content bytes before drops_body */
	unsigned npipelined;           /* responses in the output */

	const struct exchange_handler
		*handler; /* NULL: none holds the exchange */
	void *handler_data;
	struct disk_wait *disk_wait; /* a disk_wait_hold(), or NULL */
	struct readahead *readahead; /* that the output waits for, or NULL */
	unsigned readahead_reads;    /* see readahead_has_progressed() */
	struct exchange *next_readahead;

	struct exchange_copy *copies; /* those too large for the arena */
	char *content; /* of the request, for a handler that needs it whole */
	size_t content_len, content_size;
	struct form *form; /* the parser of a form, or NULL */

	struct arena arena;    /* reset when the output was sent */
	struct output *output; /* the connection's or the stream's */
	struct request_stats stats;
	struct access_record *record; /* of the current response, one a log */
	struct access_record *first_record, *last_record; /* oldest first */
};

/* Returns an exchange from the pool, or a new one. */
struct exchange *exchange_new(struct worker *, const struct exchange_protocol *,
	struct output *, const struct sockaddr *peer);

/* Returns the exchange to the pool and drops its output.  NULL is permitted. */
void exchange_free(struct exchange *);

/* Changes the phase; exchange_life.c has the table. */
void exchange_enter(struct exchange *, enum exchange_event);

/* Prepares for the next request of the connection; the output stays. */
void exchange_next(struct exchange *);

/*
 * Returns true if there is room for another request and its response; otherwise
 * the output must be sent first.  Only between two requests.
 */
bool exchange_has_room(struct exchange *);

/* Appends a field to the response; returns the copy of the value.
 * exchange_add_fields() appends whole lines, each ended by CRLF. */
struct span exchange_add_field(
	struct exchange *, struct span name, struct span value);
void exchange_add_fields(struct exchange *, struct span lines);

/* Copies the request to the arena, once, so that it outlives the input. */
void exchange_keep_head(struct exchange *);

/* The output was sent: frees its memory. */
void exchange_sent(struct exchange *);

/* Some of what is queued may have been sent, and the rest waits. */
void exchange_note_progress(struct exchange *);

/*
 * Allocates memory of the request for a module.  Returns NULL if the arena
 * would exceed EXCHANGE_MEMORY.  The server itself allocates without that
 * limit, so that it can still answer for a module that has used up its share.
 */
void *exchange_alloc(struct exchange *, size_t size);

/* Like exchange_alloc(), with a copy of the text and a NUL. */
char *exchange_copy_text(struct exchange *, struct span);

/* Sends a 100 if the client waits for it (RFC 9110 10.1.1). */
void exchange_continue(struct exchange *);

/* Returns true if content of the request will not be read, so that the response
 * must be the last of the connection. */
bool exchange_leaves_content(const struct exchange *);

/*
 * Stores a run of the request's content for a handler.  Returns 0, or the
 * status with which the request is to be refused: limits.body_memory has no
 * room for it.
 */
int exchange_add_content(struct exchange *, struct span);

/* Where the request's body, and what is made of it, is accounted for. */
struct body_memory *exchange_body_memory(const struct exchange *);

/* Counts a request that found no memory for its body. */
void exchange_count_no_memory(struct exchange *);

/* Writes a NUL behind the content that is kept. */
void exchange_terminate_content(struct exchange *);

/* Frees the content that is kept. */
void exchange_free_content(struct exchange *);

/* Discards the rest of the request's content. */
void exchange_drop_content(struct exchange *);

/* ---- answers that take longer than a turn ---- */

/*
 * Leaves the response to the handler; called by serve_answer() or while the
 * content is read.  The handler ends it with exchange_complete(), unless its
 * on_gone() is called.  The request is copied as by exchange_keep_head().
 */
void exchange_hold(
	struct exchange *, const struct exchange_handler *, void *data);

/* The handler has queued its whole response. */
void exchange_complete(struct exchange *);

/* Schedules sending of what the handler has queued, and reading of what it
 * waits for, before the loop waits. */
void exchange_resume(struct exchange *);

/* Ends the exchange without the handler, whose on_gone() is called. */
void exchange_abandon(struct exchange *, enum exchange_end);

#endif
