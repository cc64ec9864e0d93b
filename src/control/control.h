/*
 * The socket that commands come by: a line of JSON each way.  Only root and
 * the master's own user are heard.  Nothing that a client does or leaves
 * undone holds up the master: lines, clients and time are bounded.
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

/* The members of its object that some command knows. */
struct control_request {
	char command[32]; /* cut there; "": none */
	int64_t workers;  /* 0: none */
};

struct control_client {
	struct control_client *next;
	struct control *control;
	ev_io io;
	ev_timer timeout;
	char line[CONTROL_LINE];
	size_t used;
	char *answer; /* on its way; NULL: none */
	size_t len, sent;
	bool is_waiting; /* its request is not answered yet */
	bool is_last;    /* close it once it is answered */
	bool until_eof;  /* it waits for EOF, our end; nothing more is read */

	/* For whoever answers: what it waits for. */
	int kind;
	unsigned serial;
};

struct control {
	struct ev_loop *loop;
	struct inherited *inherited; /* where to look first; or NULL */
	struct listener *listener, *next_listener; /* NULL: none */
	bool is_same; /* the next listener is the one there is */
	ev_io io;
	ev_timer pause; /* a shortage: accepts again in a moment */
	struct control_client *clients;
	unsigned nclients;
	void (*on_request)(void *arg, struct control_client *,
		const struct control_request *);
	void *arg;
};

/*
 * on_request is called with a request; one control_answer() must follow, at
 * once or later.  *control has to stay where it is until control_close().
 */
void control_init(struct control *, struct ev_loop *,
	void (*on_request)(void *, struct control_client *,
		const struct control_request *),
	void *arg);

/*
 * Over a reload: binds path as the next place, unless it is the one there is
 * or NULL: none; and, when the reload holds, goes there, or else stays.
 * Clients stay connected.  0, or -1 with the reason.
 */
int control_claim(struct control *, const char *path, struct error_text *);
int control_replace(struct control *, struct error_text *);
void control_cancel(struct control *);

/* Another master listens there: clients stay until they are answered. */
void control_hand_over(struct control *);

/* One line; the value is taken over.  NULL: there was no memory for it, and
 * the client is told so. */
void control_answer(struct control_client *, json_t *);

/* A string value.  Texts of the system may be no UTF-8, which JSON has to be:
 * then '?' stands for the bytes that are not ASCII.  NULL: no memory. */
json_t *control_text(const char *text, size_t len);

/* Sends what is ready to go; whoever is there reads EOF. */
void control_close(struct control *);

#endif
