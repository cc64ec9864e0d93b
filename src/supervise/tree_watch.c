/*
 * Breadth first: directories near a root are watched before those deep below
 * another. A directory is watched before it is read, so that none below it is
 * missed.
 *
 *   pending     directories that are to be watched and read, oldest first
 *   watched     by the number of the watch; several roots may have one
 *
 * SPDX-License-Identifier: MIT
 */
#include "supervise/tree_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/change_counts.h"
#include "common/detached_thread.h"
#include "common/mem.h"
#include "supervise/tree_table.h"

enum {
	EVENTS = IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MODIFY |
		 IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR,
	BUFFER = 64 * 1024,
	STORM = 4096, /* bytes of events at once: more may wait */
	STORM_MS = 2, /* pause, so that they are counted once */
	ENTRIES_MAX = 4 * 1024 * 1024, /* of a directory that are read */
	PENDING_MAX = 2 * CHANGE_COUNTS_MAX,
	STACK = 512 * 1024,
};

struct tree_watch {
	struct tree_table table; /* the thread's own, with what follows */
	int inotify, wake;
	bool has_told;
	void (*on_limit)(void *arg, size_t index);
	void *arg;
	struct tree_pending *first, **last;
	size_t npending;

	pthread_mutex_t lock; /* of added */
	struct tree_pending *added;
};

/* ---- directories that are to be watched ---------------------------------- */

static void
tell_limit(struct tree_watch *t, const struct tree_root *root)
{
	if (!t->has_told)
		t->on_limit(t->arg, root->index);
	t->has_told = true;
}

static void
add_pending(struct tree_watch *t, struct tree_root *root, const char *path,
	const char *name)
{
	size_t len = strlen(path) + strlen(name) + 2;
	struct tree_pending *p;

	if (t->npending == PENDING_MAX) {
		tell_limit(t, root);
		return;
	}
	t->npending++;
	p = mem_alloc(sizeof(*p) + len);

	p->root = tree_root_ref(root);
	p->next = NULL;
	snprintf(p->path, len, "%s%s%s", path, *path == '\0' ? "" : "/", name);
	*t->last = p;
	t->last = &p->next;
}

/* Hidden files are not served; resolved.c. */
static bool
is_served(const char *path, const char *name)
{
	return name[0] != '.' ||
	       (*path == '\0' && strcmp(name, ".well-known") == 0);
}

static bool
is_directory(int fd, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static void
add_subdirectories(struct tree_watch *t, const struct tree_pending *p, DIR *d)
{
	struct dirent *e;

	for (size_t n = 0; n < ENTRIES_MAX && (e = readdir(d)) != NULL; n++)
		if (is_served(p->path, e->d_name) && is_directory(dirfd(d), e))
			add_pending(t, p->root, p->path, e->d_name);
}

/* Returns a descriptor, if it is a directory of a local file system. */
static int
open_pending(const struct tree_pending *p)
{
	char path[PATH_MAX];
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, fd;

	if (snprintf(path, sizeof(path), "%s/%s", p->root->path, p->path) >=
		(int)sizeof(path))
		return -1;
	fd = open(path, *p->path == '\0' ? flags : flags | O_NOFOLLOW);
	if (fd != -1 && !directory_is_local(fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Takes fd over. */
static void
watch_directory(struct tree_watch *t, struct tree_pending *p, int fd)
{
	char link[32];
	struct watched *w;
	DIR *d;
	int wd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	wd = t->table.count < CHANGE_COUNTS_MAX
		     ? inotify_add_watch(t->inotify, link, EVENTS)
		     : -1;
	w = wd == -1 ? NULL : tree_table_add(&t->table, wd, p);
	if (w == NULL) {
		tell_limit(t, p->root);
		close(fd);
		return;
	}
	tree_table_mark(&t->table, w);
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return;
	}
	add_subdirectories(t, p, d);
	closedir(d);
}

/* True if there are more. */
static bool
watch_next(struct tree_watch *t)
{
	struct tree_pending *p = t->first;
	int fd;

	if (p == NULL)
		return false;
	t->npending--;
	t->first = p->next;
	if (t->first == NULL)
		t->last = &t->first;
	fd = open_pending(p);
	if (fd != -1)
		watch_directory(t, p, fd);
	tree_root_unref(p->root);
	free(p);
	return t->first != NULL;
}

/* ---- events -------------------------------------------------------------- */

static void
drop_tree(struct tree_watch *t, const struct watched *w, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s%s", w->path,
		*w->path == '\0' ? "" : "/", name);
	tree_table_drop_tree(&t->table, w->root, path, t->inotify);
}

static void
handle_directory(
	struct tree_watch *t, struct watched *w, const struct inotify_event *e)
{
	tree_table_mark(&t->table, w);
	if (e->mask & (IN_MOVED_FROM | IN_DELETE))
		drop_tree(t, w, e->name);
	if ((e->mask & (IN_MOVED_TO | IN_CREATE)) &&
		is_served(w->path, e->name))
		add_pending(t, w->root, w->path, e->name);
	/* Permissions hold for all that is below. */
	if (e->mask & IN_ATTRIB)
		tree_table_mark_root(&t->table, w->root);
}

static void
handle_event(struct tree_watch *t, const struct inotify_event *e)
{
	struct watched *w;

	if (e->mask & IN_Q_OVERFLOW)
		tree_table_mark_root(&t->table, NULL);
	if (e->mask & IN_IGNORED)
		while ((w = tree_table_find(&t->table, e->wd)) != NULL)
			tree_table_drop(&t->table, w);
	/* A directory that is dropped meanwhile shifts the others. */
	for (unsigned n = 0; (w = tree_table_get(&t->table, e->wd, n)) != NULL;
		n++) {
		if (!(e->mask & IN_ISDIR) && e->len > 0)
			tree_table_note_file(&t->table, w, e->mask, e->name);
		else if (e->len > 0)
			handle_directory(t, w, e);
		else
			tree_table_mark_root(&t->table, w->root);
	}
}

static void
read_events(struct tree_watch *t)
{
	_Alignas(struct inotify_event) char buffer[BUFFER];
	ssize_t n = read(t->inotify, buffer, sizeof(buffer));
	const struct inotify_event *e;

	for (char *at = buffer; n > 0 && at < buffer + n;
		at += sizeof(*e) + e->len) {
		e = (const struct inotify_event *)at;
		handle_event(t, e);
	}
	tree_table_publish(&t->table);
	if (n > STORM)
		poll(NULL, 0, STORM_MS);
}

/* ---- the thread ---------------------------------------------------------- */

static void
take_added(struct tree_watch *t)
{
	struct tree_pending *p, *next;
	eventfd_t n;

	eventfd_read(t->wake, &n);
	pthread_mutex_lock(&t->lock);
	p = t->added;
	t->added = NULL;
	pthread_mutex_unlock(&t->lock);
	for (; p != NULL; p = next) {
		next = p->next;
		if (p->is_again)
			tree_table_drop_root(
				&t->table, p->root->index, t->inotify);
		add_pending(t, p->root, "", "");
		tree_root_unref(p->root);
		free(p);
	}
}

static void *
run_thread(void *arg)
{
	struct tree_watch *t = arg;
	struct pollfd fds[] = { { .fd = t->inotify, .events = POLLIN },
		{ .fd = t->wake, .events = POLLIN } };
	bool has_more = false;

	for (;;) {
		int wait = t->table.ndeferred > 0 ? WATCH_DEFER_MS : -1;

		if (poll(fds, 2, has_more ? 0 : wait) == -1 && errno != EINTR)
			return NULL;
		tree_table_mark_deferred(&t->table);
		if (fds[0].revents != 0)
			read_events(t);
		if (fds[1].revents != 0)
			take_added(t);
		has_more = watch_next(t);
		tree_table_publish(&t->table);
	}
}

struct tree_watch *
tree_watch_start(struct change_counts *counts,
	void (*on_limit)(void *arg, size_t index), void *arg)
{
	struct tree_watch *t;

	if (counts == NULL)
		return NULL;
	t = mem_calloc(1, sizeof(*t));
	tree_table_init(&t->table, counts);
	t->on_limit = on_limit;
	t->arg = arg;
	t->last = &t->first;
	pthread_mutex_init(&t->lock, NULL);
	t->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->inotify != -1 && t->wake != -1 &&
		detached_thread_start(STACK, run_thread, t) == 0)
		return t;
	close(t->inotify);
	close(t->wake);
	free(t);
	return NULL;
}

void
tree_watch_add(struct tree_watch *t, size_t index, const char *path,
	const struct directory_id *id, bool is_again)
{
	struct tree_pending *p;

	if (t == NULL)
		return;
	p = mem_alloc(sizeof(*p) + 1);
	p->path[0] = '\0';
	p->is_again = is_again;
	p->root = tree_root_new(index, path, change_counts_root(id));
	pthread_mutex_lock(&t->lock);
	p->next = t->added;
	t->added = p;
	pthread_mutex_unlock(&t->lock);
	eventfd_write(t->wake, 1);
}
