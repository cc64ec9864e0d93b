/*
 * Names and passwords (RFC 7617), checked against a file of crypt(3) hashes.
 * SPDX-License-Identifier: MIT
 */
#ifndef AUTH_H
#define AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"

struct auth;
struct conf_auth;
struct heritage_file;

/* Reads the inherited copy of the file; without one, the file.  NULL with the
 * reason. */
struct auth *auth_open(const struct conf_auth *, const struct heritage_file *,
	char *why, size_t size);
void auth_close(struct auth *);

enum { AUTH_TOKEN = 344 }; /* bytes of base64: 256 of name and password */

enum auth_verdict {
	AUTH_REFUSED,
	AUTH_ADMITTED,
	AUTH_UNKNOWN, /* its hash must be computed: auth_verify() */
};

/*
 * What is known of the value of an Authorization field, whose at is NULL
 * without one.  AUTH_UNKNOWN: *token is the part that is to be verified.
 */
enum auth_verdict auth_find(const struct auth *, struct span authorization,
	int64_t now_ms, struct span *token);

/* Computes what the hash costs, milliseconds or more: in a thread.  Any number
 * of threads may do so at once. */
bool auth_verify(const struct auth *, struct span token);

/* Remembers the verdict: what is right for good, what is wrong for a few
 * seconds. */
void auth_remember(
	struct auth *, struct span token, bool is_right, int64_t now_ms);

/* The three in one, where nothing else waits meanwhile. */
bool auth_admits(struct auth *, struct span authorization, int64_t now_ms);

#endif
