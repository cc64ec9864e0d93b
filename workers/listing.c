/*
 * Read, sorted, printed, and kept as a file is: so conditions, ranges and HEAD
 * are answered like those of a file.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "listing.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exchange.h"
#include "file.h"
#include "hash.h"
#include "headers.h"
#include "listing_text.h"
#include "site.h"
#include "worker.h"

enum {
	ENTRIES_MAX = 2000, /* bounds the time */
	MEMORIES = 8,
	KEEP_MS = 1000,
	ARENA_BLOCK = 64 * 1024,
};

/* What was asked for. */
struct wish {
	unsigned number; /* docroot */
	enum listing_sort sort;
	bool is_descending, is_json;
	struct span path; /* of the request */
};

struct listing_memory {
	struct file *file; /* NULL: none */
	struct wish wish;
	char *path;
	int64_t until;
};

void
listings_init(struct listings *l)
{
	l->memories = calloc(MEMORIES, sizeof(*l->memories));
	assert(l->memories != NULL);
}

static void
forget(struct listing_memory *m)
{
	file_unref(m->file);
	free(m->path);
	*m = (struct listing_memory){ 0 };
}

void
listings_fini(struct listings *l)
{
	for (int i = 0; i < MEMORIES; i++)
		forget(&l->memories[i]);
	free(l->memories);
	l->memories = NULL;
}

/* ---- reading ------------------------------------------------------------ */

struct reading {
	const struct root *root;
	struct span below; /* root; ends in '/' or is empty */
	int fd;
	struct arena arena;
	struct listing_entry *entries;
	size_t count, size;
	bool dotfiles;
	bool is_cut;
};

/* Links only where they stay below the root, as they would be served. */
static bool
look(struct reading *r, const char *name, struct stat *st)
{
	char path[PATH_MAX];
	int fd;

	if (fstatat(r->fd, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (S_ISLNK(st->st_mode)) {
		if (snprintf(path, sizeof(path), "%.*s%s", (int)r->below.len,
			    r->below.at, name) >= (int)sizeof(path))
			return false;
		fd = root_open_file(r->root, path, st);
		if (fd == -1)
			return false;
		close(fd);
	}
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

static void
add_entry(struct reading *r, const char *name, const struct stat *st)
{
	if (r->count == r->size) {
		r->size = r->size == 0 ? 256 : r->size * 2;
		r->entries =
			reallocarray(r->entries, r->size, sizeof(*r->entries));
		assert(r->entries != NULL);
	}
	r->entries[r->count++] = (struct listing_entry){
		.name = arena_strdup(&r->arena, name),
		.size = st->st_size,
		.modified = st->st_mtime,
		.is_directory = S_ISDIR(st->st_mode),
	};
}

static bool
is_left_out(const struct reading *r, const char *name)
{
	return name[0] == '.' &&
	       (!r->dotfiles || name[1] == '\0' || strcmp(name, "..") == 0);
}

/* Takes the descriptor over.  0, or -1 with errno. */
static int
read_entries(struct reading *r)
{
	DIR *d = fdopendir(r->fd);
	const struct dirent *found;
	struct stat st;

	if (d == NULL) {
		close(r->fd);
		return -1;
	}
	while ((found = readdir(d)) != NULL) {
		if (is_left_out(r, found->d_name))
			continue;
		r->is_cut = r->count == ENTRIES_MAX;
		if (r->is_cut)
			break;
		if (look(r, found->d_name, &st))
			add_entry(r, found->d_name, &st);
	}
	closedir(d);
	return 0;
}

/* ---- sorting ------------------------------------------------------------ */

/* Equal without regard to case: the bytes decide, so that the order is one. */
static int
compare_names(const struct listing_entry *a, const struct listing_entry *b)
{
	int order = strcasecmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->name, b->name);
}

/* Directories come first in any order. */
static int
compare(const void *left, const void *right, void *arg)
{
	const struct listing_entry *a = left, *b = right;
	const struct wish *wish = arg;
	int order = 0;

	if (a->is_directory != b->is_directory)
		return a->is_directory ? -1 : 1;
	if (wish->sort == LISTING_SIZE && !a->is_directory)
		order = (a->size > b->size) - (a->size < b->size);
	else if (wish->sort == LISTING_TIME)
		order = (a->modified > b->modified) -
			(a->modified < b->modified);
	if (order == 0)
		order = compare_names(a, b);
	return wish->is_descending ? -order : order;
}

/* ---- printing ----------------------------------------------------------- */

static struct file *
make_file(struct exchange *x, const struct wish *wish, const char *text,
	size_t len)
{
	const struct headers *h = &x->route->headers;
	bool is_negotiated = x->route->conf->listing == CONF_LISTING_ON;
	const struct file_traits traits = {
		.type = wish->is_json ? "application/json"
				      : "text/html; charset=utf-8",
		.cache_control = headers_removes(h, SPAN("Cache-Control"))
					 ? NULL
					 : "no-cache",
		.largest = INT64_MAX,
		.fields = h->lines,
		.is_nameless = headers_removes(h, SPAN("Server")),
		.vary = is_negotiated ? "Accept" : NULL,
	};
	/* A file in it may change and the directory not: it was modified now.
	 */
	const struct file now = { .identity.modified.tv_sec =
					  x->worker->second };

	return file_code(&now, &traits, text, len);
}

static struct file *
print(struct exchange *x, const struct wish *wish, const struct reading *r)
{
	const struct listing l = {
		.path = wish->path,
		.entries = r->entries,
		.count = r->count,
		.is_cut = r->is_cut,
		.sort = wish->sort,
		.is_descending = wish->is_descending,
	};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	struct file *f;

	assert(to != NULL);
	if (wish->is_json)
		listing_print_json(to, &l);
	else
		listing_print_html(to, &l);
	fclose(to);
	f = make_file(x, wish, text, len);
	free(text);
	return f;
}

static int
make(struct exchange *x, const struct wish *wish, struct span rest,
	struct file **out)
{
	struct reading r = { .root = &x->route->docroot.root,
		.dotfiles = x->route->conf->dotfiles,
		.below = rest };
	char path[PATH_MAX];
	struct stat st;

	if (rest.len >= sizeof(path))
		return 404;
	memcpy(path, rest.at, rest.len);
	path[rest.len] = '\0';
	r.fd = root_open_file(r.root, path, &st);
	if (r.fd == -1)
		return root_status(errno);
	if (!S_ISDIR(st.st_mode)) {
		close(r.fd);
		return 404;
	}
	arena_init(&r.arena, ARENA_BLOCK, 0);
	if (read_entries(&r) == 0) {
		if (r.count > 0)
			qsort_r(r.entries, r.count, sizeof(*r.entries), compare,
				(void *)wish);
		*out = print(x, wish, &r);
	}
	arena_fini(&r.arena);
	free(r.entries);
	return *out == NULL ? 500 : 0;
}

/* ---- what was asked for ------------------------------------------------- */

static bool
has_parameter(struct span query, const char *text)
{
	struct span wanted = span_of(text);
	const char *at = query.len == 0 ? "" : query.at;
	const char *end = at + query.len;

	while (at < end) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((and == NULL ? end : and) - at);

		if (span_is((struct span){ at, len }, wanted))
			return true;
		at += len + 1;
	}
	return false;
}

static bool
wants_json(const struct exchange *x)
{
	struct span accept = request_value(&x->request, FIELD_ACCEPT);

	return x->route->conf->listing == CONF_LISTING_JSON ||
	       (accept.at != NULL && memmem(accept.at, accept.len,
					     "application/json", 16) != NULL);
}

static struct wish
read_wish(const struct exchange *x)
{
	struct span query = x->request.query;
	struct wish wish = {
		.number = x->route->docroot.number,
		.is_descending = has_parameter(query, "order=desc"),
		.is_json = wants_json(x),
		.path = x->request.path,
	};

	if (has_parameter(query, "sort=size"))
		wish.sort = LISTING_SIZE;
	else if (has_parameter(query, "sort=time"))
		wish.sort = LISTING_TIME;
	return wish;
}

static bool
is_same(const struct wish *a, const struct wish *b)
{
	return a->number == b->number && a->sort == b->sort &&
	       a->is_descending == b->is_descending &&
	       a->is_json == b->is_json && span_is(a->path, b->path);
}

static void
keep(struct listing_memory *m, const struct wish *wish, struct file *f,
	int64_t now_ms)
{
	forget(m);
	m->file = file_ref(f);
	m->until = now_ms + KEEP_MS;
	m->wish = *wish;
	m->path = strndup(wish->path.at, wish->path.len);
	assert(m->path != NULL);
	m->wish.path.at = m->path;
}

int
listing_get(struct exchange *x, struct span rest, struct file **out)
{
	struct worker *w = x->worker;
	struct wish wish = read_wish(x);
	uint64_t hash = hash_bytes(wish.path.at, wish.path.len,
		wish.sort * 4u + wish.is_descending * 2u + wish.is_json);
	struct listing_memory *m = &w->listings.memories[hash % MEMORIES];
	int status;

	if (m->file != NULL && w->now_ms < m->until &&
		is_same(&m->wish, &wish)) {
		*out = file_ref(m->file);
		return 0;
	}
	status = make(x, &wish, rest, out);
	if (status == 0)
		keep(m, &wish, *out, w->now_ms);
	return status;
}
