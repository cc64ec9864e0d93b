/*
 * Changes below a root are counted, each in its directory's word.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/tree_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/change_counts.h"
#include "support/harness.h"
#include "support/test_deadline.h"

enum { WAIT_MS = 5000 };

static char top[] = "/tmp/check_tree_watch.XXXXXX";
static struct change_counts *counts;
static struct directory_id id;
static int limit_told = -1;

static void
on_limit(void *arg, size_t index)
{
	(void)arg;
	limit_told = (int)index;
}

static const char *
path_of(const char *name)
{
	static char paths[2][256];
	static int turn;

	turn = !turn;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", top, name);
	return paths[turn];
}

static void
write_file(const char *name)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	close(fd);
}

static const change_word *
find(const char *directory)
{
	return change_counts_find(counts,
		change_counts_key(change_counts_root(&id), span_of(directory)));
}

static uint32_t
read_word(const char *directory)
{
	return change_counts_read(find(directory));
}

/* Returns the first word that differs in these bits, or fails. */
static uint32_t
wait_for_change(const char *directory, uint32_t old, uint32_t bits)
{
	int64_t until = deadline_in(WAIT_MS);
	uint32_t word;

	while (((word = read_word(directory)) & bits) == (old & bits)) {
		ck_assert_msg(
			deadline_left(until) > 0, "no change of %s", directory);
		poll(NULL, 0, 1);
	}
	return word;
}

static void
start(void)
{
	struct tree_watch *t;

	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(mkdir(path_of("a"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("a/b"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of(".git"), 0755), 0);
	ck_assert_int_eq(directory_identify_path(top, &id), 0);
	counts = change_counts_new();
	ck_assert_ptr_nonnull(counts);
	t = tree_watch_start(counts, on_limit, NULL);
	ck_assert_ptr_nonnull(t);
	tree_watch_add(t, 0, top, &id, false);
	wait_for_change("a/b", 0, CHANGE_WATCHED);
}

/* Its thread has the descriptor for as long as the process lives. */
static void
finish(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(limit_told, -1);
}

START_TEST(a_change_is_counted_in_its_directory_alone)
{
	uint32_t word, root, other;

	start();
	word = read_word("a/b");
	root = read_word("");
	other = read_word("a");
	write_file("a/b/f");
	word = wait_for_change("a/b", word, ~0u);
	ck_assert_int_eq(unlink(path_of("a/b/f")), 0);
	wait_for_change("a/b", word, ~0u);
	ck_assert_uint_eq(read_word(""), root);
	ck_assert_uint_eq(read_word("a"), other);
	ck_assert_uint_eq(read_word(".git") & CHANGE_WATCHED, 0);
	finish();
}
END_TEST

START_TEST(a_root_that_becomes_watched_counts_for_all_that_is_not)
{
	start();
	ck_assert_ptr_eq(find(".git"), &counts->unwatched);
	ck_assert_uint_eq(read_word(".git"), CHANGE_STEP);
	finish();
}
END_TEST

START_TEST(a_directory_is_not_quiet_while_a_file_is_open_that_was_written)
{
	uint32_t word;
	int fd;

	start();
	word = read_word("a");
	fd = open(path_of("a/f"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	word = wait_for_change("a", word | CHANGE_QUIET, CHANGE_QUIET);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	close(fd);
	word = wait_for_change("a", word, CHANGE_QUIET);
	ck_assert_uint_ne(word & CHANGE_QUIET, 0);
	finish();
}
END_TEST

START_TEST(a_new_directory_is_watched_with_those_below)
{
	uint32_t word;

	start();
	ck_assert_int_eq(mkdir(path_of("new"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("new/deep"), 0755), 0);
	word = wait_for_change("new/deep", 0, CHANGE_WATCHED);
	write_file("new/deep/f");
	wait_for_change("new/deep", word, ~0u);
	finish();
}
END_TEST

START_TEST(a_directory_that_is_renamed_changes_under_both_names)
{
	uint32_t old, word;
	const change_word *before;

	start();
	before = find("a/b");
	old = change_counts_read(before);
	ck_assert_int_eq(rename(path_of("a"), path_of("c")), 0);
	word = wait_for_change("c/b", 0, CHANGE_WATCHED);
	ck_assert_uint_ne(change_counts_read(before), old);
	ck_assert_uint_eq(read_word("a/b") & CHANGE_WATCHED, 0);
	write_file("c/b/f");
	wait_for_change("c/b", word, ~0u);
	finish();
}
END_TEST

START_TEST(a_root_that_is_added_again_is_the_new_directory)
{
	struct tree_watch *t;
	uint32_t word;

	start();
	ck_assert_int_eq(mkdir(path_of("a/other"), 0755), 0);
	t = tree_watch_start(counts, on_limit, NULL);
	ck_assert_int_eq(directory_identify_path(path_of("a/other"), &id), 0);
	tree_watch_add(t, 1, path_of("a/other"), &id, false);
	word = wait_for_change("", 0, CHANGE_WATCHED);
	write_file("a/other/f");
	wait_for_change("", word, ~0u);
	ck_assert_int_eq(directory_identify_path(path_of("a/b"), &id), 0);
	tree_watch_add(t, 1, path_of("a/b"), &id, true);
	word = wait_for_change("", 0, CHANGE_WATCHED);
	write_file("a/b/f");
	wait_for_change("", word, ~0u);
	finish();
}
END_TEST

START_TEST(counts_that_are_full_take_no_more)
{
	struct change_slot *s = NULL;
	uint64_t key;

	counts = change_counts_new();
	for (key = 2; key < CHANGE_COUNTS_SLOTS + 2; key++)
		ck_assert_ptr_nonnull(change_counts_add(counts, key));
	ck_assert_ptr_null(change_counts_add(counts, key));
	ck_assert_uint_eq(
		change_counts_read(change_counts_find(counts, key)), 0);
	s = change_counts_add(counts, 77);
	ck_assert_ptr_nonnull(s); /* it is there already */
	ck_assert_ptr_eq(&s->word, change_counts_find(counts, 77));
	change_counts_remove(s);
	ck_assert_uint_eq(
		change_counts_read(change_counts_find(counts, 77)), 0);
	ck_assert_ptr_eq(change_counts_add(counts, key), s);
	change_counts_free(counts);
	ck_assert_uint_eq(change_counts_read(change_counts_find(NULL, 7)), 0);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_change_is_counted_in_its_directory_alone, 0 },
		{ a_root_that_becomes_watched_counts_for_all_that_is_not, 0 },
		{ a_directory_is_not_quiet_while_a_file_is_open_that_was_written,
			0 },
		{ a_new_directory_is_watched_with_those_below, 0 },
		{ a_directory_that_is_renamed_changes_under_both_names, 0 },
		{ a_root_that_is_added_again_is_the_new_directory, 0 },
		{ counts_that_are_full_take_no_more, 0 },
	};

	return harness_run("tree_watch", tests, ROWS(tests));
}
