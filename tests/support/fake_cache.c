/*
 * One docroot in a temporary directory, and a cache over it.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_cache.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "file/docroot.h"
#include "file/file.h"

static const char *const index_names[] = { "index.html", "index.txt", NULL };

char dir[64];
struct conf_route route;
struct docroot docroot;
struct arena arena;
struct file_cache cache;
int64_t now_ms;
struct rlimit descriptors;

void
fake_cache_open(void)
{
	const struct media_types *types;

	snprintf(dir, sizeof(dir), "/tmp/check_file_cache.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	route = (struct conf_route){ .files.root = dir,
		.files.index = index_names };
	arena_init(&arena, 4096, 0);
	types = media_types_new(&arena, NULL);
	ck_assert_int_eq(docroot_open(&docroot, &route, types, 7, NULL), 0);
	file_cache_init(&cache, 1 << 20, LARGEST);
	now_ms = 123456;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
}

void
fake_cache_close(void)
{
	char command[128];

	setrlimit(RLIMIT_NOFILE, &descriptors);
	file_cache_fini(&cache);
	docroot_close(&docroot);
	arena_fini(&arena);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

const char *
path_of(const char *name)
{
	static char paths[2][256];
	static int turn;
	char *path = paths[turn++ & 1];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

void
write_content(const char *name, const char *content, size_t len)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	close(fd);
}

/* As if it were written right now, whenever the cache gets to look: its clock
 * goes ahead of ours. */
void
write_young(const char *name, const char *content, size_t len)
{
	struct timespec times[2];

	write_content(name, content, len);
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_nsec += 900000000;
	times[0].tv_sec += times[0].tv_nsec / 1000000000;
	times[0].tv_nsec %= 1000000000;
	times[1] = times[0];
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

void
set_modified(const char *name, time_t second)
{
	const struct timespec times[2] = { { second, 0 }, { second, 0 } };

	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

void
write_file(const char *name, const char *content)
{
	write_content(name, content, strlen(content));
	set_modified(name, 1000000);
}

void
write_sized(const char *name, size_t len)
{
	char *content = calloc(1, len);

	write_content(name, content, len);
	set_modified(name, 1000000);
	free(content);
}

void
make_directory(const char *name)
{
	ck_assert_int_eq(mkdir(path_of(name), 0755), 0);
}

int
get(const char *path, struct file **out)
{
	return file_cache_get(&cache, &docroot, span_of(path), now_ms, out);
}

struct file *
get_file(const char *path)
{
	struct file *f = NULL;

	ck_assert_int_eq(get(path, &f), 0);
	ck_assert_ptr_nonnull(f);
	return f;
}

int
get_status(const char *path)
{
	struct file *f = NULL;
	int status = get(path, &f);

	if (status == 0)
		file_unref(f);
	return status;
}

bool
has_content(const struct file *f, const char *content)
{
	struct span is = { f->reply + f->head_len,
		file_reply_len(f) - f->head_len };

	return span_is(is, span_of(content));
}

void
assert_content(const char *path, const char *content)
{
	struct file *f = get_file(path);

	ck_assert_msg(has_content(f, content), "%s is %.*s", path,
		(int)file_reply_len(f), f->reply);
	file_unref(f);
}

/* Is path answered from memory?  Asks after its file was taken away. */
bool
is_cached(const char *path)
{
	bool cached;

	ck_assert_int_eq(rename(path_of(path), path_of("away")), 0);
	cached = get_status(path) == 0;
	ck_assert_int_eq(rename(path_of("away"), path_of(path)), 0);
	return cached;
}

int
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}
