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
#include <sys/types.h>
#include <sys/uio.h>

#include "common/span.h"

struct file;

enum {
	OUTPUT_RUNS = 256,
	OUTPUT_ROOM = 48, /* what one answer needs at most */
};

enum output_result {
	OUTPUT_SENT,       /* all of it */
	OUTPUT_BLOCKED,    /* the peer must take some first */
	OUTPUT_YIELD,      /* a slice of a large file is out: others' turn */
	OUTPUT_NOT_CACHED, /* the next slice is not in memory */
	OUTPUT_FAILED,     /* errno; 0: a file became shorter */
};

struct output {
	unsigned first, count;
	struct iovec runs[OUTPUT_RUNS]; /* iov_base NULL: of a file */
	struct {
		struct file *file; /* held until the run is out, or NULL */
		off_t offset;
	} from[OUTPUT_RUNS];
	uint64_t queued, sent; /* bytes since output_init() */
	/* The owner's clock, in ms: files are looked at before they are sent.
	 * NULL: the disk is waited for. */
	const int64_t *clock;
};

/* Empty; the clock is left alone. */
void output_init(struct output *);

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
	return OUTPUT_RUNS - o->count;
}

/*
 * bytes stay the caller's, and unchanged, until they are sent.  With a file,
 * they are the file's: a reference is taken.  No room is our error.
 */
void output_add(struct output *, const char *bytes, size_t len, struct file *);

/* As output_add(); where the bytes follow those that were added last, and are
 * of the same file, they become one run. */
void output_append(
	struct output *, const char *bytes, size_t len, struct file *);

/* The run added last goes on for len bytes. */
void output_extend(struct output *, size_t len);

/* len bytes of the file's descriptor from offset on; takes a reference. */
void output_add_file(struct output *, struct file *, off_t offset, size_t len);

/* After OUTPUT_NOT_CACHED: the bytes that go next, of *file from *offset on. */
size_t output_next_part(
	const struct output *, struct file **file, off_t *offset);

/* After OUTPUT_NOT_CACHED: the next len bytes are these; they are copied. */
void output_insert(struct output *, const char *bytes, size_t len);

/* Sends on a non-blocking socket. */
enum output_result output_send(struct output *, int fd);

#endif
