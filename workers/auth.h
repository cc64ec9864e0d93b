/*
 * Names and passwords (RFC 7617), checked against a file of crypt(3) hashes.
 * SPDX-License-Identifier: MIT
 */
#ifndef AUTH_H
#define AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/span.h"

struct auth;
struct conf_auth;

/* Reads the file; NULL with the reason. */
struct auth *auth_open(const struct conf_auth *, char *why, size_t size);
void auth_close(struct auth *);

/*
 * Does this value of an Authorization field, at NULL without one, name a user
 * with the right password?  The first time it costs what the hash costs.
 */
bool auth_admits(struct auth *, struct span authorization);

#endif
