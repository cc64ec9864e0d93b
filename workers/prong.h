/*
 * The module API: see prong-module(3).
 * A module is a shared object with one symbol, prong_module.  Its handler is
 * called in a worker for each request of a route that names it, and answers
 * before it returns.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_H
#define PRONG_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PRONG_ABI 1

struct prong_context;

struct prong_module {
	int abi; /* PRONG_ABI */
	const char *name;
	void (*handle)(struct prong_context *);
};

/* What a module defines. */
extern const struct prong_module prong_module;

/* "GET", as sent. */
const char *prong_method(struct prong_context *);

/* Decoded, normalised; begins with '/'. */
const char *prong_path(struct prong_context *);

/* As sent, without '?'; "" when there is none. */
const char *prong_query(struct prong_context *);

/* The value of the first field with this name, in any case; NULL: none. */
const char *prong_field(struct prong_context *, const char *name);

/* The request's content: *len bytes, never NULL, followed by a NUL. */
const char *prong_body(struct prong_context *, size_t *len);

/*
 * Adds a field to the answer.  0, or -1 with errno EINVAL: the name is no
 * token, or the value holds CR, LF, NUL or another control byte.
 * Content-Length, Connection, Date, Server and Transfer-Encoding are the
 * server's: -1 with EPERM.
 */
int prong_set_field(struct prong_context *, const char *name,
    const char *value);

/*
 * Answers.  status: 200 to 599.  type: of the content; NULL:
 * application/octet-stream.  The content is copied.  0; -1 with errno EINVAL
 * for a bad status or type, EALREADY when it was answered before.
 * A handler that returns without an answer makes a 500.
 */
int prong_answer(struct prong_context *, int status, const char *type,
    const void *content, size_t len);

#ifdef __cplusplus
}
#endif

#endif
