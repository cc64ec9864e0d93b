/*
 * Tells whether a file of a certificate or key is another one than when it was
 * read: it waits for a reload.
 * SPDX-License-Identifier: MIT
 */
#ifndef CERTIFICATE_WATCH_H
#define CERTIFICATE_WATCH_H

struct certificate_watch_job;
struct generation;
struct scoreboard;

struct certificate_watch {
	struct certificate_watch_job *job; /* of a thread; or NULL */
	unsigned ticks;
};

/*
 * Called once a second: shows on the scoreboard what a look at the files has
 * found, and starts one every few seconds.  It is done by a thread, so that a
 * file system that hangs does not stop the master.
 */
void certificate_watch_tick(struct certificate_watch *, struct scoreboard *,
	const struct generation *first);

void certificate_watch_stop(struct certificate_watch *);

#endif
