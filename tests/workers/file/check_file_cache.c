/*
 * How long an answer is kept, and what makes it another.  The clock is an
 * argument, so that a second passes at once.
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
	now_ms += PROBE_MS;
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
	now_ms += PROBE_MS - 1;
	assert_content("a", "one");
	now_ms++;
	new = get_file("a");
	ck_assert(has_content(new, "two"));
	ck_assert(!span_is(file_etag(old), file_etag(new)));
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
	set_modified("a", 1000000000);
	now_ms += PROBE_MS;
	new = get_file("a");
	ck_assert_ptr_ne(old, new);
	ck_assert(span_is(file_etag(old), file_etag(new)));
	ck_assert_int_eq(new->modified, 1000000000);
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
	now_ms += PROBE_MS;
	ck_assert_int_eq(get_status("a"), 404);
}
END_TEST

START_TEST(a_new_file_is_seen_after_a_second)
{
	ck_assert_int_eq(get_status("a"), 404);
	write_file("a", "one");
	now_ms += PROBE_MS - 1;
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
	now_ms += PROBE_MS;
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
	now_ms += PROBE_MS;
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

/* A deleted file keeps its space, and a file system its mount, while it is
 * open. */
START_TEST(a_descriptor_is_closed_ten_seconds_after_its_last_use)
{
	enum { SECONDS = 10 };
	int before = open_descriptors();

	write_sized("large", LARGEST + 1);
	write_sized("used", LARGEST + 1);
	file_unref(get_file("large"));
	file_unref(get_file("used"));
	ck_assert_int_eq(open_descriptors(), before + 2);
	unlink(path_of("large"));
	for (int i = 0; i < SECONDS - 1; i++) {
		now_ms += 1000;
		file_unref(get_file("used"));
		file_cache_drop_expired(&cache, now_ms);
		ck_assert_int_eq(open_descriptors(), before + 2);
	}
	now_ms += 1000;
	file_cache_drop_expired(&cache, now_ms);
	ck_assert_int_eq(open_descriptors(), before + 1);
	now_ms += SECONDS * 1000;
	file_cache_drop_expired(&cache, now_ms);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(a_response_keeps_the_descriptor_of_an_entry_that_expired)
{
	int before = open_descriptors();
	struct file *f, *again;

	write_sized("large", LARGEST + 1);
	f = get_file("large");
	now_ms += 60000;
	file_cache_drop_expired(&cache, now_ms);
	ck_assert_int_eq(open_descriptors(), before + 1);
	again = get_file("large");
	ck_assert_ptr_ne(f, again);
	file_unref(f);
	file_unref(again);
	ck_assert_int_eq(open_descriptors(), before + 1);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup = fake_cache_open, .teardown = fake_cache_close
	};
	const struct harness_test tests[] = {
		{ a_hit_is_the_same_file, 0 },
		{ a_docroot_has_paths_of_its_own, 0 },
		{ a_file_that_stayed_is_kept, 0 },
		{ a_change_is_seen_after_a_second, ROWS(changes) },
		{ another_time_alone_keeps_the_tag, 0 },
		{ a_deleted_file_is_404_after_a_second, 0 },
		{ a_new_file_is_seen_after_a_second, 0 },
		{ a_young_file_is_read_for_each_request, 0 },
		{ a_file_in_the_making_waits_behind_the_old_one, 0 },
		{ a_file_that_is_always_young_does_not_wait_for_ever, 0 },
		{ a_descriptor_is_closed_ten_seconds_after_its_last_use, 0 },
		{ a_response_keeps_the_descriptor_of_an_entry_that_expired, 0 },
	};

	return harness_run_with(&fixture, "file_cache", tests, ROWS(tests));
}
