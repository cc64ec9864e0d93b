/*
 * Notes in an SQLite file. Each worker has one connection in WAL mode, so that
 * readers never wait. A writer that would have to wait gets STORE_BUSY and
 * tries again later: no function blocks, except store_open().
 * SPDX-License-Identifier: MIT
 */
#ifndef NOTES_STORE_H
#define NOTES_STORE_H

#include <stddef.h>
#include <stdint.h>

struct store;

enum store_result {
	STORE_OK,
	STORE_NONE,   /* no such note */
	STORE_STALE,  /* the note has another version */
	STORE_BUSY,   /* another process is writing: try again */
	STORE_FULL,   /* the disk is full */
	STORE_FAILED, /* see store_reason() */
};

/*
 * Texts are UTF-8 and NUL-terminated; times are milliseconds since the epoch.
 */
struct note {
	int64_t id;
	int64_t version; /* counts from 1 */
	int64_t created, changed;
	const char *title, *text;
};

enum { STORE_ANY_VERSION = 0 };

/*
 * Opens the file, creates it where there is none and migrates its schema; waits
 * for another worker that does so. Returns NULL with the reason in why.
 */
struct store *store_open(const char *path, char *why, size_t size);

/* NULL is fine. */
void store_close(struct store *);

/* Returns the reason of the last STORE_FAILED. */
const char *store_reason(const struct store *);

/*
 * Calls f for at most limit notes with an id below before, newest first, that
 * contain the words; "" selects all. The texts of the note are valid during the
 * call.
 */
enum store_result store_list(struct store *, int64_t before, unsigned limit,
	const char *words, void (*f)(const struct note *, void *data),
	void *data);

/* Calls f for the note with this id. Returns STORE_NONE when there is none. */
enum store_result store_get(struct store *, int64_t id,
	void (*f)(const struct note *, void *data), void *data);

/*
 * Adds a note with the given title and text; the other members are filled in.
 */
enum store_result store_add(struct store *, struct note *);

/* Replace or remove a note; its version must match, or be STORE_ANY_VERSION. */
enum store_result store_change(struct store *, struct note *);

enum store_result store_remove(struct store *, int64_t id, int64_t version);

#endif
