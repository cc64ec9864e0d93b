/*
 * Makes one listing in steps: reads, sorts and prints a directory.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTING_JOB_H
#define LISTING_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "serve/listing_text.h"

struct listing_job;
struct root;
struct site;

struct listing_spec {
	const struct root *root; /* must outlive the job */
	/* directory below root; ends in '/' or is empty */
	struct span below;
	struct span path; /* path of the request */
	enum listing_sort sort;
	bool is_descending, is_json;
	/* true when names with a leading dot are listed */
	bool dotfiles;
	/* maximum number of entries, which bounds the memory */
	size_t most;
	/* routes of this site hide names; may be NULL */
	const struct site *site;
};

/*
 * Creates a job with copies of the texts of the parameters; it opens nothing
 * yet.
 */
struct listing_job *listing_job_new(const struct listing_spec *);
void listing_job_free(struct listing_job *);

/*
 * Works for about us microseconds. Returns 0 when the listing is complete,
 * LISTING_JOB_MORE, or a status. It may block on the disk.
 */
int listing_job_run(struct listing_job *, int64_t us);

enum { LISTING_JOB_MORE = -1 };

struct docroot;
struct file_errors;

/* Logs why the directory could not be read, if it could not. */
void listing_job_log(const struct listing_job *, const struct docroot *,
	struct file_errors *, int64_t now_ms);

/* Returns the text of a complete listing; it belongs to the job. */
struct span listing_job_text(const struct listing_job *);

#endif
