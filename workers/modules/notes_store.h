/*
 * Notes in an SQLite file: one connection a worker, in WAL mode, so that
 * readers never wait.  A writer that would have to is told STORE_BUSY and
 * comes again: nothing here blocks.
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
	STORE_STALE,  /* there is, but of another version */
	STORE_BUSY,   /* another process writes: try again */
	STORE_FULL,   /* the disk is */
	STORE_FAILED, /* store_reason() */
};

/* Text is UTF-8 and NUL-terminated; times are milliseconds since the epoch. */
struct note {
	int64_t id;
	int64_t version; /* from 1 */
	int64_t created, changed;
	const char *title, *text;
};

enum { STORE_ANY_VERSION = 0 };

/*
 * Opens the file, makes it where there is none, brings its tables up to
 * date; waits for another worker that does so.  NULL with the reason in why.
 */
struct store *store_open(const char *path, char *why, size_t size);

/* NULL is fine. */
void store_close(struct store *);

/* Of the last STORE_FAILED. */
const char *store_reason(const struct store *);

/* Calls f for at most limit notes with an id below before, newest first, that
 * hold the words; "": all.  The note's text is f's during the call. */
enum store_result store_list(struct store *, int64_t before, unsigned limit,
	const char *words, void (*f)(const struct note *, void *data),
	void *data);

enum store_result store_get(struct store *, int64_t id,
	void (*f)(const struct note *, void *data), void *data);

/* title and text of the note; the rest is filled in. */
enum store_result store_add(struct store *, struct note *);

/* The same for one that is there, of this version or STORE_ANY_VERSION. */
enum store_result store_change(struct store *, struct note *);

enum store_result store_remove(struct store *, int64_t id, int64_t version);

#endif
