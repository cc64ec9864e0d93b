/*
 * Work that waits for the disk, or takes long, done off the loop: in a few
 * threads, and the waiting itself in io_uring where that is to be had.
 * SPDX-License-Identifier: MIT
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stdint.h>

struct conf_disk;
struct disk;
struct page_miss;
struct ev_loop;
struct log;

/*
 * A piece of work; its owner embeds it, sets the first three and leaves it
 * alone until done() is called, by the loop.
 */
struct disk_job {
	/* The work, in a thread: it touches nothing that others change. */
	void (*run)(struct disk_job *);
	/* was_run: else the disk was closed before its turn came. */
	void (*done)(struct disk_job *, bool was_run);
	/*
	 * The same work without waiting, by the loop: true when it is done.
	 * Else the miss says what is to be waited for.  NULL: there is no such
	 * way.
	 */
	bool (*try)(struct disk_job *, struct page_miss *);
	bool is_urgent; /* before those that are not */

	/* Of disk.c. */
	struct disk_job *next;
	struct page_miss *miss;
	int tries;
};

/* NULL: "blocking", nothing is done off the loop. */
struct disk *disk_open(
	struct ev_loop *, const struct conf_disk *, struct log *);

/* How it waits, in words, for the log. */
const char *disk_way(const struct disk *);

/* For the operator.  Zero for NULL. */
struct disk_counts {
	uint64_t waits;   /* jobs that were started */
	uint64_t waiting; /* those that are not done */
};

struct disk_counts disk_counts(const struct disk *);

/* done() is never called from within. */
void disk_start(struct disk *, struct disk_job *);

/*
 * Ends the threads; every job that was started is done() by then.  False when
 * one of them still waits after two seconds: what it works with must stay.
 * NULL is fine.
 */
bool disk_close(struct disk *);

#endif
