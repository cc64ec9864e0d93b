/*
 * The canary: before the first worker of a reload serves, it sends itself a GET
 * / over a socketpair, through the same code as any client.
 * SPDX-License-Identifier: MIT
 */
#ifndef CANARY_H
#define CANARY_H

#include <ev.h>
#include <stddef.h>

struct conf;
struct worker;

struct canary {
	ev_io io;
	char answer[16]; /* the first bytes of the response */
	size_t used;
	void (*on_done)(struct worker *, const char *why);
};

/*
 * Sends the request.  on_done() is called at once or later, with NULL or with
 * the reason why the worker must not serve: a server error (RFC 9110 15.6) or
 * no response.  It may never be called; timeouts.ready ends the worker then.
 * The request is neither logged nor counted.
 */
void canary_start(
	struct worker *, void (*on_done)(struct worker *, const char *why));

/* Writes a host name of the first site; CANARY_HOST bytes suffice. */
enum { CANARY_HOST = 300 };
void canary_write_host(const struct conf *, char *host, size_t size);

#endif
