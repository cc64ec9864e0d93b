/*
 * All that a connection needs only while requests of it are in flight: the
 * request, the memory of its answer, what waits to be sent.  Borrowed from the
 * worker's free list; an idle connection has none.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/arena.h"
#include "conn/exchange_protocol.h"
#include "conn/output.h"
#include "conn/request_stats.h"
#include "http/body.h"
#include "http/request.h"

struct access_record;
struct disk_wait;
struct conn;
struct docroot;
struct exchange;
struct form;
struct http2_stream;
struct route;
struct site;
struct readahead;
struct worker;

enum { EXCHANGE_MEMORY = 4 * 1024 * 1024 }; /* bytes for a module */

enum exchange_phase {
	EXCHANGE_HEAD,   /* the next thing on the wire is a head */
	EXCHANGE_BODY,   /* content of the request */
	EXCHANGE_HANDLE, /* somebody works on the answer */
	EXCHANGE_TUNNEL, /* another protocol is spoken, after a 101 */
	EXCHANGE_LAST,   /* nothing more is read: the answer was the last */
	EXCHANGE_PHASES,
};

enum exchange_event {
	EXCHANGE_ON_CONTENT, /* the head has content behind it */
	EXCHANGE_ON_HOLD,    /* the request was read, a handler answers later */
	EXCHANGE_ON_SWITCH,  /* another protocol is spoken from here on */
	EXCHANGE_ON_REST,    /* answered; the rest of the content is read */
	EXCHANGE_ON_NEXT,    /* over, and another request may follow */
	EXCHANGE_ON_LAST,    /* over, and nothing follows */
	EXCHANGE_EVENTS,
};

enum exchange_end {
	EXCHANGE_GONE,    /* the client, or we leave */
	EXCHANGE_LATE,    /* the answer, or the content */
	EXCHANGE_REFUSED, /* its content is too large, or broken */
};

/*
 * Who answers an exchange later, or part by part, and what he is told
 * meanwhile.  From within these he must not resume the exchange at once:
 * exchange_resume() only asks for it.
 */
struct exchange_handler {
	/* A run of the request's content; NULL: he wants none of it. */
	void (*on_content)(struct exchange *, struct span);
	/* All of the content was handed over, or there is none; maybe told
	 * several times. */
	void (*on_content_end)(struct exchange *);
	/* Bytes of a tunnel: how many were taken; the rest waits. */
	size_t (*on_bytes)(struct exchange *, struct span);
	/* All that was queued is sent. */
	void (*on_sent)(struct exchange *);
	/* He took long: true to wait for him as long again, else he is told
	 * that it is over, and the client gets a 504. */
	bool (*on_due)(struct exchange *);
	/* It is over, and not by him: he forgets the exchange.  Never NULL. */
	void (*on_gone)(struct exchange *, enum exchange_end);
	/* A client that sends no more counts as one that has gone. */
	bool minds_eof;
};

struct exchange {
	struct exchange *next_free;
	struct worker *worker;
	const struct exchange_protocol *protocol;
	struct conn *conn;             /* the protocol's */
	struct http2_stream *stream;   /* NULL with HTTP/1 */
	const struct sockaddr *peer;   /* the connection's */
	const struct sockaddr *client; /* who asks: see forwarded.h */
	enum exchange_phase phase;

	struct request request;
	struct body body;
	const struct site *site; /* NULL before the head was understood */
	const struct route *route;
	struct span extra_fields; /* see exchange_add_field() */
	struct span request_id;   /* at is NULL: no module has it */
	int status;               /* of the answer; 0: none yet */
	bool closes;              /* the answer says Connection: close */
	bool is_admin;            /* for the operator */
	bool is_counted;    /* and logged: neither admin's nor the canary's */
	bool drops_body;    /* nobody wants the request's content */
	bool streams_body;  /* the handler takes it as it comes */
	bool keeps_head;    /* the request is in the arena */
	bool is_tls;        /* so did its connection: conn->is_tls */
	bool is_https;      /* the client came by TLS, to us or to a proxy */
	bool is_paused;     /* the handler takes no content now */
	bool owes_continue; /* the client waits for a 100 */
	bool is_tunnel;     /* it was answered by switching protocols */
	bool is_chunked;    /* the response's content; see stream.c */
	bool is_cut;        /* its response has begun and cannot go on */
	const struct docroot *docroot; /* of a module; NULL: the route's */
	struct span file;              /* below it */
	int64_t body_most; /* bytes of content that the handler takes */
	uint64_t received_before_drop; /* bytes of it that came before it was
					  dropped */
	unsigned npipelined;           /* answers queued since all was sent */

	const struct exchange_handler *handler; /* NULL: nobody is waited for */
	void *handler_data;
	struct disk_wait *disk_wait; /* what it has waited for; or NULL */
	struct readahead *readahead; /* that its output waits for; or NULL */
	unsigned readahead_reads;    /* of it, when it was last asked */
	struct exchange *next_readahead;

	struct exchange_copy *copies; /* too large for the arena */
	char *content; /* of the request, where a handler wants it whole */
	size_t content_len, content_size;
	struct form *form; /* the same, taken apart as it comes; or NULL */

	struct arena arena;    /* until all that is queued was sent */
	struct output *output; /* the protocol's: what waits to be sent */
	struct request_stats stats;
	struct access_record *record; /* of the answer that is being made */
	struct access_record *first_record, *last_record; /* oldest first */
};

/* From the free list, or new. */
struct exchange *exchange_new(struct worker *, const struct exchange_protocol *,
	struct output *, const struct sockaddr *peer);

/* Back to the free list; drops what is in the output.  NULL is fine. */
void exchange_free(struct exchange *);

/* Changes the phase; exchange_life.c has the table. */
void exchange_enter(struct exchange *, enum exchange_event);

/* Ready for the next request of the connection; what is queued stays. */
void exchange_next(struct exchange *);

/*
 * Is there room for one more request and its answer?  Else what is queued must
 * be sent first.  Only between two requests.
 */
bool exchange_has_room(struct exchange *);

/* Appends a field to the response of this request; returns the value, where it
 * now is.  exchange_add_fields() appends whole lines, each ended by CRLF. */
struct span exchange_add_field(
	struct exchange *, struct span name, struct span value);
void exchange_add_fields(struct exchange *, struct span lines);

/* The request outlives the input: a copy is made, once. */
void exchange_keep_head(struct exchange *);

/* All is sent: its memory can be used again. */
void exchange_sent(struct exchange *);

/*
 * Memory of the request for a module: NULL when the arena would exceed
 * EXCHANGE_MEMORY.  The server's own pieces come from the arena without a
 * limit, so a module that has used up its share is still answered for.
 */
void *exchange_alloc(struct exchange *, size_t size);

/* The same, with a copy of the text and a NUL. */
char *exchange_copy_text(struct exchange *, struct span);

/* A copy of bytes that lives until they are sent, whatever its length. */
char *exchange_copy(struct exchange *, const void *bytes, size_t len);

/* Memory of malloc(3) that lives as long. */
void exchange_adopt(struct exchange *, void *memory);

/* Tells a client that waits for it to send the content (RFC 9110 10.1.1). */
void exchange_continue(struct exchange *);

/* An answer is made: will content be left that is not read, so that it has to
 * be the last? */
bool exchange_leaves_content(const struct exchange *);

/* Keeps a run of the request's content for a handler. */
void exchange_add_content(struct exchange *, struct span);

/* Nobody wants what is still to come of it. */
void exchange_drop_content(struct exchange *);

/* ---- answers that take longer than a turn ---- */

/*
 * The answer is left to the handler: from within serve_answer(), or while the
 * content comes.  He ends it with exchange_complete(), unless he is told
 * on_gone().  The head is kept for him.
 */
void exchange_hold(
	struct exchange *, const struct exchange_handler *, void *data);

/* His answer is queued whole. */
void exchange_complete(struct exchange *);

/* What he queued is sent, what he waits for is read: before the loop waits. */
void exchange_resume(struct exchange *);

/* Over, and not by him: he is told.  Nobody holds it any more. */
void exchange_abandon(struct exchange *, enum exchange_end);

#endif
