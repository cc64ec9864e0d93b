/*
 * SPDX-License-Identifier: MIT
 */
#include "api/watch_table.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "api/event.h"
#include "api/instance.h"
#include "common/container_of.h"
#include "common/log.h"
#include "common/mem.h"

static int
fd_of(const struct event *e)
{
	return e->watcher.io.io.fd;
}

bool
watch_is_open(const struct event *e)
{
	struct stat st;

	return fstat(fd_of(e), &st) == 0 && st.st_dev == e->dev &&
	       st.st_ino == e->ino;
}

void
watch_table_report(const struct event *e)
{
	log_errx(instance_log(e->instance),
		"module %s: descriptor %d was closed while it was watched: "
		"call prong_cancel() first",
		e->instance->self->name, fd_of(e));
}

static void
check_descriptor(struct list *watches)
{
	struct list_node *node, *next;
	struct event *e;

	for (node = watches->first; node != NULL; node = next) {
		next = node->next;
		e = container_of(node, struct event, by_fd);
		if (watch_is_open(e))
			continue;
		watch_table_report(e);
		event_cancel(e);
	}
}

static void
stop_checking(struct watch_table *t)
{
	if (!ev_is_active(&t->check))
		return;
	ev_ref(t->loop);
	ev_prepare_stop(t->loop, &t->check);
}

/* The last of the prepare watchers: the others may call modules. */
static void
check_changed(struct ev_loop *loop, ev_prepare *check, int revents)
{
	struct watch_table *t = check->data;

	(void)loop;
	/* A watch that is cancelled changes its number once more. */
	for (size_t i = 0; i < t->nchanged; i++)
		check_descriptor(&t->by_fd[t->changed[i]]);
	/* Without EV_PREPARE other modules may run before the loop waits. */
	if ((revents & EV_PREPARE) == 0)
		return;
	t->nchanged = 0;
	stop_checking(t);
}

void
watch_table_init(struct watch_table *t, struct ev_loop *loop)
{
	*t = (struct watch_table){ .loop = loop };
	ev_prepare_init(&t->check, check_changed);
	ev_set_priority(&t->check, EV_MINPRI);
	t->check.data = t;
}

void
watch_table_fini(struct watch_table *t)
{
	stop_checking(t);
	ev_clear_pending(t->loop, &t->check);
	free(t->by_fd);
	free(t->changed);
}

/* The event is for a change that another prepare watcher makes: one that is
 * started then is not called before the loop waits. */
static void
start_checking(struct watch_table *t)
{
	ev_prepare_start(t->loop, &t->check);
	ev_unref(t->loop);
	ev_feed_event(t->loop, &t->check, EV_CUSTOM);
}

static void
note_change(struct watch_table *t, int fd)
{
	enum { FIRST = 16 };

	if (t->nchanged == t->size) {
		t->size = t->size == 0 ? FIRST : t->size * 2;
		t->changed =
			mem_realloc(t->changed, t->size * sizeof(*t->changed));
	}
	t->changed[t->nchanged++] = fd;
	if (!ev_is_active(&t->check))
		start_checking(t);
}

/* The lists are intrusive: a list that moves takes its first node along. */
static void
grow_table(struct watch_table *t, size_t need)
{
	size_t nfds = need * 2;
	struct list *lists = mem_calloc(nfds, sizeof(*lists));

	for (size_t i = 0; i < t->nfds; i++) {
		lists[i] = t->by_fd[i];
		if (lists[i].first != NULL)
			lists[i].first->link = &lists[i].first;
	}
	free(t->by_fd);
	t->by_fd = lists;
	t->nfds = nfds;
}

void
watch_table_add(struct watch_table *t, struct event *e)
{
	size_t fd = (size_t)fd_of(e);

	if (fd >= t->nfds)
		grow_table(t, fd + 1);
	list_add(&t->by_fd[fd], &e->by_fd);
	note_change(t, (int)fd);
	retry_io_start(&e->watcher.io);
}

void
watch_table_change(struct watch_table *t, struct event *e, int events)
{
	int fd = fd_of(e);

	retry_io_stop(&e->watcher.io);
	ev_io_set(&e->watcher.io.io, fd, events);
	note_change(t, fd);
	if (events != 0)
		retry_io_start(&e->watcher.io);
}

void
watch_table_remove(struct watch_table *t, struct event *e)
{
	retry_io_stop(&e->watcher.io);
	list_remove(&e->by_fd);
	note_change(t, fd_of(e));
}
