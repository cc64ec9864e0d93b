/*
 * What a path gives, and which entry leaves when there is no room.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_cache.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"

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
	now_ms += PROBE_MS;
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
	for (int round = 0; round < 3; round++, now_ms += PROBE_MS) {
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

/* Its own descriptor makes no room while the file is compared. */
START_TEST(a_file_is_kept_while_it_is_looked_at)
{
	write_sized("a", LARGEST + 1);
	write_sized("b", LARGEST + 1);
	ck_assert_int_eq(get_status("a"), 0);
	if (_i == 1)
		ck_assert_int_eq(get_status("b"), 0);
	leave_descriptors(0);
	now_ms += PROBE_MS;
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert_uint_eq(cache.lists[FILE_CACHE_DISK].used, 1);
}
END_TEST

static void
write_mapped(void)
{
	enum { MAPPED = 64 * 1024 };

	file_cache_fini(&cache);
	file_cache_init(&cache, 5 * MAPPED / 2, MAPPED);
	write_sized("a", MAPPED);
	write_sized("b", MAPPED);
	write_sized("c", MAPPED);
	write_sized("large", MAPPED + 1);
}

START_TEST(what_sendfile_takes_from_memory_counts)
{
	write_mapped();
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert_int_eq(get_status("b"), 0);
	ck_assert_int_eq(get_status("c"), 0);
	ck_assert_int_eq(get_status("c"), 0);
	ck_assert(!is_cached("a"));
	ck_assert(is_cached("b"));
}
END_TEST

START_TEST(its_descriptors_make_room_for_others)
{
	int held;

	write_mapped();
	ck_assert_int_eq(get_status("a"), 0);
	held = dup(0); /* that was the file's */
	leave_descriptors(0);
	ck_assert_int_eq(get_status("large"), 0);
	ck_assert(!is_cached("a"));
	close(held);
}
END_TEST

/* Of files in memory with a descriptor, and of files on disk. */
static const struct {
	size_t size;
	int64_t largest;
} kinds[] = {
	{ 64 * 1024, 64 * 1024 },
	{ LARGEST + 1, LARGEST },
};

START_TEST(descriptors_are_bounded)
{
	enum { MOST = 12, FILES = 40 };
	char name[16];
	int before;

	file_cache_fini(&cache);
	before = open_descriptors();
	file_cache_init(&cache, 64 << 20, kinds[_i].largest);
	ck_assert_uint_gt(file_cache_descriptors(&cache), MOST);
	file_cache_bound_descriptors(&cache, MOST);
	ck_assert_uint_le(file_cache_descriptors(&cache), MOST);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		write_sized(name, kinds[_i].size);
		ck_assert_int_eq(get_status(name), 0);
		ck_assert_int_le(open_descriptors(), before + MOST);
	}
	ck_assert_int_gt(open_descriptors(), before);
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
	now_ms += PROBE_MS;
	assert_content("b", "one");
	ck_assert_int_eq(get_status("a"), 0);
	file_unref(f);
	ck_assert_int_eq(get_status("c"), 0);
}
END_TEST

/* sysfs tells a page as the size of every file. */
START_TEST(a_file_shorter_than_it_says_is_500_and_not_kept)
{
	struct conf_route sys = { .files.root = "/sys/kernel" };
	struct docroot d;
	struct file *f;

	if (access("/sys/kernel/uevent_seqnum", R_OK) == -1)
		return;
	ck_assert_int_eq(docroot_open(&d, &sys, docroot.types, 8, NULL), 0);
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

	route.files.cache_control = "max-age=60";
	write_file("a", "one");
	f = get_file("a");
	ck_assert_ptr_nonnull(
		memmem(file_validators(f).at, file_validators(f).len,
			"\r\nCache-Control: max-age=60\r\n", 29));
	file_unref(f);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup = fake_cache_open, .teardown = fake_cache_close
	};
	const struct harness_test tests[] = {
		{ a_path_has_its_status, ROWS(rows) },
		{ an_index_gives_its_own_type, 0 },
		{ a_nul_is_404, 0 },
		{ a_path_without_end_is_404, 0 },
		{ an_unreadable_file_is_403, 0 },
		{ a_file_in_flight_survives_its_eviction, 0 },
		{ misses_do_not_push_files_out, 0 },
		{ a_large_file_is_a_descriptor, 0 },
		{ no_descriptor_is_left_open, 0 },
		{ idle_descriptors_make_room_for_new_ones, 0 },
		{ a_file_is_kept_while_it_is_looked_at, 2 },
		{ what_sendfile_takes_from_memory_counts, 0 },
		{ its_descriptors_make_room_for_others, 0 },
		{ descriptors_are_bounded, ROWS(kinds) },
		{ without_descriptors_it_is_503_for_what_is_not_known, 0 },
		{ a_file_shorter_than_it_says_is_500_and_not_kept, 0 },
		{ a_cache_of_nothing_serves_all_the_same, 0 },
		{ the_cache_control_of_the_route_is_told, 0 },
	};

	return harness_run_with(
		&fixture, "file_cache_paths", tests, ROWS(tests));
}
