/*
 * Statements are prepared once, from one table.
 * SPDX-License-Identifier: MIT
 */
#include "notes_store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Row N migrates a file from version N to N + 1; rows are only appended. */
static const char *const migrations[] = {
	"CREATE TABLE note ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" version INTEGER NOT NULL,"
	" created INTEGER NOT NULL,"
	" changed INTEGER NOT NULL,"
	" title TEXT NOT NULL,"
	" text TEXT NOT NULL) STRICT",
	"CREATE VIRTUAL TABLE note_words USING fts5"
	"(title, text, content='note', content_rowid='id');"
	"CREATE TRIGGER note_added AFTER INSERT ON note BEGIN"
	" INSERT INTO note_words(rowid, title, text)"
	" VALUES (new.id, new.title, new.text); END;"
	"CREATE TRIGGER note_removed AFTER DELETE ON note BEGIN"
	" INSERT INTO note_words(note_words, rowid, title, text)"
	" VALUES ('delete', old.id, old.title, old.text); END;"
	"CREATE TRIGGER note_changed AFTER UPDATE ON note BEGIN"
	" INSERT INTO note_words(note_words, rowid, title, text)"
	" VALUES ('delete', old.id, old.title, old.text);"
	" INSERT INTO note_words(rowid, title, text)"
	" VALUES (new.id, new.title, new.text); END",
};

enum { VERSIONS = sizeof(migrations) / sizeof(migrations[0]) };

#define COLUMNS "id, version, created, changed, title, text"

enum statement { LIST, SEARCH, GET, ADD, CHANGE, REMOVE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[LIST] = "SELECT " COLUMNS " FROM note WHERE id < ?1"
		 " ORDER BY id DESC LIMIT ?2",
	[SEARCH] = "SELECT " COLUMNS " FROM note WHERE id < ?1 AND id IN"
		   " (SELECT rowid FROM note_words WHERE note_words MATCH ?3)"
		   " ORDER BY id DESC LIMIT ?2",
	[GET] = "SELECT " COLUMNS " FROM note WHERE id = ?1",
	[ADD] = "INSERT INTO note (version, created, changed, title, text)"
		" VALUES (1, ?1, ?1, ?2, ?3) RETURNING " COLUMNS,
	[CHANGE] = "UPDATE note SET version = version + 1, changed = ?1,"
		   " title = ?2, text = ?3"
		   " WHERE id = ?4 AND ?5 IN (0, version) RETURNING " COLUMNS,
	[REMOVE] = "DELETE FROM note WHERE id = ?1 AND ?2 IN (0, version)",
};

/* milliseconds that other workers may take to start */
enum { OTHERS_START = 5000 };

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	bool is_lost; /* the file was moved or deleted */
};

const char *
store_reason(const struct store *s)
{
	if (s->is_lost)
		return "the database file was moved or deleted";
	return sqlite3_errmsg(s->db);
}

/* ---- opening ------------------------------------------------------------ */

static int
read_schema_version(sqlite3 *db)
{
	sqlite3_stmt *st;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) ==
			SQLITE_OK &&
		sqlite3_step(st) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return version;
}

static int
run_sql(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL);
}

/*
 * Migrates the schema. One worker does it; the others wait for its lock and
 * find it done.
 */
static int
migrate_schema(sqlite3 *db, char *why, size_t size)
{
	char pragma[64];
	int version;

	if (run_sql(db, "BEGIN IMMEDIATE") != SQLITE_OK)
		return -1;
	version = read_schema_version(db);
	if (version > VERSIONS)
		snprintf(why, size,
			"it is of version %d, this module knows %d: a newer "
			"one made it",
			version, VERSIONS);
	if (version < 0 || version > VERSIONS)
		return -1;
	for (; version < VERSIONS; version++)
		if (run_sql(db, migrations[version]) != SQLITE_OK)
			return -1;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", VERSIONS);
	if (run_sql(db, pragma) != SQLITE_OK)
		return -1;
	return run_sql(db, "COMMIT") == SQLITE_OK ? 0 : -1;
}

static int
prepare_statements(struct store *s)
{
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, sql[i], -1,
			    SQLITE_PREPARE_PERSISTENT, &s->statements[i],
			    NULL) != SQLITE_OK)
			return -1;
	return 0;
}

/*
 * Sets WAL mode. SQLite does not wait for a lock when two connections change
 * the mode at once, so this retries.
 */
static int
set_wal_mode(sqlite3 *db)
{
	enum { PAUSE = 10 }; /* milliseconds */
	int code = SQLITE_BUSY;

	for (int i = 0; code == SQLITE_BUSY && i < OTHERS_START / PAUSE; i++) {
		if (i > 0)
			sqlite3_sleep(PAUSE);
		code = run_sql(db, "PRAGMA journal_mode = WAL");
	}
	return code;
}

static int
open_database(struct store *s, const char *path, char *why, size_t size)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
		return -1;
	sqlite3_busy_timeout(s->db, OTHERS_START);
	if (set_wal_mode(s->db) != SQLITE_OK ||
		run_sql(s->db, "PRAGMA synchronous = NORMAL") != SQLITE_OK ||
		migrate_schema(s->db, why, size) == -1 ||
		prepare_statements(s) == -1)
		return -1;
	/* From now on no call waits for a lock. */
	sqlite3_busy_timeout(s->db, 0);
	return 0;
}

struct store *
store_open(const char *path, char *why, size_t size)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(why, size, "no memory");
		return NULL;
	}
	why[0] = '\0';
	if (open_database(s, path, why, size) == 0)
		return s;
	if (why[0] == '\0')
		snprintf(why, size, "%s", store_reason(s));
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s);
}

/* ---- statements --------------------------------------------------------- */

static enum store_result
map_sqlite_code(int code)
{
	switch (code & 0xff) {
	case SQLITE_DONE:
	case SQLITE_ROW:
	case SQLITE_OK:
		return STORE_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STORE_BUSY;
	case SQLITE_FULL:
		return STORE_FULL;
	default:
		return STORE_FAILED;
	}
}

static int64_t
current_time_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct note
read_note_row(sqlite3_stmt *st)
{
	return (struct note){ .id = sqlite3_column_int64(st, 0),
		.version = sqlite3_column_int64(st, 1),
		.created = sqlite3_column_int64(st, 2),
		.changed = sqlite3_column_int64(st, 3),
		.title = (const char *)sqlite3_column_text(st, 4),
		.text = (const char *)sqlite3_column_text(st, 5) };
}

static void
bind_text_value(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

/* Calls f for every row; returns STORE_NONE when there is none. */
static enum store_result
for_each_row(sqlite3_stmt *st, void (*f)(const struct note *, void *data),
	void *data)
{
	enum store_result result = STORE_NONE;
	int code;

	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct note note = read_note_row(st);

		result = STORE_OK;
		f(&note, data);
	}
	sqlite3_reset(st);
	return code == SQLITE_DONE ? result : map_sqlite_code(code);
}

/*
 * Converts words to an FTS5 query: each is quoted, so that none is an operator.
 */
static char *
make_fts_query(const char *words)
{
	char *query = malloc(3 * strlen(words) + 3), *to = query;

	if (query == NULL)
		return NULL;
	while (*(words += strspn(words, " \t\r\n")) != '\0') {
		*to++ = '"';
		for (; *words != '\0' && strchr(" \t\r\n", *words) == NULL;
			words++) {
			if (*words == '"')
				*to++ = '"';
			*to++ = *words;
		}
		*to++ = '"';
		*to++ = ' ';
	}
	*to = '\0';
	return query;
}

enum store_result
store_list(struct store *s, int64_t before, unsigned limit, const char *words,
	void (*f)(const struct note *, void *data), void *data)
{
	char *query = make_fts_query(words);
	sqlite3_stmt *st;
	enum store_result result;

	if (query == NULL)
		return STORE_FAILED;
	st = s->statements[query[0] == '\0' ? LIST : SEARCH];
	sqlite3_bind_int64(st, 1, before);
	sqlite3_bind_int64(st, 2, limit);
	if (query[0] != '\0')
		bind_text_value(st, 3, query);
	result = for_each_row(st, f, data);
	sqlite3_clear_bindings(st);
	free(query);
	return result == STORE_NONE ? STORE_OK : result;
}

enum store_result
store_get(struct store *s, int64_t id,
	void (*f)(const struct note *, void *data), void *data)
{
	sqlite3_bind_int64(s->statements[GET], 1, id);
	return for_each_row(s->statements[GET], f, data);
}

/* Copies the numbers of a written note; its texts belong to the caller. */
static void
copy_numbers(const struct note *written, void *data)
{
	struct note *to = data;

	to->id = written->id;
	to->version = written->version;
	to->created = written->created;
	to->changed = written->changed;
}

/* True when the file has lost its name: writes to it would be lost. */
static bool
check_file_lost(struct store *s)
{
	int has_moved = 0;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	return s->is_lost = has_moved != 0;
}

enum store_result
store_add(struct store *s, struct note *note)
{
	sqlite3_stmt *st = s->statements[ADD];

	if (check_file_lost(s))
		return STORE_FAILED;
	sqlite3_bind_int64(st, 1, current_time_ms());
	bind_text_value(st, 2, note->title);
	bind_text_value(st, 3, note->text);
	return for_each_row(st, copy_numbers, note);
}

static void
ignore_note(const struct note *note, void *data)
{
	(void)note;
	(void)data;
}

/*
 * Called when nothing was written: tells a missing note from another version.
 */
static enum store_result
explain_no_write(struct store *s, int64_t id)
{
	enum store_result result = store_get(s, id, ignore_note, NULL);

	return result == STORE_OK ? STORE_STALE : result;
}

enum store_result
store_change(struct store *s, struct note *note)
{
	sqlite3_stmt *st = s->statements[CHANGE];
	enum store_result result;

	if (check_file_lost(s))
		return STORE_FAILED;
	sqlite3_bind_int64(st, 1, current_time_ms());
	bind_text_value(st, 2, note->title);
	bind_text_value(st, 3, note->text);
	sqlite3_bind_int64(st, 4, note->id);
	sqlite3_bind_int64(st, 5, note->version);
	result = for_each_row(st, copy_numbers, note);
	return result == STORE_NONE ? explain_no_write(s, note->id) : result;
}

enum store_result
store_remove(struct store *s, int64_t id, int64_t version)
{
	sqlite3_stmt *st = s->statements[REMOVE];
	enum store_result result;

	if (check_file_lost(s))
		return STORE_FAILED;
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, version);
	result = for_each_row(st, ignore_note, NULL);
	if (result != STORE_NONE)
		return result;
	return sqlite3_changes(s->db) > 0 ? STORE_OK : explain_no_write(s, id);
}
