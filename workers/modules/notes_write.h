/*
 * Writes of the module "notes": on the work pool, since they wait for the disk.
 * SPDX-License-Identifier: MIT
 */
#ifndef NOTES_WRITE_H
#define NOTES_WRITE_H

#include <pthread.h>
#include <stdbool.h>

#include "notes_store.h"
#include "prong.h"

/* The module in one worker. */
struct notes {
	struct store *reader;
	struct store *writer; /* used with the mutex only */
	pthread_mutex_t mutex;
	struct prong_metric *created, *changed, *removed;
};

struct notes *notes_of(struct prong_context *);

/*
 * A write operation and its response; it is retried while the database is busy.
 * It outlives its request while its job is running.
 */
struct notes_write {
	enum store_result (*try)(struct store *, struct note *);
	void (*answer)(struct prong_context *, const struct note *);
	struct note note;
	char *title, *text; /* copies, for the thread */
	struct notes *notes;
	enum store_result result;
	char reason[256];
	int64_t waited, pause; /* milliseconds */
	bool is_running;
};

/* Starts a copy of the operation. */
void notes_write_start(struct prong_context *, const struct notes_write *);

/* Answers for an operation that has failed. */
void notes_answer_failure(
	struct prong_context *, enum store_result, const char *reason);

#endif
