/*
 * One listing in the making: read, sorted and printed in slices, so that the
 * loop turns meanwhile.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTING_JOB_H
#define LISTING_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "listing_text.h"

struct listing_job;
struct root;
struct site;

struct listing_wish {
	const struct root *root; /* must outlive the job */
	struct span below;       /* root; ends in '/' or is empty */
	struct span path;        /* of the request */
	enum listing_sort sort;
	bool is_descending, is_json;
	bool dotfiles;           /* are listed */
	size_t most;             /* entries: bounds the memory */
	const struct site *site; /* whose routes hide names; or NULL */
};

/* The job has copies of the wish's texts; nothing is opened yet. */
struct listing_job *listing_job_new(const struct listing_wish *);
void listing_job_free(struct listing_job *);

/* Works for about so many microseconds.  LISTING_JOB_MORE, a status, or 0: it
 * is done. */
int listing_job_run(struct listing_job *, int64_t us);

enum { LISTING_JOB_MORE = -1 };

/* What it wrote, once it is done; the job's. */
struct span listing_job_text(const struct listing_job *);

#endif
