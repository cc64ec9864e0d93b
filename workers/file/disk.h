/*
 * Runs jobs that wait for the disk off the event loop: in a few threads, or,
 * where the kernel permits it, by io_uring requests for the data that is
 * missing.
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
 * A job.  Its owner embeds it, sets run, done, try and is_urgent, and must not
 * change it before done() was called; the loop calls done().
 */
struct disk_job {
	/* Does the work in a thread; must not use data that changes meanwhile.
	 */
	void (*run)(struct disk_job *);
	/* was_run is false if disk_close() was called before the job ran. */
	void (*done)(struct disk_job *, bool was_run);
	/*
	 * Does the work on the loop without blocking.  Returns true when it is
	 * done; otherwise the miss tells which data is not in memory.  NULL:
	 * the job always runs in a thread.
	 */
	bool (*try)(struct disk_job *, struct page_miss *);
	bool is_urgent;  /* runs before jobs that are not urgent */
	uint64_t device; /* that it waits for; 0: not known */

	/* Private to disk.c. */
	struct disk_job *next;
	struct page_miss *miss;
	int tries;
};

/* Returns NULL for the mode "blocking": the loop itself waits for the disk. */
struct disk *disk_open(
	struct ev_loop *, const struct conf_disk *, struct log *);

/* Tells a device that jobs will wait for.  Where there are several, one that
 * hangs leaves threads for the others.  NULL is permitted. */
void disk_add_device(struct disk *, uint64_t device);

/* Returns how it waits, in words for the log. */
const char *disk_way(const struct disk *);

/* Figures for /metrics. */
struct disk_counts {
	uint64_t waits;   /* jobs started so far */
	uint64_t waiting; /* jobs started and not done */
};

/* Returns zeros for NULL. */
struct disk_counts disk_counts(const struct disk *);

/* Starts a job; done() is never called before disk_start() has returned. */
void disk_start(struct disk *, struct disk_job *);

/*
 * Ends the threads and calls done() for every job that was started.  Returns
 * false if a thread still waits for a disk after two seconds; the memory that
 * its job uses must not be freed then.  NULL is permitted.
 */
bool disk_close(struct disk *);

#endif
