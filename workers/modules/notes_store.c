/*
 * Statements are prepared once, a row of the table each.
 * SPDX-License-Identifier: MIT
 */
#include "notes_store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What brings version N of the file to N + 1: rows are only ever added. */
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

enum { OTHERS_START = 5000 }; /* milliseconds that they may take */

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	bool is_lost; /* the file is not where it was */
};

const char *
store_reason(const struct store *s)
{
	if (s->is_lost)
		return "the file of the notes was moved or deleted";
	return sqlite3_errmsg(s->db);
}

/* ---- opening ------------------------------------------------------------ */

static int
version_of(sqlite3 *db)
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
run(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL);
}

/* One worker does it, the others wait for its lock and find it done. */
static int
migrate(sqlite3 *db, char *why, size_t size)
{
	char pragma[64];
	int version;

	if (run(db, "BEGIN IMMEDIATE") != SQLITE_OK)
		return -1;
	version = version_of(db);
	if (version > VERSIONS)
		snprintf(why, size,
			"it is of version %d, this module knows %d: a newer "
			"one made it",
			version, VERSIONS);
	if (version < 0 || version > VERSIONS)
		return -1;
	for (; version < VERSIONS; version++)
		if (run(db, migrations[version]) != SQLITE_OK)
			return -1;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", VERSIONS);
	if (run(db, pragma) != SQLITE_OK)
		return -1;
	return run(db, "COMMIT") == SQLITE_OK ? 0 : -1;
}

static int
prepare(struct store *s)
{
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, sql[i], -1,
			    SQLITE_PREPARE_PERSISTENT, &s->statements[i],
			    NULL) != SQLITE_OK)
			return -1;
	return 0;
}

/* SQLite waits for no lock where two change the mode at once. */
static int
set_wal(sqlite3 *db)
{
	enum { PAUSE = 10 }; /* milliseconds */
	int code = SQLITE_BUSY;

	for (int i = 0; code == SQLITE_BUSY && i < OTHERS_START / PAUSE; i++) {
		if (i > 0)
			sqlite3_sleep(PAUSE);
		code = run(db, "PRAGMA journal_mode = WAL");
	}
	return code;
}

static int
set_up(struct store *s, const char *path, char *why, size_t size)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
		return -1;
	sqlite3_busy_timeout(s->db, OTHERS_START);
	if (set_wal(s->db) != SQLITE_OK ||
		run(s->db, "PRAGMA synchronous = NORMAL") != SQLITE_OK ||
		migrate(s->db, why, size) == -1 || prepare(s) == -1)
		return -1;
	/* From now on nobody waits in here. */
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
	if (set_up(s, path, why, size) == 0)
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
result_of(int code)
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
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct note
note_of(sqlite3_stmt *st)
{
	return (struct note){ .id = sqlite3_column_int64(st, 0),
		.version = sqlite3_column_int64(st, 1),
		.created = sqlite3_column_int64(st, 2),
		.changed = sqlite3_column_int64(st, 3),
		.title = (const char *)sqlite3_column_text(st, 4),
		.text = (const char *)sqlite3_column_text(st, 5) };
}

static void
bind_text(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

/* Every row; STORE_NONE when there is none. */
static enum store_result
each(sqlite3_stmt *st, void (*f)(const struct note *, void *data), void *data)
{
	enum store_result result = STORE_NONE;
	int code;

	while ((code = sqlite3_step(st)) == SQLITE_ROW) {
		struct note note = note_of(st);

		result = STORE_OK;
		f(&note, data);
	}
	sqlite3_reset(st);
	return code == SQLITE_DONE ? result : result_of(code);
}

/* The words as FTS5 takes them: each quoted, so that none is an operator. */
static char *
query_of(const char *words)
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
	char *query = query_of(words);
	sqlite3_stmt *st;
	enum store_result result;

	if (query == NULL)
		return STORE_FAILED;
	st = s->statements[query[0] == '\0' ? LIST : SEARCH];
	sqlite3_bind_int64(st, 1, before);
	sqlite3_bind_int64(st, 2, limit);
	if (query[0] != '\0')
		bind_text(st, 3, query);
	result = each(st, f, data);
	sqlite3_clear_bindings(st);
	free(query);
	return result == STORE_NONE ? STORE_OK : result;
}

enum store_result
store_get(struct store *s, int64_t id,
	void (*f)(const struct note *, void *data), void *data)
{
	sqlite3_bind_int64(s->statements[GET], 1, id);
	return each(s->statements[GET], f, data);
}

/* The numbers of a note that was written; its text is the caller's. */
static void
take_numbers(const struct note *written, void *data)
{
	struct note *to = data;

	to->id = written->id;
	to->version = written->version;
	to->created = written->created;
	to->changed = written->changed;
}

/* What is written to a file without a name nobody will find again. */
static bool
is_lost(struct store *s)
{
	int has_moved = 0;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	return s->is_lost = has_moved != 0;
}

enum store_result
store_add(struct store *s, struct note *note)
{
	sqlite3_stmt *st = s->statements[ADD];

	if (is_lost(s))
		return STORE_FAILED;
	sqlite3_bind_int64(st, 1, now());
	bind_text(st, 2, note->title);
	bind_text(st, 3, note->text);
	return each(st, take_numbers, note);
}

static void
ignore(const struct note *note, void *data)
{
	(void)note;
	(void)data;
}

/* Nothing was written: is it not there, or of another version? */
static enum store_result
why_not(struct store *s, int64_t id)
{
	enum store_result result = store_get(s, id, ignore, NULL);

	return result == STORE_OK ? STORE_STALE : result;
}

enum store_result
store_change(struct store *s, struct note *note)
{
	sqlite3_stmt *st = s->statements[CHANGE];
	enum store_result result;

	if (is_lost(s))
		return STORE_FAILED;
	sqlite3_bind_int64(st, 1, now());
	bind_text(st, 2, note->title);
	bind_text(st, 3, note->text);
	sqlite3_bind_int64(st, 4, note->id);
	sqlite3_bind_int64(st, 5, note->version);
	result = each(st, take_numbers, note);
	return result == STORE_NONE ? why_not(s, note->id) : result;
}

enum store_result
store_remove(struct store *s, int64_t id, int64_t version)
{
	sqlite3_stmt *st = s->statements[REMOVE];
	enum store_result result;

	if (is_lost(s))
		return STORE_FAILED;
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, version);
	result = each(st, ignore, NULL);
	if (result != STORE_NONE)
		return result;
	return sqlite3_changes(s->db) > 0 ? STORE_OK : why_not(s, id);
}
