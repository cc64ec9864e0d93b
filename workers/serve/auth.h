/*
 * Basic authentication (RFC 7617) against a file of crypt(3) hashes.
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

/* Reads the inherited copy of the file, or the file itself if there is none.
 * Returns NULL with the reason in why. */
struct auth *auth_open(const struct conf_auth *, const struct heritage_file *,
	char *why, size_t size);
void auth_close(struct auth *);

enum { AUTH_TOKEN = 344 }; /* bytes of base64: 256 of name and password */

enum auth_verdict {
	AUTH_REFUSED,
	AUTH_ADMITTED,
	AUTH_UNKNOWN, /* call auth_verify() */
};

/*
 * Looks the value of an Authorization field up in the cache of verdicts; at is
 * NULL if there is no field.  After AUTH_UNKNOWN *token is the part to verify.
 */
enum auth_verdict auth_find(const struct auth *, struct span authorization,
	int64_t now_ms, struct span *token);

/* Computes the hash, which takes milliseconds or more.  Any number of threads
 * may call it at once. */
bool auth_verify(const struct auth *, struct span token);

/* Caches the verdict: a right password without a limit, a wrong one for a few
 * seconds. */
void auth_remember(
	struct auth *, struct span token, bool is_right, int64_t now_ms);

#endif
