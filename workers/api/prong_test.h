/*
 * Tests of a module without a server: the module is linked into the test
 * program, with libprong-test, and asked in the same process; so debuggers,
 * sanitizers and valgrind see all of it.  See prong-module(3).
 *
 *     struct prong_test *t = prong_test_new(&prong_module, "{}");
 *     const struct prong_test_answer *a =
 *             prong_test_ask(t, "GET", "/hello/you", NULL, NULL, 0);
 *
 *     assert(a->status == 200);
 *     prong_test_free(t);
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_TEST_H
#define PRONG_TEST_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

struct prong_test;

struct prong_test_answer {
	int status;       /* 0: no response came within ten seconds */
	const char *head; /* status line and field lines */
	const char *body; /* decoded, followed by a NUL */
	size_t len;
	bool is_complete; /* false: the connection ended before the content */
};

/*
 * Starts the module as worker 0 of one, mounted at "/", with this "config", or
 * an empty one for NULL.  NULL means that start() has failed, which standard
 * error explains; the error log goes there, too.
 */
struct prong_test *prong_test_new(
	const struct prong_module *, const char *config);

/* Stops the module and frees everything. */
void prong_test_free(struct prong_test *);

/*
 * Sends a request on a connection of its own, runs the loop until the response
 * is complete, and returns it; it is valid until the next call.  fields are
 * lines that each end with CR LF, or NULL; body may be NULL.  "Host: test" and
 * Content-Length are added.
 */
const struct prong_test_answer *prong_test_ask(struct prong_test *,
	const char *method, const char *target, const char *fields,
	const void *body, size_t len);

/* Returns the value of the first field of the name; NULL when there is none.
 * It is valid until the next call of prong_test_ask(). */
const char *prong_test_field(struct prong_test *, const char *name);

/* Runs the loop for so many milliseconds: timers and jobs of the module go on.
 */
void prong_test_run(struct prong_test *, int64_t milliseconds);

/*
 * Advances the time of the worker by so many milliseconds at once: timers of
 * the module, its time limits, keep-alive and Date.  Each timer is called at
 * its time, in order.  What the module itself asks the system, such as time(3),
 * and jobs in threads are not advanced.
 */
void prong_test_advance(struct prong_test *, int64_t milliseconds);

/* Returns the instance, for functions of the module. */
struct prong_instance *prong_test_instance(struct prong_test *);

/* ---- CLIENTS THAT STAY -------------------------------------------------- */

/* A connection with a stream, or with a WebSocket. */
struct prong_test_client;

/*
 * Sends a request as prong_test_ask() does, and returns at once: the module is
 * called when the loop runs next.  For a WebSocket, method is "WEBSOCKET", and
 * the client makes the handshake (RFC 6455 4.1).  NULL: there is no descriptor
 * (a client takes two) or no room (for 4096) for one, as standard error says.
 */
struct prong_test_client *prong_test_begin(struct prong_test *,
	const char *method, const char *target, const char *fields,
	const void *body, size_t len);

/*
 * Does the same and returns when the head of the response has come; the content
 * may go on.  NULL: none came in ten seconds.
 */
struct prong_test_client *prong_test_open(struct prong_test *,
	const char *method, const char *target, const char *fields,
	const void *body, size_t len);

/* Closes the connection, as a client that goes; prong_test_free() does it for
 * those that are left. */
void prong_test_close(struct prong_test_client *);

/* Return the status, 101 for a WebSocket and 0 before it has come, and the
 * value of a field, which is valid until the client is closed; NULL when there
 * is none. */
int prong_test_client_status(struct prong_test_client *);
const char *prong_test_client_field(
	struct prong_test_client *, const char *name);

/*
 * Runs the loop until the content has the text, and returns what has come up to
 * its end since the last call; NULL when it does not come: the response is
 * complete, the connection has ended, or ten seconds are over.  The result is
 * valid until the next call.
 */
const char *prong_test_wait_for(struct prong_test_client *, const char *text);

/* Runs the loop until the response is complete or the connection has ended.
 * Returns true when it was complete. */
bool prong_test_wait_end(struct prong_test_client *);

/* Sends a message, or anything else: kind is the opcode (RFC 6455 5.2). */
int prong_test_ws_send(
	struct prong_test_client *, int kind, const void *bytes, size_t len);

struct prong_test_message {
	int kind; /* PRONG_WS_TEXT or PRONG_WS_BINARY; 8: close, 9: ping */
	const char *bytes; /* followed by a NUL */
	size_t len;
	int code; /* of a close frame */
};

/* Runs the loop until a message or a control frame has come, and returns it; it
 * is valid until the next call.  NULL as above. */
const struct prong_test_message *prong_test_ws_receive(
	struct prong_test_client *);

#ifdef __cplusplus
}
#endif

#endif
