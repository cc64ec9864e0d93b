/*
 * A JSON API for notes in an SQLite file:
 *    GET    /notes?limit=20&before=ID&q=WORDS   one page, newest first
 *    POST   /notes            {"title": "...", "text": "..."}
 *    GET    /notes/:id        with ETag; honours If-None-Match
 *    PUT    /notes/:id        requires If-Match, so that no change is lost
 *    DELETE /notes/:id        honours If-Match
 * The configuration is {"db": "/var/lib/prong/notes.db"}.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notes_store.h"
#include "prong.h"

enum {
	TITLE_MOST = 200, /* characters */
	TEXT_MOST = 10000,
	PAGE = 20,
	PAGE_MOST = 100,
	BUSY_MOST = 2000, /* milliseconds until a busy database is reported */
	BODY_MOST = 64 * 1024,
};

static struct store *
notes_store_of(struct prong_context *ctx)
{
	return prong_state(prong_instance(ctx));
}

/* ---- notes as JSON ------------------------------------------------------ */

/* Formats a time as in RFC 3339. */
static json_t *
json_time(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[40];
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%03dZ", (int)(ms % 1000));
	return json_string(text);
}

static json_t *
json_note(const struct note *note)
{
	return json_pack("{sI so so ss ss}", "id", (json_int_t)note->id,
		"created", json_time(note->created), "changed",
		json_time(note->changed), "title", note->title, "text",
		note->text);
}

static void
set_etag(struct prong_context *ctx, const struct note *note)
{
	char tag[64];

	snprintf(tag, sizeof(tag), "\"%" PRId64 "-%" PRId64 "\"", note->id,
		note->version);
	prong_set_field(ctx, "ETag", tag);
}

/* Returns the version in an entity tag of set_etag() for this note, or -1. */
static int64_t
version_in(const char *tag, int64_t id)
{
	int64_t tag_id, version;
	int len = 0;

	if (sscanf(tag, "\"%" SCNd64 "-%" SCNd64 "\"%n", &tag_id, &version,
		    &len) != 2 ||
		len == 0 || tag[len] != '\0' || tag_id != id || version < 1)
		return -1;
	return version;
}

/* ---- errors ------------------------------------------------------------- */

static void
answer_failure(struct prong_context *ctx, enum store_result result)
{
	switch (result) {
	case STORE_NONE:
		prong_problem(ctx, 404, "There is no note %s.",
			prong_param(ctx, "id"));
		break;
	case STORE_STALE:
		prong_problem(ctx, 412,
			"Note %s has changed since it was read.",
			prong_param(ctx, "id"));
		break;
	case STORE_BUSY:
		prong_set_field(ctx, "Retry-After", "1");
		prong_problem(
			ctx, 503, "The database is busy; try again later.");
		break;
	case STORE_FULL:
		prong_problem(ctx, 507, "The storage is full.");
		break;
	default:
		prong_log(prong_instance(ctx), PRONG_ERROR, "%s",
			store_reason(notes_store_of(ctx)));
		prong_problem(ctx, 500, "The database is not available.");
	}
}

/* ---- writing ------------------------------------------------------------ */

/*
 * A write operation and its response; it is retried while the database is busy.
 */
struct write {
	enum store_result (*try)(struct store *, struct note *);
	void (*answer)(struct prong_context *, const struct note *);
	struct note note;
	int64_t waited, pause; /* milliseconds */
};

static void
try_write(struct prong_context *ctx, void *data)
{
	struct write *w = data;
	enum store_result result = w->try(notes_store_of(ctx), &w->note);

	if (result == STORE_BUSY && w->waited < BUSY_MOST) {
		w->waited += w->pause;
		prong_defer(ctx);
		prong_after(ctx, w->pause, try_write, w);
		if (w->pause < 50)
			w->pause *= 2;
		return;
	}
	if (result == STORE_OK)
		w->answer(ctx, &w->note);
	else
		answer_failure(ctx, result);
}

static void
start_write(struct prong_context *ctx, const struct write *what)
{
	struct write *w = prong_alloc(ctx, sizeof(*w));

	if (w == NULL) {
		prong_problem(ctx, 500, "Out of memory.");
		return;
	}
	*w = *what;
	w->pause = 1;
	try_write(ctx, w);
}

/* ---- parsing requests --------------------------------------------------- */

/* Parses ":id"; false when an error response was sent. */
static bool
take_id(struct prong_context *ctx, int64_t *id)
{
	const char *text = prong_param(ctx, "id");
	char *end;

	errno = 0;
	*id = strtoll(text, &end, 10);
	if (text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0)
		return true;
	answer_failure(ctx, STORE_NONE);
	return false;
}

/* Counts the characters of a UTF-8 text. */
static size_t
count_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void
add_error(json_t *errors, const char *member, const char *what)
{
	json_array_append_new(
		errors, json_pack("{ss ss}", "at", member, "is", what));
}

static const char *
take_text(const json_t *note, const char *member, size_t least, size_t most,
	json_t *errors)
{
	const json_t *value = json_object_get(note, member);
	const char *text = json_string_value(value);
	size_t len;

	if (value == NULL && least == 0)
		return "";
	if (text == NULL) {
		add_error(errors, member,
			value == NULL ? "missing" : "not a string");
		return "";
	}
	len = count_characters(text);
	if (strlen(text) != json_string_length(value))
		add_error(errors, member, "holding a NUL");
	else if (len < least)
		add_error(errors, member, "empty");
	else if (len > most)
		add_error(errors, member, "too long");
	return text;
}

static void
check_unknown_members(const json_t *note, json_t *errors)
{
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)note, member,
		value) if (strcmp(member, "title") != 0 &&
			   strcmp(member, "text") != 0)
		add_error(errors, member, "not known");
}

/*
 * Parses title and text from the body; false when an error response was sent.
 */
static bool
take_note(struct prong_context *ctx, struct note *note)
{
	const json_t *body = prong_body_json(ctx);
	json_t *errors;

	if (body == NULL)
		return false;
	if (!json_is_object(body)) {
		prong_problem(ctx, 422, "A note must be a JSON object.");
		return false;
	}
	errors = json_array();
	note->title = take_text(body, "title", 1, TITLE_MOST, errors);
	note->text = take_text(body, "text", 0, TEXT_MOST, errors);
	check_unknown_members(body, errors);
	if (json_array_size(errors) == 0) {
		json_decref(errors);
		return true;
	}
	prong_problem_with(ctx, 422, json_pack("{so}", "errors", errors),
		"The note is not valid.");
	return false;
}

/*
 * Parses If-Match (RFC 9110 13.1.1) into the version to be replaced; false when
 * an error response was sent. When is_required, a client that sends none gets
 * 428: it would overwrite changes that it has not seen.
 */
static bool
take_version(struct prong_context *ctx, struct note *note, bool is_required)
{
	const char *tag = prong_field(ctx, "If-Match");

	note->version = STORE_ANY_VERSION;
	if (tag == NULL && is_required) {
		prong_problem(ctx, 428,
			"Send the note's ETag in If-Match, or \"*\".");
		return false;
	}
	if (tag == NULL || strcmp(tag, "*") == 0)
		return true;
	note->version = version_in(tag, note->id);
	if (note->version != -1)
		return true;
	answer_failure(ctx, STORE_STALE);
	return false;
}

/* ---- handlers ----------------------------------------------------------- */

struct page {
	json_t *notes;
	unsigned limit;
	int64_t last;
	bool is_cut; /* there is a next page */
};

static void
add_to_page(const struct note *note, void *data)
{
	struct page *page = data;

	if (json_array_size(page->notes) == page->limit) {
		page->is_cut = true;
		return;
	}
	json_array_append_new(page->notes, json_note(note));
	page->last = note->id;
}

/*
 * Parses a number of the query, *number being the default; false when an error
 * response was sent.
 */
static bool
take_number(struct prong_context *ctx, const char *name, int64_t most,
	int64_t *number)
{
	const char *text = prong_query_value(ctx, name, 0);
	char *end;

	if (text == NULL)
		return true;
	errno = 0;
	*number = strtoll(text, &end, 10);
	if (*text != '\0' && *end == '\0' && errno == 0 && *number >= 1 &&
		*number <= most)
		return true;
	prong_problem(ctx, 400, "%s must be a number from 1 to %" PRId64 ".",
		name, most);
	return false;
}

static void
list_notes(struct prong_context *ctx)
{
	const char *words = prong_query_value(ctx, "q", 0);
	int64_t before = INT64_MAX, limit = PAGE;
	struct page page = { 0 };
	enum store_result result;
	json_t *answer;

	if (!take_number(ctx, "limit", PAGE_MOST, &limit) ||
		!take_number(ctx, "before", INT64_MAX, &before))
		return;
	page.notes = json_array();
	page.limit = (unsigned)limit;
	/* One note more than the page shows whether there is a next page. */
	result = store_list(notes_store_of(ctx), before, page.limit + 1,
		words == NULL ? "" : words, add_to_page, &page);
	if (result != STORE_OK) {
		json_decref(page.notes);
		answer_failure(ctx, result);
		return;
	}
	answer = json_pack("{so}", "notes", page.notes);
	if (page.is_cut)
		json_object_set_new(
			answer, "next_before", json_integer(page.last));
	prong_json(ctx, 200, answer);
}

static void
answer_created(struct prong_context *ctx, const struct note *note)
{
	char location[128];

	snprintf(location, sizeof(location), "%s/notes/%" PRId64,
		prong_mount(prong_instance(ctx)), note->id);
	prong_set_field(ctx, "Location", location);
	set_etag(ctx, note);
	prong_json(ctx, 201, json_note(note));
}

static void
create_note(struct prong_context *ctx)
{
	struct write w = { .try = store_add, .answer = answer_created };

	if (take_note(ctx, &w.note))
		start_write(ctx, &w);
}

static void
answer_note(struct prong_context *ctx, const struct note *note)
{
	set_etag(ctx, note);
	prong_json(ctx, 200, json_note(note));
}

/*
 * Responds to GET, honouring If-None-Match (RFC 9110 13.1.2) with one tag or
 * "*".
 */
static void
answer_read(const struct note *note, void *data)
{
	struct prong_context *ctx = data;
	const char *known = prong_field(ctx, "If-None-Match");

	if (known == NULL ||
		(strcmp(known, "*") != 0 &&
			version_in(known, note->id) != note->version)) {
		answer_note(ctx, note);
		return;
	}
	set_etag(ctx, note);
	prong_empty(ctx, 304);
}

static void
read_note(struct prong_context *ctx)
{
	enum store_result result;
	int64_t id;

	if (!take_id(ctx, &id))
		return;
	result = store_get(notes_store_of(ctx), id, answer_read, ctx);
	if (result != STORE_OK)
		answer_failure(ctx, result);
}

static void
change_note(struct prong_context *ctx)
{
	struct write w = { .try = store_change, .answer = answer_note };

	if (take_id(ctx, &w.note.id) && take_version(ctx, &w.note, true) &&
		take_note(ctx, &w.note))
		start_write(ctx, &w);
}

static enum store_result
try_remove(struct store *s, struct note *note)
{
	return store_remove(s, note->id, note->version);
}

static void
answer_removed(struct prong_context *ctx, const struct note *note)
{
	(void)note;
	prong_empty(ctx, 204);
}

static void
remove_note(struct prong_context *ctx)
{
	struct write w = { .try = try_remove, .answer = answer_removed };

	if (take_id(ctx, &w.note.id) && take_version(ctx, &w.note, false))
		start_write(ctx, &w);
}

/* ---- the module --------------------------------------------------------- */

static int
start_notes(struct prong_instance *i)
{
	const char *path =
		json_string_value(json_object_get(prong_config(i), "db"));
	char why[256];
	struct store *s;

	if (path == NULL)
		return prong_config_error(i, "db",
			"must be the path of a file, such as "
			"\"/var/lib/prong/notes.db\"");
	s = store_open(path, why, sizeof(why));
	if (s == NULL)
		return prong_config_error(i, "db", "%s: %s", path, why);
	prong_set_state(i, s);
	return 0;
}

static void
stop_notes(struct prong_instance *i)
{
	store_close(prong_state(i));
}

static const struct prong_route routes[] = {
	{ .method = "GET", .pattern = "/notes", .handler = list_notes },
	{ .method = "POST",
		.pattern = "/notes",
		.handler = create_note,
		.body_most = BODY_MOST },
	{ .method = "GET", .pattern = "/notes/:id", .handler = read_note },
	{ .method = "PUT",
		.pattern = "/notes/:id",
		.handler = change_note,
		.body_most = BODY_MOST },
	{ .method = "DELETE", .pattern = "/notes/:id", .handler = remove_note },
	{ 0 },
};

PRONG_MODULE(.name = "notes", .routes = routes, .start = start_notes,
	.stop = stop_notes);
