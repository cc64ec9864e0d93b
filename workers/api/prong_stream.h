/*
 * The module API of prong: responses in parts, and WebSockets.
 * Included by prong.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_STREAM_H
#define PRONG_STREAM_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

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
		const char *bytes, size_t len, void *data) PRONG_ZERO;

	/* Called when the WebSocket is closed; code is as in RFC 6455 7.4, and
	 * 1006 when there was no close frame. */
	void (*on_close)(
		struct prong_context *, int code, void *data) PRONG_ZERO;

	/* Subprotocols in order of preference, ended by NULL; or NULL. */
	const char *const *protocols PRONG_ZERO;

	/* Largest message in bytes, 0 for 1 MiB; a larger one closes the
	 * connection with 1009. */
	size_t message_most PRONG_ZERO;

	/*
	 * Saves the WebSocket for another worker, for it outlives a reload, a
	 * resize and an upgrade where on_save is set, and on_restore of the row
	 * in the other worker.  Writes at most size bytes (PRONG_WS_STATE) to
	 * state and returns their number, or -1: then the WebSocket is closed
	 * with 1001.  Called between two messages, when all that was sent has
	 * left; maybe more than once.  It must not send.  When the other worker
	 * has the WebSocket, the context ends with PRONG_MOVED, and on_close is
	 * not called.
	 */
	int (*on_save)(struct prong_context *, void *state, size_t size,
		void *data) PRONG_ZERO;

	/* The version of the state's format, for prong_ws_restored(). */
	unsigned state_version PRONG_ZERO;

	/* Called with each message of prong_publish() as on_message of the
	 * module is, for this WebSocket: once, also with those that were
	 * published while it moved to another worker. */
	void (*on_published)(struct prong_context *, unsigned from,
		const char *bytes, size_t len, void *data) PRONG_ZERO;

	/* Called when messages of the bus, of this module or others, were lost
	 * to the WebSocket, with their number; 0 when it is not known, since
	 * the WebSocket has moved to an upgraded server. */
	void (*on_lost)(
		struct prong_context *, uint64_t count, void *data) PRONG_ZERO;
};

/* The most that on_save may write, in bytes. */
enum { PRONG_WS_STATE = 4096 };

/*
 * Answers a WebSocket handshake (RFC 6455; with HTTP/2 RFC 8441, whose CONNECT
 * the routes and prong_method() take for a GET) and keeps the connection, or
 * the stream.  When the request is not a valid handshake it is answered with
 * 426 or 400 and the call fails with EPROTO.  The server answers pings and
 * close frames, and closes with 1001 when the worker drains, unless the
 * WebSocket moves to another worker (on_save).  The struct must stay valid
 * until the context ends.
 */
int prong_ws_accept(
	struct prong_context *, const struct prong_ws *, void *data);
int prong_ws_accept_sized(size_t ws_size, struct prong_context *,
	const struct prong_ws *, void *data);
#define prong_ws_accept(...)                                                   \
	prong_ws_accept_sized(sizeof(struct prong_ws), __VA_ARGS__)

/*
 * Returns the state that on_save has written in the worker that had the
 * WebSocket before, its length and version; NULL for a new handshake.  The
 * state may be of an older or a newer version of the module.
 */
const void *prong_ws_restored(
	struct prong_context *, size_t *len, unsigned *version);

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
