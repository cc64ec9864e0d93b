/*
 * The control socket: a line of JSON as request, and one as answer.  Only root
 * and the master's own user are permitted.  No client can block the master:
 * lines, clients and time are limited.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervise/listener.h"

enum {
	CONTROL_LINE = 4096, /* bytes of a request, with its newline */
	CONTROL_CLIENTS = 32,
};

struct control;
struct control_request;

struct control_client {
	struct control_client *next;
	struct control *control;
	ev_io io;
	ev_timer timeout;
	char line[CONTROL_LINE];
	size_t used;
	char *answer; /* being written; NULL: none */
	size_t len, sent;
	bool is_waiting; /* its request is not answered yet */
	bool is_last;    /* close the client after its answer */
	bool until_eof;  /* the client waits for EOF; nothing more is read */

	/* For control_orders.c: the change that the client waits for. */
	int kind;
	unsigned serial;
};

struct control {
	struct ev_loop *loop;
	struct inherited
		*inherited; /* searched for the socket first; may be NULL */
	struct listener *listener, *next_listener; /* NULL: none */
	bool is_same; /* the next listener is the current one */
	ev_io io;
	ev_timer pause; /* after a shortage: then accept again */
	struct control_client *clients;
	unsigned nclients;
	void (*on_request)(void *arg, struct control_client *,
		const struct control_request *);
	void *arg;
};

/*
 * on_request is called for each request; one control_answer() must follow, at
 * once or later. *control must not move until control_close().
 */
void control_init(struct control *, struct ev_loop *,
	void (*on_request)(void *, struct control_client *,
		const struct control_request *),
	void *arg);

/*
 * For a reload. claim binds path as the next address, unless it is NULL or the
 * current one. replace makes it the current one once the reload has committed;
 * cancel closes it.  Clients stay connected.  Where there is no current one,
 * clients can connect from claim on, and wait for replace: the workers of a
 * server that starts answer before it.  Return 0, or -1 with the error text.
 */
int control_claim(struct control *, const char *path, struct error_text *);
int control_replace(struct control *, struct error_text *);
void control_cancel(struct control *);

/* The start of the server failed: answers those that wait for replace. */
void control_refuse_queued(struct control *, const char *why);

/* Another master listens now: closes the listener.  Clients stay until they
 * are answered. */
void control_hand_over(struct control *);

/* Answers with one line and releases the value.  NULL means that there was no
 * memory for it, and the client is told so. */
void control_answer(struct control_client *, json_t *);

/* Like control_answer() with a text on the heap, JSON and a newline, which it
 * takes over. */
void control_answer_line(struct control_client *, char *line);

/* Returns a string value.  JSON must be UTF-8, which a text of the system may
 * not be: then '?' replaces bytes that are not ASCII. Returns NULL if there
 * is no memory. */
json_t *control_text(const char *text, size_t len);

/* Sends the rest of the answers and closes all clients, which read EOF. */
void control_close(struct control *);

#endif
