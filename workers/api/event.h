/*
 * Timers and watches of modules. Each belongs to a context or to an instance
 * and is cancelled with it.
 * SPDX-License-Identifier: MIT
 */
#ifndef EVENT_H
#define EVENT_H

#include <ev.h>
#include <sys/types.h>

#include "api/handles.h"
#include "api/prong.h"
#include "api/watch_table.h"
#include "common/list.h"
#include "file/retry_io.h"

struct context;

struct event {
	struct list_node node;      /* in the owner's list */
	struct prong_event *handle; /* what modules call it */
	union {
		ev_timer timer;
		struct retry_io io;
	} watcher;
	bool is_watch;
	struct list_node by_fd; /* a watch: in the pool's list of its number */
	dev_t dev; /* of the watched file: a closed descriptor's number may */
	ino_t ino; /* be another file's */
	struct prong_instance *instance;
	struct context *ctx; /* NULL for an event of the instance */
	union {
		void (*own)(struct context *); /* the server's */
		void (*after)(struct prong_context *, void *);
		void (*every)(struct prong_instance *, void *);
		void (*later)(struct prong_instance *, void *);
		void (*watch)(struct prong_context *, int, unsigned, void *);
		void (*always)(struct prong_instance *, int, unsigned, void *);
	} f;
	void *data;
};

/* The events of a worker's modules. */
struct event_pool {
	struct handles handles;
	struct watch_table watches;
};

void event_pool_init(struct event_pool *, struct ev_loop *);
void event_pool_fini(struct event_pool *);

/* Creates an event of ctx, or of the instance where ctx is NULL. */
struct event *event_new(
	struct prong_instance *, struct context *ctx, void *data);

/* Calls f in the next turn of the loop, unless the context ends before; f may
 * end it. */
void event_defer(struct context *, void (*f)(struct context *));

/* Cancels an event and frees it. */
void event_cancel(struct event *);

/* Cancels all events of an owner that ends. */
void event_cancel_all(struct list *);

#endif
