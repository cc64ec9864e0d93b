/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/tree_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "common/change_counts.h"
#include "common/clock.h"
#include "common/mem.h"

enum { BUSY_MS = 2000 /* after the last write to a file that is not closed */ };

void
tree_table_init(struct tree_table *t, struct change_counts *counts)
{
	*t = (struct tree_table){ .counts = counts };
}

struct tree_root *
tree_root_new(size_t index, const char *path, uint64_t key)
{
	struct tree_root *r = mem_alloc(sizeof(*r) + strlen(path) + 1);

	r->refs = 1;
	r->index = index;
	r->key = key;
	strcpy(r->path, path);
	return r;
}

struct tree_root *
tree_root_ref(struct tree_root *r)
{
	r->refs++;
	return r;
}

void
tree_root_unref(struct tree_root *r)
{
	if (--r->refs == 0)
		free(r);
}

/* ---- adding and finding -------------------------------------------------- */

static struct watched **
bucket_of(struct tree_table *t, int wd)
{
	return &t->buckets[(unsigned)wd % WATCH_BUCKETS];
}

static struct watched *
skip_others(struct watched *w, int wd)
{
	while (w != NULL && w->wd != wd)
		w = w->next;
	return w;
}

struct watched *
tree_table_find(struct tree_table *t, int wd)
{
	return skip_others(*bucket_of(t, wd), wd);
}

struct watched *
tree_table_get(struct tree_table *t, int wd, unsigned n)
{
	struct watched *w = tree_table_find(t, wd);

	while (w != NULL && n-- > 0)
		w = skip_others(w->next, wd);
	return w;
}

/* Returns the entry of a directory that was added before, or NULL. */
static struct watched *
find_path(struct tree_table *t, int wd, const struct tree_pending *p)
{
	struct watched *w = tree_table_find(t, wd);

	while (w != NULL && (w->root != p->root || strcmp(w->path, p->path)))
		w = skip_others(w->next, wd);
	return w;
}

/* Until now, the word of the directory above stood for this one, too; or for a
 * root, that of all that is not watched. */
static void
touch_former_word(struct tree_table *t, const struct watched *w)
{
	const char *slash = strrchr(w->path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - w->path);

	if (*w->path == '\0')
		change_counts_touch_unwatched(t->counts);
	else
		change_counts_touch(
			t->counts, change_counts_key(w->root->key,
					   (struct span){ w->path, len }));
}

struct watched *
tree_table_add(struct tree_table *t, int wd, const struct tree_pending *p)
{
	struct span path = span_of(p->path);
	struct watched *w = find_path(t, wd, p);
	struct change_slot *slot;

	if (w != NULL)
		return w;
	slot = change_counts_add(
		t->counts, change_counts_key(p->root->key, path));
	if (slot == NULL)
		return NULL;
	w = mem_calloc(1, sizeof(*w) + path.len + 1);
	w->wd = wd;
	w->root = tree_root_ref(p->root);
	w->slot = slot;
	memcpy(w->path, path.at, path.len);
	touch_former_word(t, w);
	w->next = *bucket_of(t, wd);
	*bucket_of(t, wd) = w;
	t->count++;
	return w;
}

/* ---- ending watches ------------------------------------------------------ */

static void
unmark_directory(struct tree_table *t, struct watched *w)
{
	struct watched **at = &t->marked;

	if (!w->is_marked)
		return;
	while (*at != w)
		at = &(*at)->next_marked;
	*at = w->next_marked;
}

void
tree_table_drop(struct tree_table *t, struct watched *w)
{
	struct watched **at = bucket_of(t, w->wd);

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	t->count--;
	unmark_directory(t, w);
	t->ndeferred -= w->is_deferred;
	change_counts_remove(w->slot);
	tree_root_unref(w->root);
	free(w);
}

/* The watch itself ends with the last directory that has it. */
static void
end_watch(struct tree_table *t, struct watched *w, int inotify)
{
	int wd = w->wd;

	tree_table_drop(t, w);
	if (tree_table_find(t, wd) == NULL)
		inotify_rm_watch(inotify, wd);
}

static bool
is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/');
}

void
tree_table_drop_tree(struct tree_table *t, const struct tree_root *root,
	const char *path, int inotify)
{
	struct watched *next;

	for (size_t i = 0; i < WATCH_BUCKETS; i++)
		for (struct watched *w = t->buckets[i]; w != NULL; w = next) {
			next = w->next;
			if (w->root == root && is_below(w->path, path))
				end_watch(t, w, inotify);
		}
}

void
tree_table_drop_root(struct tree_table *t, size_t index, int inotify)
{
	struct watched *next;

	for (size_t i = 0; i < WATCH_BUCKETS; i++)
		for (struct watched *w = t->buckets[i]; w != NULL; w = next) {
			next = w->next;
			if (w->root->index == index)
				end_watch(t, w, inotify);
		}
}

/* ---- changes ------------------------------------------------------------- */

void
tree_table_mark(struct tree_table *t, struct watched *w)
{
	if (w->is_marked)
		return;
	w->is_marked = true;
	w->next_marked = t->marked;
	t->marked = w;
}

void
tree_table_mark_root(struct tree_table *t, const struct tree_root *root)
{
	for (size_t i = 0; i < WATCH_BUCKETS; i++)
		for (struct watched *w = t->buckets[i]; w != NULL; w = w->next)
			if (root == NULL || w->root == root)
				tree_table_mark(t, w);
}

static uint32_t
hash_name(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash == 0 ? 1 : hash;
}

static void
note_writer(struct watched *w, uint32_t mask, const char *name, int64_t now)
{
	uint32_t hash = hash_name(name);
	bool is_busy = now < w->busy_until;

	if (mask & (IN_CLOSE_WRITE | IN_MOVED_FROM | IN_DELETE)) {
		if (w->writing == hash)
			w->busy_until = 0;
	} else if (mask & (IN_CREATE | IN_MODIFY)) {
		w->writing = !is_busy || w->writing == hash ? hash : 0;
		w->busy_until = now + BUSY_MS;
	}
}

void
tree_table_note_file(struct tree_table *t, struct watched *w, uint32_t mask,
	const char *name)
{
	int64_t now = clock_now_ms();

	note_writer(w, mask, name, now);
	if (mask & IN_MODIFY && now - w->marked_at < WATCH_DEFER_MS) {
		t->ndeferred += !w->is_deferred;
		w->is_deferred = true;
		return;
	}
	if (mask & IN_MODIFY)
		w->marked_at = now;
	tree_table_mark(t, w);
}

static void
mark_if_due(struct tree_table *t, struct watched *w, int64_t now)
{
	if (!w->is_deferred || now - w->marked_at < WATCH_DEFER_MS)
		return;
	w->is_deferred = false;
	t->ndeferred--;
	w->marked_at = now;
	tree_table_mark(t, w);
}

void
tree_table_mark_deferred(struct tree_table *t)
{
	int64_t now;

	if (t->ndeferred == 0)
		return;
	now = clock_now_ms();
	for (size_t i = 0; i < WATCH_BUCKETS; i++)
		for (struct watched *w = t->buckets[i]; w != NULL; w = w->next)
			mark_if_due(t, w, now);
}

void
tree_table_publish(struct tree_table *t)
{
	struct watched *w = t->marked;
	int64_t now;

	if (w == NULL)
		return;
	now = clock_now_ms();
	for (; w != NULL; w = w->next_marked) {
		w->is_marked = false;
		change_counts_bump(w->slot, now >= w->busy_until);
	}
	t->marked = NULL;
}
