/*
 * Listings made in steps, of a temporary directory.
 * SPDX-License-Identifier: MIT
 */
#include "serve/listing_job.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/root.h"
#include "support/harness.h"

enum { MOST = 300, FOR_EVER = 60 * 1000 * 1000 };

static struct root root;
static char dir[64];

static void
make_file(const char *name, off_t size)
{
	int fd = openat(root.fd, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
}

static void
set_up(int files)
{
	char name[64];

	snprintf(dir, sizeof(dir), "/tmp/listing.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(root_open(&root, dir), 0);
	for (int i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "%s%05d", i % 3 ? "f" : "F",
			i * 7919 % files);
		make_file(name, i % 17);
	}
}

static void
tear_down(void)
{
	char command[128];

	root_close(&root);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Returns the text, for free(3), and the number of steps. */
static char *
list(const struct listing_spec *spec, int64_t us, int *slices)
{
	struct listing_job *job = listing_job_new(spec);
	int status = LISTING_JOB_MORE;
	struct span text;
	char *copy;

	for (*slices = 0; status == LISTING_JOB_MORE; ++*slices)
		status = listing_job_run(job, us);
	ck_assert_int_eq(status, 0);
	text = listing_job_text(job);
	copy = strndup(text.at, text.len);
	listing_job_free(job);
	return copy;
}

static struct listing_spec
spec_for(enum listing_sort sort, bool is_descending)
{
	return (struct listing_spec){ .root = &root,
		.below = SPAN(""),
		.path = SPAN("/"),
		.most = MOST,
		.sort = sort,
		.is_descending = is_descending,
		.is_json = true };
}

/* Asserts that the sizes and numbers in the text are sorted. */
static void
assert_sorted(const char *text, enum listing_sort sort, bool is_descending)
{
	long last = -1, value;
	int count = 0;

	while ((text = strstr(text, "{\"name\":\"")) != NULL) {
		value = strtol(text + strlen("{\"name\":\"F"), NULL, 10);
		text = strstr(text, "\"size\":");
		if (sort == LISTING_SIZE)
			value += strtol(text + strlen("\"size\":"), NULL, 10) *
				 1000000;
		ck_assert(last == -1 ||
			  (is_descending ? value < last : value > last));
		last = value;
		count++;
	}
	ck_assert_int_eq(count, MOST);
}

static const struct {
	enum listing_sort sort;
	bool is_descending;
} orders[] = {
	{ LISTING_NAME, false },
	{ LISTING_NAME, true },
	{ LISTING_SIZE, false },
	{ LISTING_SIZE, true },
};

START_TEST(steps_make_the_same_listing_as_one_run)
{
	enum listing_sort sort = orders[_i].sort;
	struct listing_spec spec = spec_for(sort, orders[_i].is_descending);
	char *at_once, *in_slices;
	int one, many;

	set_up(MOST);
	at_once = list(&spec, FOR_EVER, &one);
	in_slices = list(&spec, 0, &many);
	ck_assert_int_eq(one, 1);
	ck_assert_int_gt(many, 50);
	ck_assert_str_eq(at_once, in_slices);
	assert_sorted(at_once, sort, orders[_i].is_descending);
	free(at_once);
	free(in_slices);
	tear_down();
}
END_TEST

/* Some sizes at which runs end unevenly. */
static const int sizes[] = { 0, 1, 2, 3, 5, 31, 32, 33, 65 };

START_TEST(a_listing_of_any_size_is_complete)
{
	struct listing_spec spec = spec_for(LISTING_NAME, false);
	char *text, wanted[32];
	int slices, count = 0;

	set_up(sizes[_i]);
	text = list(&spec, 0, &slices);
	for (const char *p = text; (p = strstr(p, "{\"name\"")) != NULL; p++) {
		snprintf(wanted, sizeof(wanted), "%05d", count++);
		ck_assert_int_eq(strncmp(p + 10, wanted, 5), 0);
	}
	ck_assert_int_eq(count, sizes[_i]);
	free(text);
	tear_down();
}
END_TEST

START_TEST(a_listing_over_its_limit_is_truncated)
{
	struct listing_spec spec = spec_for(LISTING_NAME, false);
	char *text;
	int slices;

	set_up(MOST);
	text = list(&spec, FOR_EVER, &slices);
	ck_assert_ptr_nonnull(strstr(text, "\"complete\":true"));
	free(text);
	make_file("one more", 0);
	text = list(&spec, FOR_EVER, &slices);
	ck_assert_ptr_nonnull(strstr(text, "\"complete\":false"));
	free(text);
	tear_down();
}
END_TEST

/* The directory's own order is that of a hash. */
START_TEST(a_truncated_listing_has_the_first_ones_of_its_order)
{
	enum { ALL = 300 };
	static const size_t limits[] = { 1, 2, 63, 64, 299 };
	struct listing_spec spec =
		spec_for(orders[_i].sort, orders[_i].is_descending);
	char *all, *first, *text, *some, *end;
	int slices;

	set_up(ALL);
	all = list(&spec, FOR_EVER, &slices);
	first = strstr(all, "{\"name\"");
	for (size_t i = 0; i < ROWS(limits); i++) {
		spec.most = limits[i];
		text = list(&spec, 0, &slices);
		some = strstr(text, "{\"name\"");
		end = strchr(some, ']');
		while (end > some && *end != '}')
			end--;
		ck_assert_uint_gt((size_t)(end - some), 10 * limits[i]);
		ck_assert_mem_eq(some, first, (size_t)(end - some));
		free(text);
	}
	free(all);
	tear_down();
}
END_TEST

START_TEST(a_missing_directory_is_not_found)
{
	static const char *const below[] = { "no/", "F00000/" };
	struct listing_spec spec = spec_for(LISTING_NAME, false);

	set_up(1);
	for (size_t i = 0; i < ROWS(below); i++) {
		struct listing_job *job;

		spec.below = span_of(below[i]);
		job = listing_job_new(&spec);
		ck_assert_int_eq(listing_job_run(job, 0), 404);
		listing_job_free(job);
	}
	tear_down();
}
END_TEST

/* The client may disconnect at any step. */
START_TEST(a_job_may_be_freed_at_any_time)
{
	struct listing_spec spec = spec_for(LISTING_SIZE, true);
	int status = LISTING_JOB_MORE;

	set_up(200);
	for (int slices = 0; status == LISTING_JOB_MORE; slices++) {
		struct listing_job *job = listing_job_new(&spec);

		status = LISTING_JOB_MORE;
		for (int i = 0; i < slices && status != 0; i++)
			status = listing_job_run(job, 0);
		listing_job_free(job);
	}
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ steps_make_the_same_listing_as_one_run, ROWS(orders) },
		{ a_listing_of_any_size_is_complete, ROWS(sizes) },
		{ a_listing_over_its_limit_is_truncated, 0 },
		{ a_truncated_listing_has_the_first_ones_of_its_order,
			ROWS(orders) },
		{ a_missing_directory_is_not_found, 0 },
		{ a_job_may_be_freed_at_any_time, 0 },
	};

	return harness_run("listing_job", tests, ROWS(tests));
}
