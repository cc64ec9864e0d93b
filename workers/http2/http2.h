/*
 * HTTP/2 on a connection: what its files share.
 *
 *   http2.c         the library: its session, and what it calls back
 *   http2_submit.c  what is given to it to be sent
 *   http2_head.c    heads of responses
 *   http2_restore.c the state of its session
 *   http2_conn.c    a turn of the connection
 *   http2_input.c   its input
 *   http2_end.c     the end of the connection
 *   http2_move.c    from one worker to another; http2_hold.c: requests that
 *                   come meanwhile
 *   http2_stream.c  a stream and its exchange
 *   http2_exchange.c  what the exchange asks of it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_H
#define HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/arena.h"
#include "common/span.h"
#include "conn/conn_table.h"
#include "conn/deadline.h"
#include "file/output.h"
#include "http2/hpack.h"
#include "http2/http2_frames.h"
#include "http2/http2_move.h"
#include "http2/http2_repeat.h"
#include "http2/http2_request.h"
#include "http2/http2_response.h"

struct conn;
struct worker;
struct exchange;
struct file;
struct nghttp2_session;

enum {
	HTTP2_SEGMENTS = 256, /* DATA frames in the connection's output */
	HTTP2_DATA_RUNS = 16, /* of the output, in one DATA frame */
	HTTP2_RESETS_NOTED = 128,
};

#define HTTP2_PREFACE     "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define HTTP2_PREFACE_LEN (sizeof(HTTP2_PREFACE) - 1)

/* What a stream waits for, with a deadline of its own. */
enum http2_wait {
	HTTP2_WAIT_NOTHING,
	HTTP2_WAIT_BODY,
	HTTP2_WAIT_HANDLER,
	HTTP2_WAIT_WRITE,
};

/* The head of a 1xx response, in the memory of the exchange. */
struct http2_interim {
	struct http2_interim *next;
	struct http2_fields fields;
};

/* A stream whose exchange is there; it is freed when nothing that was queued
 * for it is left in the connection's output. */
struct http2_stream {
	struct http2_stream *next, **link; /* of the connection */
	struct http2_stream *next_ready;
	struct http2 *http2;
	struct exchange *exchange;
	struct output output;
	uint32_t id;
	unsigned nsegments; /* in the connection's output */
	size_t claimed;     /* bytes of output that are in the connection's */
	struct deadline deadline;
	uint64_t progress;              /* bytes since the deadline was armed */
	uint8_t wait;                   /* enum http2_wait */
	uint8_t inflight;               /* inflight.c's */
	struct http2_request *request;  /* while its fields come */
	struct http2_interim *interims; /* that were not yet sent */
	struct http2_fields head;       /* of the response */
	struct file *file;              /* that the head is of, or NULL */
	struct http2_text content; /* that was not handed over; malloc(3) */
	size_t content_at;
	int64_t length;    /* of the content, or REQUEST_NO_LENGTH */
	uint64_t received; /* bytes of it */
	int status;        /* that refuses the request */
	bool is_ready;     /* stands in the list of those */
	bool is_begun;     /* its exchange_begin() was called */
	bool has_head;     /* of the response */
	bool is_submitted; /* it was given to the library */
	bool is_deferred;  /* the library waits for http2_resume() */
	bool has_sent;     /* since the handler was told */
	bool is_ended;     /* END_STREAM came */
	bool has_end;      /* END_STREAM was sent */
	bool is_closed;    /* the library has forgotten it */
	bool is_reset;     /* by us or the client */
};

/* A DATA frame in the connection's output. */
struct http2_segment {
	struct http2_segment *next;
	struct http2_stream *stream;
	uint64_t end; /* of the frame, in output->queued */
	size_t len;   /* of its payload */
	char head[HTTP2_FRAME_HEAD];
};

enum http2_ending {
	HTTP2_OPEN,
	HTTP2_NOTICED,  /* GOAWAY 2^31-1 was sent, and a PING */
	HTTP2_LAST_SET, /* GOAWAY with the last stream */
};

struct http2 {
	struct http2 *next, **link; /* of the worker */
	struct conn *conn;
	struct nghttp2_session *session;
	struct http2_frames frames;
	struct http2_stream *streams;
	unsigned nstreams;
	unsigned load, most_streams; /* http2_balance.c */
	struct http2_stream *ready, **last_ready;
	struct arena memory; /* of frames, until they are sent */
	struct http2_segment *segments, **last_segment; /* in memory */
	unsigned nsegments;
	uint32_t last_id; /* of the streams that were begun */
	uint32_t *resets; /* HTTP2_RESETS_NOTED streams that we have reset, or
			     NULL */
	unsigned nresets;
	enum http2_ending ending;
	enum http2_error error; /* that ends the connection */
	const char *why;
	unsigned nsettings; /* of ours that are not acknowledged */
	int64_t active_ms;  /* when a stream was last open */
	struct http2_move move;
	struct hpack_encoder hpack;
	bool knows_protocol; /* extended CONNECT was announced (RFC 8441 3) */
	bool is_restoring;   /* what is sent and read is of the past */
	bool has_new_window; /* of the client's SETTINGS, in this turn */
	bool is_pinged;      /* after its last SETTINGS */
	bool is_broken;      /* error, but GOAWAY was not yet sent */
	struct http2_request request; /* of the open field block */
	struct http2_repeat repeat;
	enum http2_repeat_kind repeating; /* what that block is */
	struct http2_stream *in_block;
	struct http2_stream *in_head; /* whose HEADERS frame is sent */
	struct http2_stream *sending; /* whose DATA frame was sent last */
	struct deadline moment; /* for an answer to SETTINGS or to a PING */
};

/* ---- http2.c ---- */

/* A new session, or one that goes on where another one was.  0, or -1: out of
 * memory, or the state is not possible. */
int http2_session_open(struct http2 *, const struct conn_record_http2 *);
void http2_session_close(struct http2 *);

/* Gives whole frames to the library.  False: http2->error says why. */
bool http2_session_read(struct http2 *, const char *bytes, size_t len);

/* Moves frames to the connection's output, as many as fit. */
void http2_session_write(struct http2 *);
bool http2_session_wants_write(const struct http2 *);

/* The library sends nothing more, and expects nothing. */
bool http2_session_is_over(const struct http2 *);

/* The SETTINGS of this side, and its window of the connection.  0, or -1: out
 * of memory. */
int http2_submit_settings(struct http2 *, bool has_emptied_table);
void http2_submit_response(struct http2_stream *, bool has_content);
void http2_submit_interim(struct http2_stream *);
void http2_set_priority(struct http2_stream *, const struct http2_priority *);
void http2_submit_reset(struct http2_stream *, enum http2_error);
void http2_submit_notice(struct http2 *);
void http2_submit_goaway(struct http2 *); /* NO_ERROR, with the last stream */
void http2_resume(struct http2_stream *);

/* The client lets us send content of the stream. */
bool http2_has_window(const struct http2_stream *);

/* Content was handed over: the client may send as much again. */
void http2_consume(struct http2_stream *, size_t len);

/* Content of a stream that is not there was dropped. */
void http2_consume_dropped(struct http2 *, size_t len);

/* For the exchange of a stream. */
extern const struct exchange_protocol http2_protocol;

/* For the connections of a worker. */
extern const struct http2_service http2_service;

/* ---- http2_head.c ---- */

/* The next head of the stream, behind those that were not yet sent. */
void http2_add_interim(struct http2_stream *, struct http2_fields);

/* Queues the head that is next, in place of a HEADERS frame of the library,
 * which has no fields. */
void http2_write_head(struct http2_stream *, const unsigned char *frame);

/* Queues any other. */
void http2_write_frame(struct http2 *, const unsigned char *bytes, size_t len);

/* ---- http2_restore.c ---- */

/* The client's SETTINGS and the windows, of a session without streams. */
void http2_session_save(const struct http2 *, struct conn_record_http2 *);

/* Brings a new session to the state; false: the state is not possible. */
bool http2_session_restore(struct http2 *, const struct conn_record_http2 *);

/* ---- http2_stream.c, for http2.c ---- */

/* NULL: too many. */
struct http2_stream *http2_stream_new(struct http2 *, uint32_t id);
void http2_stream_take_content(struct http2_stream *, struct span);

/* The head was read whole; status 0, or what refuses it. */
void http2_stream_take_head(struct http2_stream *, int status);
/* Bytes of content have come; false: they are too many, and it is reset. */
bool http2_stream_count_content(struct http2_stream *, size_t len);
void http2_stream_end_input(struct http2_stream *);

/* Resets it because its request is malformed (RFC 9113 8.1.1). */
void http2_stream_refuse(struct http2_stream *, const char *rule);
void http2_stream_close(struct http2_stream *, bool is_reset);

/* Bytes that a DATA frame may take now, at most len; 0: none yet. */
size_t http2_stream_readable(struct http2_stream *, size_t len);

/* The response's content is queued whole. */
bool http2_stream_is_complete(const struct http2_stream *);

/* ---- http2_stream.c, for http2_conn.c ---- */

/* Serves streams that are ready. */
void http2_streams_serve(struct http2 *);

/* One of them is a WebSocket. */
bool http2_streams_have_tunnel(const struct http2 *);

/* Looks after all streams at the end of a turn: those that are closed are
 * freed, the others wait for something. */
void http2_streams_settle(struct http2 *);
void http2_stream_put_ready(struct http2_stream *);
void http2_stream_free(struct http2_stream *);

/* ---- http2_input.c ---- */

/* Walks over frames and reads them; returns how many bytes were used. */
size_t http2_read_frames(struct http2 *, const char *bytes, size_t len);

/* ---- http2_conn.c ---- */

/* Without a session. */
struct http2 *http2_new(struct conn *);

/* For the files that do not know the worker. */
int64_t http2_now_ms(const struct http2 *);
bool http2_is_leaving(const struct http2 *); /* the worker leaves */
void http2_arm(struct http2 *, enum conn_wait, struct deadline *);

/* Input that was not used, which may be a part of what is there. */
void http2_set_input(struct http2 *, const char *bytes, size_t len);

/* A turn: takes input, serves, sends. */
void http2_work(struct conn *, const char *bytes, size_t len);

/* Ends the connection, for a fault of the client. */
void http2_break(
	struct http2 *, enum http2_error, enum http2_abuse, const char *why);

/* No new streams: announces the end, in two steps. */
void http2_end(struct http2 *);

/* The client has seen the first step: it is time for the second one. */
void http2_take_ping_ack(struct http2 *);

/* The worker leaves: its connections of HTTP/2 are handed over, or end so. */
void http2_drain(struct worker *);

/* Ends the connection, which has no stream, in this turn; it may be closed when
 * this returns. */
void http2_finish_now(struct http2 *);

/* We reset a stream: frames for it may be on their way. */
void http2_note_reset(struct http2 *, uint32_t id);

/* A reset of a stream by this side. */
void http2_count_reset(struct http2 *, enum http2_reset);

struct http2_counters *http2_counters_of(const struct http2 *);

/* Counts what the client did, and logs its kind once a minute. */
void http2_report_abuse(struct http2 *, enum http2_abuse, const char *why);

/* Logs why the connection is ended. */
void http2_report_error(struct http2 *, const char *why);

/* Counts and logs that a stream is reset because its request is malformed (RFC
 * 9113 8.1.1). */
void http2_report_malformed(struct http2 *, const char *rule);

#endif
