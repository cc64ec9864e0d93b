/*
 * A look at what a path stands for now, and another coding of it: all that
 * waits for the disk or takes long.  It knows nothing but its arguments, which
 * nobody changes meanwhile, so that another thread may do it.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "accept_encoding.h"
#include "common/span.h"

struct disk_miss;
struct docroot;
struct file;

enum look_result {
	LOOK_STATUS, /* no file, but a status */
	LOOK_SAME,   /* what is known is what is there */
	LOOK_YOUNG,  /* another, but it is being written: what is known goes */
	LOOK_NEW,    /* another, read */
	LOOK_WAITS,  /* the disk would have to be waited for; see miss */
};

struct look {
	const struct docroot *docroot;
	struct span path;       /* as file_cache_get() takes it */
	int64_t largest;        /* bytes of a file that goes into memory */
	struct file *known;     /* the caller's, or NULL */
	bool keeps_known;       /* while another is being written */
	struct disk_miss *miss; /* NULL: it may wait */

	enum look_result result;
	int status;
	struct file *file; /* of LOOK_NEW: a reference, the caller's */
};

/* Fills in the result. */
void look_run(struct look *);

/*
 * The content of a file in memory in another coding; a reference.  NULL: it
 * saves too little.  Takes up to 10 ms for 256 KiB.
 */
struct file *look_code(
	const struct docroot *, const struct file *, enum coding);

#endif
