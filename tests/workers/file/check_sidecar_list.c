/*
 * What a list says of the files in its directory, and when it no longer may.
 * SPDX-License-Identifier: MIT
 */
#include "file/sidecar_list.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "file/resolved.h"
#include "support/fake_cache.h"
#include "support/harness.h"

enum { ALL = (1 << CODING_COUNT) - 1, LIMIT_MS = 5000 };

/* A directory that was just changed gives no list. */
static struct sidecar_list *
read_list(const char *path, size_t max_entries)
{
	int64_t until = clock_now_ms() + LIMIT_MS;
	struct sidecar_list *list;

	do {
		poll(NULL, 0, 1);
		list = sidecar_list_read(
			&docroot.root, span_of(path), max_entries);
	} while (list == NULL && clock_now_ms() < until);
	return list;
}

static const struct {
	const char *path;
	unsigned found;
} rows[] = {
	{ "d/plain.txt", 0 },
	{ "d/one.txt", 1u << CODING_GZIP },
	{ "d/one.txt.gz", 0 },
	{ "d/both", 1u << CODING_BR | 1u << CODING_ZSTD },
	{ "d/upper.css", 1u << CODING_GZIP },
	{ "d/Upper.css", 1u << CODING_GZIP },
	{ "d/alone", 1u << CODING_BR },
	{ "d/", 0 },
	{ "d/sub/one.txt", ALL }, /* another directory */
	{ "one.txt", ALL },
	{ "e/one.txt", ALL },
};

static void
make_tree(void)
{
	make_directory("d");
	write_file("d/plain.txt", "a");
	write_file("d/one.txt", "a");
	write_file("d/one.txt.gz", "a");
	write_file("d/both", "a");
	write_file("d/both.br", "a");
	write_file("d/both.zst", "a");
	write_file("d/Upper.css", "a");
	write_file("d/UPPER.CSS.GZ", "a");
	write_file("d/alone.br", "a");
	write_file("d/.gz", "a");
	write_file("d/gz", "a");
}

START_TEST(a_list_tells_the_sidecars_of_its_directory)
{
	struct sidecar_list *list;

	make_tree();
	list = read_list("d", 100);
	ck_assert_ptr_nonnull(list);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(
			sidecar_list_find(list, rows[i].path) == rows[i].found,
			"%s", rows[i].path);
	sidecar_list_unref(list);
	ck_assert_uint_eq(sidecar_list_find(NULL, "d/plain.txt"), ALL);
}
END_TEST

START_TEST(the_root_has_a_list_too)
{
	struct sidecar_list *list;

	write_file("a.gz", "a");
	list = read_list("", 100);
	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(sidecar_list_find(list, "a"), 1u << CODING_GZIP);
	ck_assert_uint_eq(sidecar_list_find(list, "b"), 0);
	sidecar_list_unref(list);
}
END_TEST

static void
add_sidecar(void)
{
	write_file("d/plain.txt.gz", "a");
}

static void
rename_sidecar(void)
{
	ck_assert_int_eq(rename(path_of("d/gz"), path_of("d/new.gz")), 0);
}

static void
replace_directory(void)
{
	ck_assert_int_eq(rename(path_of("d"), path_of("old")), 0);
	make_directory("d");
}

static void
remove_directory(void)
{
	ck_assert_int_eq(rename(path_of("d"), path_of("old")), 0);
}

static void (*const changes[])(void) = {
	add_sidecar,
	rename_sidecar,
	replace_directory,
	remove_directory,
};

START_TEST(a_list_is_outdated_by_a_change)
{
	struct sidecar_list *list;

	make_tree();
	list = read_list("d", 100);
	ck_assert_ptr_nonnull(list);
	ck_assert(sidecar_list_is_current(list, &docroot.root));
	changes[_i]();
	ck_assert(!sidecar_list_is_current(list, &docroot.root));
	sidecar_list_unref(list);
}
END_TEST

START_TEST(a_directory_that_was_just_changed_has_no_list)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_nsec = UTIME_OMIT } };

	clock_gettime(CLOCK_REALTIME, &times[1]);
	times[1].tv_sec++;
	times[1].tv_nsec -= times[1].tv_nsec > 500000000 ? 500000000 : 0;
	make_tree();
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of("d"), times, 0), 0);
	ck_assert_ptr_null(sidecar_list_read(&docroot.root, SPAN("d"), 100));
}
END_TEST

START_TEST(a_larger_directory_has_no_list)
{
	make_tree();
	ck_assert_ptr_nonnull(docroot.route);
	sidecar_list_unref(read_list("d", 100));
	ck_assert_ptr_null(sidecar_list_read(&docroot.root, SPAN("d"), 5));
	ck_assert_ptr_null(sidecar_list_read(&docroot.root, SPAN("no"), 5));
	ck_assert_ptr_null(sidecar_list_read(&docroot.root, SPAN("d/gz"), 5));
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup = fake_cache_open, .teardown = fake_cache_close
	};
	const struct harness_test tests[] = {
		{ a_list_tells_the_sidecars_of_its_directory, 0 },
		{ the_root_has_a_list_too, 0 },
		{ a_list_is_outdated_by_a_change, ROWS(changes) },
		{ a_directory_that_was_just_changed_has_no_list, 0 },
		{ a_larger_directory_has_no_list, 0 },
	};

	return harness_run_with(&fixture, "sidecar_list", tests, ROWS(tests));
}
