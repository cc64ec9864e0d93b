/*
 * What the cache keeps, and what it drops for others.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_cache.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>

#include "file/file.h"
#include "file/file_cache_entry.h"
#include "support/harness.h"

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
	ck_assert_int_eq(get_status("d"), 0);
	ck_assert(is_cached("a"));
	ck_assert(is_cached("c"));
	ck_assert(is_cached("d"));
	ck_assert(!is_cached("b"));
}
END_TEST

/* The sketch may count too high; with this seed it does so for none. */
START_TEST(what_is_asked_for_once_drops_nothing)
{
	char name[16];

	file_cache_fini(&cache);
	file_cache_init(&cache, 8192, LARGEST);
	cache.seed = 0x9e3779b97f4a7c15;
	write_sized("a", 2000);
	write_sized("b", 2000);
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert_int_eq(get_status("b"), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		write_sized(name, 2000);
		ck_assert_int_eq(get_status(name), 0);
	}
	ck_assert(is_cached("a"));
	ck_assert(is_cached("b"));
	ck_assert_uint_eq(cache.evictions, 0);
}
END_TEST

/* Names that are not there: without files a long scan takes a moment only. */
START_TEST(what_is_asked_for_often_stays_during_a_scan)
{
	enum { HOT = 256, SCANNED = 50000 };
	char name[16];
	uint64_t misses = 0;

	cache.seed = 0x9e3779b97f4a7c15;
	for (int i = 0; i < HOT + SCANNED; i++) {
		if (i == 2 * HOT)
			misses = cache.misses;
		snprintf(name, sizeof(name), "hot%d", i % HOT);
		ck_assert_int_eq(get_status(name), 404);
		snprintf(name, sizeof(name), "scan%d", i);
		ck_assert_int_eq(get_status(name), 404);
	}
	ck_assert_uint_eq(cache.misses - misses, SCANNED - HOT);
	ck_assert_uint_le(cache.evictions, SCANNED / 100);
}
END_TEST

/* It is worth what it was asked for, up to a limit. */
static const struct {
	int times;
	bool is_replaced;
} claims[] = { { 2, false }, { 6, false }, { FREQUENCY_MAX, true } };

START_TEST(what_had_hits_is_spared_but_not_for_ever)
{
	file_cache_fini(&cache);
	file_cache_init(&cache, 4096, LARGEST);
	write_sized("hot", 2000);
	write_sized("new", 2000);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(get_status("hot"), 0);
	for (int i = 0; i < claims[_i].times; i++)
		ck_assert_int_eq(get_status("new"), 0);
	ck_assert_int_eq(is_cached("hot"), !claims[_i].is_replaced);
	ck_assert_int_eq(is_cached("new"), claims[_i].is_replaced);
}
END_TEST

/* As often as each other: none is read twice for nothing. */
START_TEST(files_that_take_turns_do_not_push_each_other_out)
{
	enum { FILES = 4, ROUNDS = 3 };
	char name[16];

	file_cache_fini(&cache);
	file_cache_init(&cache, 8192, LARGEST);
	for (int i = 0; i < FILES * ROUNDS; i++) {
		snprintf(name, sizeof(name), "f%d", i % FILES);
		write_sized(name, 2000);
		ck_assert_int_eq(get_status(name), 0);
	}
	ck_assert(is_cached("f0"));
	ck_assert(is_cached("f1"));
	ck_assert(is_cached("f2"));
	ck_assert_uint_eq(cache.evictions, 0);
}
END_TEST

static void
add_entry(uint64_t hash, unsigned asked)
{
	const struct file_cache_key key = { .hash = hash, .path = SPAN("a") };

	file_cache_entry_add(&cache, &key, FILE_CACHE_MISSING, 1);
	frequency_sketch_raise(&cache.asked, hash, asked);
}

/* The last entry was asked for nine times, the one before it once. */
static const struct {
	unsigned asked;
	int refusals; /* before there is room */
} newcomers[] = { { 2, 4 }, { 9, 4 }, { 10, 0 }, { FREQUENCY_MAX, 0 } };

START_TEST(an_estimate_refuses_three_more)
{
	int n = 0;

	cache.lists[FILE_CACHE_MISSING].limit = 2;
	add_entry(1, 9);
	add_entry((uint64_t)1 << 32 | 2, 1);
	while (n < 10 && !file_cache_entry_make_room(&cache, FILE_CACHE_MISSING,
				 1, newcomers[_i].asked))
		n++;
	ck_assert_int_eq(n, newcomers[_i].refusals);
}
END_TEST

/* What a file of 1 KiB takes beside its content decides how many fit. */
START_TEST(a_file_is_charged_for_the_memory_that_it_takes)
{
	enum { CONTENT = 1024, BESIDE = 512 };
	size_t used;
	struct file *f;

	write_sized("a", CONTENT);
	f = get_file("a");
	used = cache.lists[FILE_CACHE_MEMORY].used;
	ck_assert_uint_eq(used, file_memory(f) + file_cache_entry_memory(1));
	ck_assert_uint_le(used, CONTENT + BESIDE);
	ck_assert_uint_ge(file_memory(f), sizeof(*f) + f->head_len + CONTENT);
	ck_assert_uint_ge(file_cache_entry_memory(1),
		sizeof(struct file_cache_entry) + sizeof(size_t));
	file_unref(f);
}
END_TEST

/* A file that HTTP/2 asks for takes more; a cache that it does not fit any more
 * drops it, and it is still sent. */
static const struct {
	size_t limit;
	bool stays;
} rows_charged[] = { { 8192, true }, { 1600, false } };

START_TEST(rows_are_charged_when_the_file_is_looked_at_again)
{
	const struct file_cache_list *list = &cache.lists[FILE_CACHE_MEMORY];
	struct file *f, *again;

	file_cache_fini(&cache);
	file_cache_init(&cache, rows_charged[_i].limit, LARGEST);
	write_sized("a", 1024);
	f = get_file("a");
	ck_assert_ptr_nonnull(f->entry);
	file_rows(f);
	now_ms += PROBE_MS;
	again = get_file("a");
	ck_assert_ptr_eq(f, again);
	ck_assert_int_eq(f->entry != NULL, rows_charged[_i].stays);
	ck_assert_uint_eq(list->used,
		rows_charged[_i].stays
			? file_memory(f) + file_cache_entry_memory(1)
			: 0);
	file_unref(again);
	file_unref(f);
}
END_TEST

/* Pages of the tables that nothing touched stay out of memory before. */
START_TEST(the_tables_are_collapsed_when_the_cache_is_half_full)
{
	file_cache_fini(&cache);
	file_cache_init(&cache, 8192, LARGEST);
	write_sized("a", 2000);
	write_sized("b", 2000);
	ck_assert_int_eq(get_status("a"), 0);
	ck_assert(!cache.is_collapsed);
	ck_assert_int_eq(get_status("b"), 0);
	ck_assert(cache.is_collapsed);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup = fake_cache_open, .teardown = fake_cache_close
	};
	const struct harness_test tests[] = {
		{ the_least_recently_used_goes_first, 0 },
		{ what_is_asked_for_once_drops_nothing, 0 },
		{ what_is_asked_for_often_stays_during_a_scan, 0 },
		{ what_had_hits_is_spared_but_not_for_ever, ROWS(claims) },
		{ files_that_take_turns_do_not_push_each_other_out, 0 },
		{ an_estimate_refuses_three_more, ROWS(newcomers) },
		{ a_file_is_charged_for_the_memory_that_it_takes, 0 },
		{ rows_are_charged_when_the_file_is_looked_at_again,
			ROWS(rows_charged) },
		{ the_tables_are_collapsed_when_the_cache_is_half_full, 0 },
	};

	return harness_run_with(
		&fixture, "file_cache_entry", tests, ROWS(tests));
}
