/*
 * A module that compresses a text, and a client that decodes it.
 * SPDX-License-Identifier: MIT
 */
#ifndef CODED_CLIENT_H
#define CODED_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "support/fake_worker_mount.h"
#include "support/http_response.h"

#define CODED_CLIENT_UNKNOWN SIZE_MAX

enum { CODED_CLIENT_TEXT = 1024 * 1024 }; /* bytes */

/* gzip, br and zstd, whether they are built in or not. */
extern const char *const coded_client_codings[3];

bool coded_client_has(const char *coding);

/* Starts a worker with threads for the module; returns CODED_CLIENT_TEXT bytes
 * of text, with a NUL, for the module to send. */
const char *coded_client_open(
	struct fake_worker_mount *, const struct prong_module *);

/* No compression may be left. */
void coded_client_close(struct fake_worker_mount *);

/* Asks on a new connection; the response may take some turns.  The caller frees
 * it. */
void coded_client_ask(struct fake_worker_mount *, const char *method,
	const char *target, const char *fields, struct response *);

/* Decodes what has come so far and returns the length of it;
 * CODED_CLIENT_UNKNOWN where the library is not there. */
size_t coded_client_decode(const char *bytes, size_t len, const char *coding,
	char *to, size_t room);

/* The content, decoded, is the first n bytes of the text. */
void coded_client_expect(const struct response *, const char *coding, size_t n);

#endif
