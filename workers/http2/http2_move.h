/*
 * A connection of HTTP/2 in clear goes to another worker, and its client sees
 * no more of it than two SETTINGS:
 *
 *   EMPTY_TABLE  SETTINGS_HEADER_TABLE_SIZE 0 was sent: when the client has
 *                acknowledged it, its field blocks refer to none before them
 *                (RFC 7541 4.2), and the table, which the library does not
 *                hand out, is not needed any more
 *   READY        when no stream is open, the connection leaves; requests that
 *                come while streams finish are held back, unread, and the
 *                other worker serves them
 *
 * The other worker announces a table of the usual size again.  The library is
 * not told of these SETTINGS: it would insist that the next field block tells
 * the size of the table, and HAProxy, whose blocks never refer to others, does
 * not.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_MOVE_H
#define HTTP2_MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conn/deadline.h"
#include "http2/http2_request.h"

struct conn;
struct conn_record;
struct conn_record_http2;
struct http2;
struct http2_frame_head;
struct http2_trial;

enum { HTTP2_HOLD_MS = 500 }; /* the longest that a request is held back */

enum http2_move_step {
	HTTP2_MOVE_NONE,
	HTTP2_MOVE_EMPTY_TABLE,
	HTTP2_MOVE_READY,
};

struct http2_move {
	uint8_t step;       /* enum http2_move_step */
	uint8_t nsettings;  /* SETTINGS that are not acknowledged */
	bool owes_settings; /* they could not be sent yet */
	bool is_unfit;      /* the client's field blocks still refer to others,
			       or it has sent a GOAWAY */
	bool is_unproven;   /* no field block came since it has moved */
	uint8_t nreleases;  /* how often requests were held back too long */
	int64_t hold_from_ms;      /* none is held back before */
	struct deadline hold;      /* armed while some are */
	struct http2_text held;    /* their frames, from malloc(3); not counted:
				      the worker that reads them does */
	struct http2_trial *trial; /* reads their field blocks */
};

void http2_move_fini(struct http2 *);

/* Begins it; nothing changes where it has begun. */
void http2_move_start(struct http2 *);

/* Queues the SETTINGS that it needs, between two frames. */
void http2_move_send(struct http2 *);

/* True when http2_move_read() is to read the input. */
static inline bool
http2_move_is_reading(const struct http2_move *m)
{
	return m->step != HTTP2_MOVE_NONE || m->nsettings > 0 || m->is_unproven;
}

/* Reads frames as http2_read_frames() does, or holds them back. */
size_t http2_move_read(struct http2 *, const char *bytes, size_t len);

/* True when nothing keeps the connection here: at the end of a turn. */
bool http2_move_can_leave(const struct http2 *);

/* What the other worker has to know; it points into the connection. */
void http2_move_write(struct http2 *, struct conn_record *);

/* Goes on with a connection of another worker, in the state CONN_ACCEPTED;
 * false: the state of the record is not possible. */
bool http2_adopt(
	struct conn *, const struct conn_record_http2 *, int64_t since_ms);

/* Its streams did not end in time. */
void http2_on_move_due(struct deadline *);

/* ---- http2_hold.c -------------------------------------------------------- */

/* Holds the frame back, or reads what was held back where it cannot be; false:
 * it is to be read now. */
bool http2_hold_take(struct http2 *, const char *bytes, size_t len);

/* Reads what was held back: the connection stays for now. */
void http2_hold_release(struct http2 *);

/* The first field block of a connection that has moved: where the library could
 * not read it, breaks the connection, so that the client may send the request
 * again. */
void http2_hold_prove(
	struct http2 *, const struct http2_frame_head *, const char *bytes);

/* What is left of the input goes where the frames are that were held back. */
void http2_hold_add_input(struct http2 *);

void http2_hold_fini(struct http2 *);
void http2_on_hold_due(struct deadline *);

/* ---- http2_restore.c ----------------------------------------------------- */

/* A decoder as another worker will have it. */
struct http2_trial *http2_trial_new(void);
void http2_trial_free(struct http2_trial *); /* NULL is fine */

/* False: it cannot read this field block. */
bool http2_trial_read(struct http2_trial *, const char *block, size_t len);

#endif
