/*
 * The store on files of its own.
 * SPDX-License-Identifier: MIT
 */
#include "modules/notes_store.h"

#include <check.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/harness.h"

static char path[64];
static char why[256];
static struct store *store;

static void
set_up(void)
{
	snprintf(path, sizeof(path), "/tmp/check-notes.XXXXXX");
	close(mkstemp(path));
	store = store_open(path, why, sizeof(why));
	ck_assert_msg(store != NULL, "%s", why);
}

static void
remove_files(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void
tear_down(void)
{
	store_close(store);
	remove_files();
}

static int64_t
add(const char *title, const char *text)
{
	struct note note = { .title = title, .text = text };

	ck_assert_int_eq(store_add(store, &note), STORE_OK);
	ck_assert_int_eq(note.version, 1);
	return note.id;
}

/* The titles that were listed, each with a space behind it. */
static void
add_title(const struct note *note, void *data)
{
	strcat(data, note->title);
	strcat(data, " ");
}

static const char *
titles(int64_t before, unsigned limit, const char *words)
{
	static char all[1024];

	all[0] = '\0';
	ck_assert_int_eq(
		store_list(store, before, limit, words, add_title, all),
		STORE_OK);
	return all;
}

static void
check_is_two(const struct note *note, void *data)
{
	ck_assert_str_eq(note->title, "two");
	ck_assert_str_eq(note->text, "changed");
	ck_assert_int_eq(note->version, 2);
	ck_assert_int_ge(note->changed, note->created);
	*(bool *)data = true;
}

START_TEST(a_note_is_added_read_changed_and_removed)
{
	struct note note = { .title = "two", .text = "changed", .version = 1 };
	bool was_seen = false;

	note.id = add("one", "first");
	ck_assert_int_eq(store_change(store, &note), STORE_OK);
	ck_assert_int_eq(note.version, 2);
	ck_assert_int_eq(
		store_get(store, note.id, check_is_two, &was_seen), STORE_OK);
	ck_assert(was_seen);
	ck_assert_int_eq(store_remove(store, note.id, 2), STORE_OK);
	ck_assert_int_eq(
		store_get(store, note.id, check_is_two, NULL), STORE_NONE);
}
END_TEST

START_TEST(a_stale_change_is_refused)
{
	struct note mine = { .title = "mine", .text = "", .version = 1 };
	struct note late = { .title = "late", .text = "", .version = 1 };

	mine.id = late.id = add("one", "");
	ck_assert_int_eq(store_change(store, &mine), STORE_OK);
	ck_assert_int_eq(store_change(store, &late), STORE_STALE);
	ck_assert_int_eq(store_remove(store, late.id, 1), STORE_STALE);
	ck_assert_str_eq(titles(INT64_MAX, 9, ""), "mine ");
	late.version = STORE_ANY_VERSION;
	ck_assert_int_eq(store_change(store, &late), STORE_OK);
	ck_assert_int_eq(late.version, 3);
}
END_TEST

START_TEST(a_missing_note_is_reported)
{
	struct note note = { .id = 7, .title = "x", .text = "", .version = 1 };

	ck_assert_int_eq(store_change(store, &note), STORE_NONE);
	ck_assert_int_eq(store_remove(store, 7, STORE_ANY_VERSION), STORE_NONE);
}
END_TEST

START_TEST(pages_start_with_the_newest_note)
{
	int64_t ids[4];
	static const char *const names[] = { "a", "b", "c", "d" };

	for (int i = 0; i < 4; i++)
		ids[i] = add(names[i], "");
	ck_assert_str_eq(titles(INT64_MAX, 2, ""), "d c ");
	ck_assert_str_eq(titles(ids[2], 2, ""), "b a ");
	ck_assert_str_eq(titles(ids[0], 2, ""), "");
}
END_TEST

static const struct {
	const char *words, *found;
} searches[] = {
	{ "bread", "shopping " },
	{ "BREAD milk", "shopping " },
	{ "bread nails", "" },
	{ "shop", "" },
	{ "shopping", "shopping " },
	{ "it\"s", "quote " },
	{ "\"", "" },
	{ "OR", "" },
	{ "title:shopping", "" },
	{ "bread*", "shopping " },
	{ "(", "" },
	{ "Zürich", "città " },
	{ "   ", "città quote shopping " },
};

START_TEST(search_words_are_never_operators)
{
	add("shopping", "bread, milk");
	add("quote", "it\"s");
	add("città", "Zürich");
	ck_assert_str_eq(
		titles(INT64_MAX, 9, searches[_i].words), searches[_i].found);
}
END_TEST

START_TEST(a_writer_gets_busy_while_another_writes)
{
	struct note note = { .title = "x", .text = "" };
	sqlite3 *other;

	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_int_eq(store_add(store, &note), STORE_BUSY);
	ck_assert_str_eq(titles(INT64_MAX, 9, ""), "");
	sqlite3_close(other);
	ck_assert_int_eq(store_add(store, &note), STORE_OK);
}
END_TEST

START_TEST(two_connections_see_each_others_notes)
{
	struct store *first = store, *second;

	second = store_open(path, why, sizeof(why));
	ck_assert_msg(second != NULL, "%s", why);
	add("one", "");
	store = second;
	ck_assert_str_eq(titles(INT64_MAX, 9, ""), "one ");
	store = first;
	store_close(second);
}
END_TEST

/* As workers do when they start together. */
START_TEST(many_workers_may_create_the_file_at_once)
{
	enum { OPENERS = 8 };
	char other[] = "/tmp/check-notes.XXXXXX";
	char name[64];
	int status, pipe_fds[2];
	static const char *const ends[] = { "", "-wal", "-shm" };

	close(mkstemp(other));
	ck_assert_int_eq(pipe(pipe_fds), 0);
	for (int i = 0; i < OPENERS; i++)
		if (fork() == 0) {
			char byte;

			close(pipe_fds[1]);
			/* The end of the pipe starts them all. */
			if (read(pipe_fds[0], &byte, 1) != 0)
				_exit(2);
			store = store_open(other, why, sizeof(why));
			_exit(store == NULL);
		}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	for (int i = 0; i < OPENERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", other, ends[i]);
		unlink(name);
	}
}
END_TEST

START_TEST(a_file_with_a_newer_schema_is_refused)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	ck_assert_ptr_null(store_open(path, why, sizeof(why)));
	ck_assert_msg(strstr(why, "version 99") != NULL, "%s", why);
}
END_TEST

START_TEST(a_file_that_is_not_a_database_is_refused_and_kept)
{
	static const char text[] = "dear diary, this is not a database at all";
	char other[] = "/tmp/check-notes.XXXXXX";
	int fd = mkstemp(other);

	ck_assert_int_eq(write(fd, text, sizeof(text)), sizeof(text));
	ck_assert_ptr_null(store_open(other, why, sizeof(why)));
	ck_assert_msg(strstr(why, "not a database") != NULL, "%s", why);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), sizeof(text));
	close(fd);
	unlink(other);
	ck_assert_ptr_null(store_open("/nowhere/notes.db", why, sizeof(why)));
	ck_assert_msg(strstr(why, "unable to open") != NULL, "%s", why);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = set_up,
		.teardown = tear_down };
	const struct harness_test tests[] = {
		{ a_note_is_added_read_changed_and_removed, 0 },
		{ a_stale_change_is_refused, 0 },
		{ a_missing_note_is_reported, 0 },
		{ pages_start_with_the_newest_note, 0 },
		{ search_words_are_never_operators, ROWS(searches) },
		{ a_writer_gets_busy_while_another_writes, 0 },
		{ two_connections_see_each_others_notes, 0 },
		{ many_workers_may_create_the_file_at_once, 20 },
		{ a_file_with_a_newer_schema_is_refused, 0 },
		{ a_file_that_is_not_a_database_is_refused_and_kept, 0 },
	};

	return harness_run_with(&fixture, "notes_store", tests, ROWS(tests));
}
