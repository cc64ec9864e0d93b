/*
 * The watches of a worker's modules by their descriptors.  libev ends the
 * process when a watched descriptor was closed before it asks epoll for it: so
 * the watches of each number that has changed are checked before the loop
 * waits.
 * SPDX-License-Identifier: MIT
 */
#ifndef WATCH_TABLE_H
#define WATCH_TABLE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/list.h"

struct event;

struct watch_table {
	ev_prepare check;
	struct ev_loop *loop;
	struct list *by_fd;
	size_t nfds;
	int *changed; /* numbers whose watches have changed */
	size_t nchanged, size;
};

void watch_table_init(struct watch_table *, struct ev_loop *);
void watch_table_fini(struct watch_table *);

/* Starts the watch e->watcher.io. */
void watch_table_add(struct watch_table *, struct event *);

/* Changes its events; 0 pauses it. */
void watch_table_change(struct watch_table *, struct event *, int events);

/* Stops it. */
void watch_table_remove(struct watch_table *, struct event *);

/* True while its descriptor is the file that it was at first. */
bool watch_is_open(const struct event *);

/* Logs that the descriptor was closed. */
void watch_table_report(const struct event *);

#endif
