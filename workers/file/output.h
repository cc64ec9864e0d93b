/*
 * The output of a connection that was not sent yet: runs of memory and parts of
 * files, in order.  Consecutive runs of memory are sent with one system call.
 * SPDX-License-Identifier: MIT
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/span.h"

struct file;
struct small_pool;

enum {
	OUTPUT_RUNS = 256,
	OUTPUT_ROOM = 48,  /* maximum of runs that one response needs */
	OUTPUTS_FREE = 64, /* maximum of unused outputs in a pool */
};

enum output_result {
	OUTPUT_SENT,    /* all of it */
	OUTPUT_BLOCKED, /* the socket's buffer is full */
	OUTPUT_YIELD,   /* a slice of a large file was sent: other connections
			   are next */
	OUTPUT_NOT_CACHED, /* the next slice of a file is not in memory */
	/* The output cannot be sent: */
	OUTPUT_FAILED,     /* errno: the socket's */
	OUTPUT_UNREADABLE, /* a file: see output_unreadable(); errno; 0: it
			      became shorter */
};

struct output_source {
	struct file *file; /* a reference until the run was sent, or NULL */
	off_t offset;
};

struct output {
	unsigned first, count, size;
	unsigned most;      /* runs; a small output grows up to it */
	struct iovec *runs; /* iov_base NULL: a part of a file */
	struct output_source *from;
	uint64_t queued, sent; /* bytes since output_reset() */
	/* The owner's clock, in ms: parts of files are checked to be in memory
	 * before they are sent.  NULL: sending may wait for the disk. */
	const int64_t *clock;
	struct output *next_free;
	struct small_pool *memory; /* of the runs of a small output; or NULL */
	unsigned unreadable; /* the run for which OUTPUT_UNREADABLE was returned
			      */
};

/* Allocates an empty output of size runs without a clock.  The caller frees it
 * with free(3) when it is empty. */
struct output *output_new(unsigned size);

/* Allocates an empty output that has memory for a few runs, and grows once to
 * the maximum: most responses need no more.  output_free() frees it. */
struct output *output_new_growing(unsigned most);
void output_free(struct output *);

/* Initialises an empty output of so many runs at most, whose memory is taken
 * from the pool with the first one and grows once. */
void output_init_small(struct output *, unsigned most, struct small_pool *);

/* Returns the memory of the runs of such an output; it must be empty. */
void output_shrink(struct output *);

/* Resets the byte counts to 0; the output must be empty. */
static inline void
output_reset(struct output *o)
{
	o->first = o->count = 0;
	o->queued = o->sent = 0;
}

/* A pool of outputs of OUTPUT_RUNS, last in, first out. */
struct output_pool {
	struct output *free;
	unsigned nfree;
};

static inline struct output *
output_get(struct output_pool *p, const int64_t *clock)
{
	struct output *o = p->free;

	if (o != NULL) {
		p->free = o->next_free;
		p->nfree--;
	} else {
		o = output_new_growing(OUTPUT_RUNS);
	}
	o->clock = clock;
	return o;
}

/* Returns an output, which must be empty, to the pool. */
static inline void
output_put(struct output_pool *p, struct output *o)
{
	if (p->nfree == OUTPUTS_FREE) {
		output_free(o);
		return;
	}
	o->next_free = p->free;
	p->free = o;
	p->nfree++;
}

void output_pool_fini(struct output_pool *);

/* Drops all runs that were not sent; the byte counts stay. */
void output_drop(struct output *);

static inline bool
output_is_empty(const struct output *o)
{
	return o->first == o->count;
}

static inline unsigned
output_room(const struct output *o)
{
	return o->most - o->count;
}

/*
 * Appends a run.  The bytes must stay valid and unchanged until they are sent;
 * with a file they are the file's, and the run takes a reference.  The caller
 * has checked output_room().
 */
void output_add(struct output *, const char *bytes, size_t len, struct file *);

/* Extends the last run by len bytes that follow it in memory. */
void output_extend(struct output *, size_t len);

/* Appends len bytes of the file's descriptor at offset; takes a reference. */
void output_add_file(struct output *, struct file *, off_t offset, size_t len);

/* Removes the first bytes, which were sent. */
void output_advance(struct output *, size_t sent);

/* Returns false if what follows the first skip bytes has to be read from disk.
 */
bool output_is_cached(const struct output *, size_t skip);

/*
 * Appends up to len queued bytes, after the first skip, from at most most runs
 * to another output, which takes references of its own.  Returns the number of
 * bytes.  With NULL it only counts.
 */
size_t output_borrow(const struct output *, size_t skip, size_t len,
	unsigned most, struct output *to);

/* After OUTPUT_NOT_CACHED: returns the length of the next part, which is at
 * *offset of *file. */
size_t output_next_part(
	const struct output *, struct file **file, off_t *offset);

/* After OUTPUT_NOT_CACHED: replaces the next len bytes by a copy of these. */
void output_insert(struct output *, const char *bytes, size_t len);

/* After OUTPUT_UNREADABLE: returns the file, which the output owns. */
const struct file *output_unreadable(const struct output *);

/* The next bytes are so many of a file at least, and sendfile(2) sends them. */
bool output_begins_long_file(const struct output *, size_t least);

/* Sends on a non-blocking socket. */
enum output_result output_send(struct output *, int fd);

/* ---- for a sender that writes the bytes itself: TLS ---- */

/*
 * Sets *next to the next bytes to send.  A run of size bytes or more is sent
 * from its own memory; shorter runs and parts of files are gathered in to, up
 * to size bytes.  Returns OUTPUT_SENT, or why the bytes cannot be sent:
 * OUTPUT_NOT_CACHED, OUTPUT_UNREADABLE.
 */
enum output_result output_gather(
	struct output *, char *to, size_t size, struct span *next);

#endif
