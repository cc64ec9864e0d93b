/*
 * Calls that the sandbox has denied, or with "sandbox": "log" would have: each
 * is logged once, with what to declare.
 * SPDX-License-Identifier: MIT
 */
#ifndef DENIALS_H
#define DENIALS_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/* What a route would have to declare. */
enum denial_remedy {
	DENIAL_READ,
	DENIAL_WRITE,
	DENIAL_CONNECT,
	DENIAL_EXEC,
	DENIAL_NONE, /* there is no key for it */
};

/* Begins to take notes, for the rest of the worker's life.  is_denied: the
 * calls fail, else they are let through. */
void denials_start(struct worker *, bool is_denied);

/* Returns true between the start and the end. */
bool denials_are_noted(void);

/* May be called by any thread.  object: a path, or what else was asked for;
 * may be "". */
void denials_note(const char *call, const char *object, enum denial_remedy);

/*
 * The same for a path that a call has used, relative to a directory or to
 * AT_FDCWD; not noted if the path is declared, so that file permissions are
 * the reason.
 */
void denials_note_path(
	const char *call, int dirfd, const char *path, bool is_write);

/* True if open(2) with these flags asks to write. */
bool denials_asks_to_write(uint64_t flags);

/* Logs what is new; the loop calls it once a second, and at the end. */
void denials_log(struct worker *);

#endif
