/*
 * What a path gives, and for how long.  The clock is an argument, so that a
 * second passes at once.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "file_cache.h"

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
#include "docroot.h"
#include "file.h"

enum { LARGEST = 4096, LOOK_MS = 1000, YOUNG_MS = 50 };

static const char *const index_names[] = { "index.html", "index.txt", NULL };

static char dir[64];
static struct conf_route route;
static struct docroot docroot;
static struct arena arena;
static struct file_cache cache;
static int64_t now_ms;
static struct rlimit descriptors;

static void
set_up(void)
{
	const struct media_types *types;

	snprintf(dir, sizeof(dir), "/tmp/check_file_cache.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	route = (struct conf_route){ .root = dir, .index = index_names };
	arena_init(&arena, 4096, 0);
	types = media_types_new(&arena, NULL);
	ck_assert_int_eq(docroot_open(&docroot, &route, types, 7), 0);
	file_cache_init(&cache, 1 << 20, LARGEST);
	now_ms = 123456;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
}

static void
tear_down(void)
{
	char command[128];

	setrlimit(RLIMIT_NOFILE, &descriptors);
	file_cache_fini(&cache);
	docroot_close(&docroot);
	arena_fini(&arena);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *
path_of(const char *name)
{
	static char paths[2][256];
	static int turn;
	char *path = paths[turn++ & 1];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void
write_content(const char *name, const char *content, size_t len)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	close(fd);
}

/* As if it were written right now, whenever the cache gets to look: its clock
 * goes ahead of ours. */
static void
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

static void
set_modified(const char *name, time_t second)
{
	const struct timespec times[2] = { { second, 0 }, { second, 0 } };

	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

static void
write_file(const char *name, const char *content)
{
	write_content(name, content, strlen(content));
	set_modified(name, 1000000);
}

static void
write_sized(const char *name, size_t len)
{
	char *content = calloc(1, len);

	write_content(name, content, len);
	set_modified(name, 1000000);
	free(content);
}

static void
make_directory(const char *name)
{
	ck_assert_int_eq(mkdir(path_of(name), 0755), 0);
}

static int
get(const char *path, struct file **out)
{
	return file_cache_get(&cache, &docroot, span_of(path), now_ms, out);
}

static struct file *
get_file(const char *path)
{
	struct file *f = NULL;

	ck_assert_int_eq(get(path, &f), 0);
	ck_assert_ptr_nonnull(f);
	return f;
}

static int
get_status(const char *path)
{
	struct file *f = NULL;
	int status = get(path, &f);

	if (status == 0)
		file_unref(f);
	return status;
}

static bool
has_content(const struct file *f, const char *content)
{
	struct span is = { f->reply + f->head_len, f->reply_len - f->head_len };

	return span_is(is, span_of(content));
}

static void
assert_content(const char *path, const char *content)
{
	struct file *f = get_file(path);

	ck_assert_msg(has_content(f, content), "%s is %.*s", path,
		(int)f->reply_len, f->reply);
	file_unref(f);
}

/* Is path answered from memory?  Asks after its file was taken away. */
static bool
is_cached(const char *path)
{
	bool cached;

	ck_assert_int_eq(rename(path_of(path), path_of("away")), 0);
	cached = get_status(path) == 0;
	ck_assert_int_eq(rename(path_of("away"), path_of(path)), 0);
	return cached;
}

static int
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

START_TEST(a_hit_is_the_same_file)
{
	struct file *first, *second;

	write_file("a.html", "one");
	first = get_file("a.html");
	second = get_file("a.html");
	ck_assert_ptr_eq(first, second);
	ck_assert_uint_eq(first->refs, 3);
	ck_assert_str_eq(first->type, "text/html; charset=utf-8");
	file_unref(first);
	file_unref(second);
}
END_TEST

START_TEST(a_docroot_has_paths_of_its_own)
{
	struct docroot other = docroot;
	struct file *a, *b;

	other.number++;
	write_file("a", "one");
	a = get_file("a");
	ck_assert_int_eq(
		file_cache_get(&cache, &other, SPAN("a"), now_ms, &b), 0);
	ck_assert_ptr_ne(a, b);
	file_unref(a);
	file_unref(b);
}
END_TEST

START_TEST(a_file_that_stayed_is_kept)
{
	struct file *first, *second;

	write_file("a", "one");
	first = get_file("a");
	now_ms += LOOK_MS;
	second = get_file("a");
	ck_assert_ptr_eq(first, second);
	file_unref(first);
	file_unref(second);
}
END_TEST

static void
replace_by_rename(void)
{
	write_file("b", "two");
	ck_assert_int_eq(rename(path_of("b"), path_of("a")), 0);
}

static void
rewrite(void)
{
	write_file("a", "two");
}

static void
append_and_cut(void)
{
	write_file("a", "twofold");
	ck_assert_int_eq(truncate(path_of("a"), 3), 0);
	set_modified("a", 1000000);
}

static void
put_a_link(void)
{
	write_file("b", "two");
	ck_assert_int_eq(unlink(path_of("a")), 0);
	ck_assert_int_eq(symlink("b", path_of("a")), 0);
}

/* All of them leave the same size and the same modification time. */
static void (*const changes[])(void) = {
	replace_by_rename,
	rewrite,
	append_and_cut,
	put_a_link,
};

START_TEST(a_change_is_seen_after_a_second)
{
	struct file *old, *new;

	write_file("a", "one");
	old = get_file("a");
	changes[_i]();
	now_ms += LOOK_MS - 1;
	assert_content("a", "one");
	now_ms++;
	new = get_file("a");
	ck_assert(has_content(new, "two"));
	ck_assert(!span_is(old->etag, new->etag));
	ck_assert(has_content(old, "one"));
	ck_assert_uint_eq(old->refs, 1);
	file_unref(old);
	file_unref(new);
}
END_TEST

START_TEST(another_time_alone_keeps_the_tag)
{
	struct file *old, *new;

	write_file("a", "one");
	old = get_file("a");
	set_modified("a", 2000000);
	now_ms += LOOK_MS;
	new = get_file("a");
	ck_assert_ptr_ne(old, new);
	ck_assert(span_is(old->etag, new->etag));
	ck_assert_int_eq(new->modified, 2000000);
	file_unref(old);
	file_unref(new);
}
END_TEST

START_TEST(a_deleted_file_is_404_after_a_second)
{
	write_file("a", "one");
	assert_content("a", "one");
	unlink(path_of("a"));
	assert_content("a", "one");
	now_ms += LOOK_MS;
	ck_assert_int_eq(get_status("a"), 404);
}
END_TEST

START_TEST(a_new_file_is_seen_after_a_second)
{
	ck_assert_int_eq(get_status("a"), 404);
	write_file("a", "one");
	now_ms += LOOK_MS - 1;
	ck_assert_int_eq(get_status("a"), 404);
	now_ms++;
	assert_content("a", "one");
}
END_TEST

START_TEST(a_young_file_is_read_for_each_request)
{
	struct file *first, *second;

	write_young("a", "one", 3);
	first = get_file("a");
	second = get_file("a");
	ck_assert_ptr_ne(first, second);
	ck_assert_uint_eq(first->refs, 1);
	file_unref(first);
	file_unref(second);
	set_modified("a", 1000000);
	first = get_file("a");
	ck_assert_uint_eq(first->refs, 2);
	file_unref(first);
}
END_TEST

START_TEST(a_file_in_the_making_waits_behind_the_old_one)
{
	write_file("a", "one");
	assert_content("a", "one");
	write_young("a", "t", 1);
	now_ms += LOOK_MS;
	assert_content("a", "one");
	write_file("a", "two");
	now_ms += YOUNG_MS - 1;
	assert_content("a", "one");
	now_ms++;
	assert_content("a", "two");
}
END_TEST

START_TEST(a_file_that_is_always_young_does_not_wait_for_ever)
{
	int waits = 0;
	struct file *f;

	write_file("a", "one");
	assert_content("a", "one");
	now_ms += LOOK_MS;
	for (;;) {
		write_young("a", "two", 3);
		f = get_file("a");
		if (has_content(f, "two"))
			break;
		file_unref(f);
		now_ms += YOUNG_MS;
		ck_assert_int_lt(waits++, 100);
	}
	ck_assert_int_gt(waits, 1);
	ck_assert_uint_eq(f->refs, 1);
	file_unref(f);
}
END_TEST

struct row {
	const char *path;
	int status;
};

/* In a directory as make_tree() leaves it. */
static const struct row rows[] = {
	{ "", 0 },
	{ "file.html", 0 },
	{ "file.html/", 404 },
	{ "file.html/x", 404 },
	{ "missing", 404 },
	{ "missing/", 404 },
	{ "with", 301 },
	{ "with/", 0 },
	{ "without", 301 },
	{ "without/", 403 },
	{ "odd/", 0 },
	{ ".hidden", 404 },
	{ "with/.hidden", 404 },
	{ ".well-known", 301 },
	{ ".well-known/x", 0 },
	{ ".well-known/.hidden", 404 },
	{ ".well-known-too", 404 },
	{ "with/.well-known/x", 404 },
	{ "with/..", 404 },
	{ "with/../file.html", 404 },
	{ "..", 404 },
	{ "file.", 404 },
	{ "fifo", 403 },
};

static void
make_tree(void)
{
	write_file("index.html", "home");
	write_file("file.html", "file");
	make_directory("with");
	write_file("with/index.txt", "second name");
	write_file("with/.hidden", "x");
	make_directory("without");
	make_directory("odd");
	make_directory("odd/index.html"); /* is passed over */
	write_file("odd/index.txt", "x");
	write_file(".hidden", "x");
	write_file(".well-known-too", "x");
	make_directory(".well-known");
	write_file(".well-known/x", "x");
	write_file(".well-known/.hidden", "x");
	make_directory("with/.well-known");
	write_file("with/.well-known/x", "x");
	ck_assert_int_eq(mkfifo(path_of("fifo"), 0644), 0);
}

START_TEST(a_path_has_its_status)
{
	const struct row *row = &rows[_i];

	make_tree();
	ck_assert_msg(get_status(row->path) == row->status, "%s", row->path);
	/* And again, from memory. */
	ck_assert_msg(get_status(row->path) == row->status, "%s", row->path);
}
END_TEST

START_TEST(an_index_gives_its_own_type)
{
	struct file *f;

	make_tree();
	f = get_file("");
	ck_assert_str_eq(f->type, "text/html; charset=utf-8");
	file_unref(f);
	assert_content("with/", "second name");
	write_file("with/index.html", "first name");
	now_ms += LOOK_MS;
	assert_content("with/", "first name");
}
END_TEST

START_TEST(a_nul_is_404)
{
	struct file *f;

	write_file("a", "one");
	ck_assert_int_eq(
		file_cache_get(&cache, &docroot, SPAN("a\0b"), now_ms, &f),
		404);
}
END_TEST

START_TEST(a_path_without_end_is_404)
{
	static char path[10000];

	memset(path, 'a', sizeof(path) - 1);
	ck_assert_int_eq(get_status(path), 404);
}
END_TEST

START_TEST(an_unreadable_file_is_403)
{
	uid_t uid = geteuid();

	write_file("a", "one");
	ck_assert_int_eq(chmod(path_of("a"), 0), 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	if (uid == 0) /* may read anything */
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(get_status("a"), 403);
	ck_assert_int_eq(seteuid(uid), 0);
}
END_TEST

START_TEST(the_least_recently_used_goes_first)
{
	file_cache_fini(&cache);
	file_cache_init(&cache, 8192, LARGEST);
	write_sized("a", 2000);
	write_sized("b", 2000);
	write_sized("c", 2000);
	write_sized("d", 2000);
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert_int_eq(get_status("b"), 0);
	ck_assert_int_eq(get_status("c"), 0);
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert_int_eq(get_status("d"), 0);
	ck_assert(is_cached("a"));
	ck_assert(is_cached("c"));
	ck_assert(is_cached("d"));
	ck_assert(!is_cached("b"));
}
END_TEST

START_TEST(a_file_in_flight_survives_its_eviction)
{
	struct file *f;
	char name[16];

	file_cache_fini(&cache);
	file_cache_init(&cache, 8192, LARGEST);
	write_file("a", "one");
	f = get_file("a");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		write_sized(name, 2000);
		ck_assert_int_eq(get_status(name), 0);
	}
	ck_assert_uint_eq(f->refs, 1);
	ck_assert(has_content(f, "one"));
	file_unref(f);
}
END_TEST

START_TEST(misses_do_not_push_files_out)
{
	char name[32];

	write_file("a", "one");
	assert_content("a", "one");
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "missing%d", i);
		ck_assert_int_eq(get_status(name), 404);
	}
	ck_assert_uint_eq(cache.lists[FILE_CACHE_MISSING].used,
		cache.lists[FILE_CACHE_MISSING].limit);
	ck_assert(is_cached("a"));
}
END_TEST

START_TEST(a_large_file_is_a_descriptor)
{
	struct file *f;

	write_sized("small", LARGEST);
	write_sized("large", LARGEST + 1);
	f = get_file("small");
	ck_assert_int_eq(f->fd, -1);
	file_unref(f);
	f = get_file("large");
	ck_assert_int_ne(f->fd, -1);
	ck_assert_uint_eq(f->refs, 2);
	file_unref(f);
	ck_assert(is_cached("large"));
}
END_TEST

START_TEST(no_descriptor_is_left_open)
{
	int before = open_descriptors();

	make_tree();
	write_sized("large", LARGEST + 1);
	for (int round = 0; round < 3; round++, now_ms += LOOK_MS) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			get_status(rows[i].path);
		ck_assert_int_eq(get_status("large"), 0);
		ck_assert_int_eq(open_descriptors(), before + 1);
	}
	file_cache_fini(&cache);
	ck_assert_int_eq(open_descriptors(), before);
	file_cache_init(&cache, 0, 0);
}
END_TEST

/* With no descriptor left but n. */
static void
leave_descriptors(int n)
{
	struct rlimit limit = descriptors;
	int fd = dup(0);

	ck_assert_int_ne(fd, -1);
	close(fd);
	limit.rlim_cur = (rlim_t)(fd + n);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(idle_descriptors_make_room_for_new_ones)
{
	write_sized("a", LARGEST + 1);
	write_sized("b", LARGEST + 1);
	leave_descriptors(1);
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert_int_eq(get_status("b"), 0);
}
END_TEST

START_TEST(without_descriptors_it_is_503_for_what_is_not_known)
{
	struct file *f;

	write_sized("a", LARGEST + 1);
	write_file("b", "one");
	write_file("c", "one");
	assert_content("b", "one");
	leave_descriptors(1);
	f = get_file("a");
	ck_assert_int_eq(get_status("c"), 503);
	now_ms += LOOK_MS;
	assert_content("b", "one");
	ck_assert_int_eq(get_status("a"), 0);
	file_unref(f);
	ck_assert_int_eq(get_status("c"), 0);
}
END_TEST

/* sysfs tells a page as the size of every file. */
START_TEST(a_file_shorter_than_it_says_is_500_and_not_kept)
{
	struct conf_route sys = { .root = "/sys/kernel" };
	struct docroot d;
	struct file *f;

	if (access("/sys/kernel/uevent_seqnum", R_OK) == -1)
		return;
	ck_assert_int_eq(docroot_open(&d, &sys, docroot.types, 8), 0);
	ck_assert_int_eq(
		file_cache_get(&cache, &d, SPAN("uevent_seqnum"), now_ms, &f),
		500);
	ck_assert_uint_eq(cache.lists[FILE_CACHE_MISSING].used, 0);
	docroot_close(&d);
}
END_TEST

START_TEST(a_cache_of_nothing_serves_all_the_same)
{
	struct file *f;

	file_cache_fini(&cache);
	file_cache_init(&cache, 0, LARGEST);
	write_file("a", "one");
	write_file("empty", "");
	f = get_file("a");
	ck_assert_int_ne(f->fd, -1);
	file_unref(f);
	assert_content("empty", "");
}
END_TEST

START_TEST(the_cache_control_of_the_route_is_told)
{
	struct file *f;

	route.cache_control = "max-age=60";
	write_file("a", "one");
	f = get_file("a");
	ck_assert_ptr_nonnull(memmem(f->validators.at, f->validators.len,
		"\r\nCache-Control: max-age=60\r\n", 29));
	file_unref(f);
}
END_TEST

/* ---- codings --------------------------------------------------------------
 */

static void
write_text(const char *name)
{
	char content[2001];

	memset(content, 'a', sizeof(content) - 1);
	content[sizeof(content) - 1] = '\0';
	write_file(name, content);
}

static bool
says(const struct file *f, const char *line)
{
	return memmem(f->reply, f->head_len, line, strlen(line)) != NULL;
}

START_TEST(a_coding_is_made_once)
{
	struct file *f, *first, *second;
	size_t used;

	docroot.codings = 1u << CODING_GZIP;
	write_text("a.txt");
	f = get_file("a.txt");
	used = cache.lists[FILE_CACHE_MEMORY].used;
	first = file_cache_code(&cache, &docroot, f, CODING_GZIP);
	second = file_cache_code(&cache, &docroot, f, CODING_GZIP);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_eq(first, second);
	ck_assert_int_lt(first->size, f->size);
	ck_assert(!span_is(first->etag, f->etag));
	ck_assert(says(first, "\r\nContent-Encoding: gzip\r\n"));
	ck_assert(says(first, "\r\nVary: Accept-Encoding\r\n"));
	ck_assert(says(f, "\r\nVary: Accept-Encoding\r\n"));
	ck_assert_uint_ge(
		cache.lists[FILE_CACHE_MEMORY].used, used + first->reply_len);
	file_unref(first);
	file_unref(second);
	file_unref(f);
}
END_TEST

START_TEST(a_coding_that_saves_nothing_is_not_kept)
{
	char bytes[600];
	unsigned x = 1;
	struct file *f;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)((x = x * 1103515245u + 12345u) >> 16);
	docroot.codings = 1u << CODING_GZIP;
	write_content("a.txt", bytes, sizeof(bytes));
	set_modified("a.txt", 1000000);
	f = get_file("a.txt");
	ck_assert_uint_eq(f->codings, 1u << CODING_GZIP);
	ck_assert_ptr_null(file_cache_code(&cache, &docroot, f, CODING_GZIP));
	ck_assert_uint_eq(f->codings, 0);
	file_unref(f);
}
END_TEST

START_TEST(a_file_that_is_not_kept_is_not_coded)
{
	char text[1000];
	struct file *f;

	memset(text, 'a', sizeof(text));
	docroot.codings = 1u << CODING_GZIP;
	write_young("a.txt", text, sizeof(text));
	f = get_file("a.txt");
	ck_assert_ptr_null(f->entry);
	ck_assert_ptr_null(file_cache_code(&cache, &docroot, f, CODING_GZIP));
	file_unref(f);
}
END_TEST

START_TEST(codings_push_out_what_was_used_least)
{
	struct file *f, *coded;

	docroot.codings = 1u << CODING_GZIP;
	write_text("a.txt");
	write_text("b.txt");
	ck_assert_int_eq(get_status("b.txt"), 0);
	f = get_file("a.txt");
	cache.lists[FILE_CACHE_MEMORY].limit =
		cache.lists[FILE_CACHE_MEMORY].used;
	coded = file_cache_code(&cache, &docroot, f, CODING_GZIP);
	ck_assert_ptr_nonnull(coded);
	ck_assert(!is_cached("b.txt"));
	ck_assert(is_cached("a.txt"));
	file_unref(coded);
	file_unref(f);
}
END_TEST

static const struct {
	const char *name;
	time_t modified;
	const char *content;
	bool is_used;
} sidecars[] = {
	{ "a.txt.br", 1000000, "br", true },
	{ "a.txt.br", 1000001, "br", true },
	{ "a.txt.br", 999999, "br", false },
	{ "a.txt.br", 1000001, "", false },
	{ "a.txt.bz2", 1000001, "bz2", false },
	{ "a.br", 1000001, "br", false },
};

START_TEST(a_sidecar_is_a_coding_unless_it_is_older)
{
	struct file *f, *coded;

	route.precompressed = true;
	write_text("a.txt");
	write_file(sidecars[_i].name, sidecars[_i].content);
	set_modified(sidecars[_i].name, sidecars[_i].modified);
	f = get_file("a.txt");
	ck_assert_uint_eq(
		f->codings, sidecars[_i].is_used ? 1u << CODING_BR : 0);
	ck_assert_int_eq(says(f, "\r\nVary: "), sidecars[_i].is_used);
	coded = file_cache_code(&cache, &docroot, f, CODING_BR);
	ck_assert_int_eq(coded != NULL, sidecars[_i].is_used);
	if (coded != NULL) {
		ck_assert(has_content(coded, "br"));
		ck_assert(says(coded, "\r\nContent-Encoding: br\r\n"));
		ck_assert(says(coded, "\r\nContent-Type: text/plain"));
	}
	file_unref(coded);
	file_unref(f);
}
END_TEST

START_TEST(a_sidecar_by_its_name_is_a_file_like_any_other)
{
	struct file *f;

	route.precompressed = true;
	write_text("a.gz");
	write_text("a.gz.gz");
	f = get_file("a.gz");
	ck_assert_uint_eq(f->codings, 0);
	ck_assert(!says(f, "Content-Encoding"));
	file_unref(f);
}
END_TEST

static unsigned
codings_of(const char *path)
{
	struct file *f = get_file(path);
	unsigned codings = f->codings;

	file_unref(f);
	return codings;
}

START_TEST(sidecars_come_and_go)
{
	route.precompressed = true;
	write_text("a.txt");
	ck_assert_uint_eq(codings_of("a.txt"), 0);
	write_file("a.txt.gz", "gz");
	ck_assert_uint_eq(codings_of("a.txt"), 0);
	now_ms += LOOK_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_int_eq(unlink(path_of("a.txt.gz")), 0);
	now_ms += LOOK_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 0);
}
END_TEST

START_TEST(a_large_file_has_descriptors_of_its_sidecars)
{
	int before = open_descriptors();

	route.precompressed = true;
	write_sized("a.txt", LARGEST + 1);
	write_file("a.txt.gz", "gz");
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_uint_eq(cache.lists[FILE_CACHE_DISK].used, 2);
	ck_assert_int_eq(open_descriptors(), before + 2);
	now_ms += LOOK_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_int_eq(open_descriptors(), before + 2);
}
END_TEST

static void
add_coding_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_coding_is_made_once);
	tcase_add_test(tc, a_coding_that_saves_nothing_is_not_kept);
	tcase_add_test(tc, a_file_that_is_not_kept_is_not_coded);
	tcase_add_test(tc, codings_push_out_what_was_used_least);
	tcase_add_loop_test(tc, a_sidecar_is_a_coding_unless_it_is_older, 0,
		sizeof(sidecars) / sizeof(*sidecars));
	tcase_add_test(tc, a_sidecar_by_its_name_is_a_file_like_any_other);
	tcase_add_test(tc, sidecars_come_and_go);
	tcase_add_test(tc, a_large_file_has_descriptors_of_its_sidecars);
}

static void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_hit_is_the_same_file);
	tcase_add_test(tc, a_docroot_has_paths_of_its_own);
	tcase_add_test(tc, a_file_that_stayed_is_kept);
	tcase_add_loop_test(tc, a_change_is_seen_after_a_second, 0,
		sizeof(changes) / sizeof(*changes));
	tcase_add_test(tc, another_time_alone_keeps_the_tag);
	tcase_add_test(tc, a_deleted_file_is_404_after_a_second);
	tcase_add_test(tc, a_new_file_is_seen_after_a_second);
	tcase_add_test(tc, a_young_file_is_read_for_each_request);
	tcase_add_test(tc, a_file_in_the_making_waits_behind_the_old_one);
	tcase_add_test(tc, a_file_that_is_always_young_does_not_wait_for_ever);
	tcase_add_loop_test(
		tc, a_path_has_its_status, 0, sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, an_index_gives_its_own_type);
	tcase_add_test(tc, a_nul_is_404);
	tcase_add_test(tc, a_path_without_end_is_404);
	tcase_add_test(tc, an_unreadable_file_is_403);
	tcase_add_test(tc, the_least_recently_used_goes_first);
	tcase_add_test(tc, a_file_in_flight_survives_its_eviction);
	tcase_add_test(tc, misses_do_not_push_files_out);
	tcase_add_test(tc, a_large_file_is_a_descriptor);
	tcase_add_test(tc, no_descriptor_is_left_open);
	tcase_add_test(tc, idle_descriptors_make_room_for_new_ones);
	tcase_add_test(tc, without_descriptors_it_is_503_for_what_is_not_known);
	tcase_add_test(tc, a_file_shorter_than_it_says_is_500_and_not_kept);
	tcase_add_test(tc, a_cache_of_nothing_serves_all_the_same);
	tcase_add_test(tc, the_cache_control_of_the_route_is_told);
}

int
main(void)
{
	Suite *suite = suite_create("file_cache");
	TCase *tc = tcase_create("file_cache");
	TCase *codings = tcase_create("codings");
	SRunner *runner;
	int failed;

	add_tests(tc);
	suite_add_tcase(suite, tc);
	add_coding_tests(codings);
	suite_add_tcase(suite, codings);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
