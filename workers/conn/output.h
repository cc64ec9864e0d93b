/*
 * What waits to be sent on one connection: runs of memory and parts of files,
 * in order.  It all leaves in as few system calls as there can be: one for
 * any number of runs in a row.
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

enum {
	OUTPUT_RUNS = 256,
	OUTPUT_ROOM = 48,  /* what one answer needs at most */
	OUTPUTS_FREE = 64, /* in a pool, at most */
};

enum output_result {
	OUTPUT_SENT,       /* all of it */
	OUTPUT_BLOCKED,    /* the peer must take some first */
	OUTPUT_YIELD,      /* a slice of a large file is out: others' turn */
	OUTPUT_NOT_CACHED, /* the next slice is not in memory */
	OUTPUT_FAILED,     /* errno; 0: a file became shorter */
};

struct output_source {
	struct file *file; /* held until the run is out, or NULL */
	off_t offset;
};

struct output {
	unsigned first, count, size;
	struct iovec *runs; /* iov_base NULL: of a file */
	struct output_source *from;
	uint64_t queued, sent; /* bytes since output_reset() */
	/* The owner's clock, in ms: files are looked at before they are sent.
	 * NULL: the disk is waited for. */
	const int64_t *clock;
	struct output *next_free;
};

/* Allocates an output of so many runs, empty and without a clock; for free(3)
 * when it is empty. */
struct output *output_new(unsigned size);

/* Counts from 0 again; it must be empty. */
static inline void
output_reset(struct output *o)
{
	o->first = o->count = 0;
	o->queued = o->sent = 0;
}

/* Outputs of OUTPUT_RUNS that are used again, the last one first. */
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
		o = output_new(OUTPUT_RUNS);
	}
	o->clock = clock;
	return o;
}

/* It must be empty. */
static inline void
output_put(struct output_pool *p, struct output *o)
{
	if (p->nfree == OUTPUTS_FREE) {
		free(o);
		return;
	}
	o->next_free = p->free;
	p->free = o;
	p->nfree++;
}

void output_pool_fini(struct output_pool *);

/* Lets go of all that is queued and not sent; the counts stay. */
void output_drop(struct output *);

static inline bool
output_is_empty(const struct output *o)
{
	return o->first == o->count;
}

static inline unsigned
output_room(const struct output *o)
{
	return o->size - o->count;
}

/*
 * bytes stay the caller's, and unchanged, until they are sent.  With a file,
 * they are the file's: a reference is taken.  No room is our error.
 */
void output_add(struct output *, const char *bytes, size_t len, struct file *);

/* The run added last goes on for len bytes. */
void output_extend(struct output *, size_t len);

/* len bytes of the file's descriptor from offset on; takes a reference. */
void output_add_file(struct output *, struct file *, off_t offset, size_t len);

/* The first sent bytes of it left. */
void output_advance(struct output *, size_t sent);

/* False when the disk must bring what goes next behind the first skip bytes. */
bool output_is_cached(const struct output *, size_t skip);

/*
 * Adds up to len bytes that are queued, behind the first skip, to another
 * output, which takes references of its own: from at most so many runs.
 * Returns how many.  to may be NULL: only counts.
 */
size_t output_borrow(const struct output *, size_t skip, size_t len,
	unsigned most, struct output *to);

/* After OUTPUT_NOT_CACHED: the bytes that go next, of *file from *offset on. */
size_t output_next_part(
	const struct output *, struct file **file, off_t *offset);

/* After OUTPUT_NOT_CACHED: the next len bytes are these; they are copied. */
void output_insert(struct output *, const char *bytes, size_t len);

/* Sends on a non-blocking socket. */
enum output_result output_send(struct output *, int fd);

/* ---- for a sender that writes the bytes itself: TLS ---- */

/*
 * Names the bytes that go next.  A run of a record or more is sent from its own
 * memory; others, and parts of files, are gathered in `to`: a record of them,
 * or size bytes where a file comes first.  Returns OUTPUT_SENT, or what keeps
 * the bytes from being sent: OUTPUT_NOT_CACHED, OUTPUT_FAILED.
 */
enum output_result output_gather(struct output *, char *to, size_t record,
	size_t size, struct span *next);

/* So many bytes of the front are sent. */
void output_advance(struct output *, size_t sent);

#endif
