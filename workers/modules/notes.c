/*
 * A JSON API for notes in an SQLite file:
 *    GET    /notes?limit=20&before=ID&q=WORDS   one page, newest first
 *    POST   /notes            {"title": "...", "text": "..."}
 *    GET    /notes/:id        with ETag; honours If-None-Match
 *    PUT    /notes/:id        requires If-Match, so that no change is lost
 *    DELETE /notes/:id        honours If-Match
 * The configuration is {"db": "/var/lib/prong/notes.db"}.
 *
 * Writes wait for the disk, so they run on the work pool, on a connection of
 * their own; reads are in memory and run in the loop.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notes_write.h"
#include "prong.h"

enum {
	TITLE_MOST = 200, /* characters */
	TEXT_MOST = 10000,
	PAGE = 20,
	PAGE_MOST = 100,
	BODY_MOST = 64 * 1024,
};

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

static const char *
format_tag(char tag[64], const struct note *note)
{
	snprintf(tag, 64, "\"%" PRId64 "-%" PRId64 "\"", note->id,
		note->version);
	return tag;
}

/* The tag is for If-Match, so the response must not be compressed: the tag
 * would become weak. */
static void
set_etag(struct prong_context *ctx, const struct note *note)
{
	char tag[64];

	prong_set_field(ctx, "ETag", format_tag(tag, note));
	prong_set_field(ctx, "Cache-Control", "no-transform");
}

/* Returns the version in an entity tag of format_tag() for this note, or -1.  A
 * compressed response of prong_etag() has an ending such as "-g" in its tag. */
static int64_t
version_in(const char *tag, int64_t id)
{
	int64_t tag_id, version;
	int len = 0;

	if (sscanf(tag, "\"%" SCNd64 "-%" SCNd64 "%n", &tag_id, &version,
		    &len) != 2 ||
		tag_id != id || version < 1)
		return -1;
	tag += len;
	if (tag[0] == '-' && tag[1] != '\0' && strchr("gbz", tag[1]) != NULL)
		tag += 2;
	return strcmp(tag, "\"") == 0 ? version : -1;
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
	notes_answer_failure(ctx, STORE_NONE, "");
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
	notes_answer_failure(ctx, STORE_STALE, "");
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

static void
list_notes(struct prong_context *ctx)
{
	const char *words = prong_query_value(ctx, "q", 0);
	int64_t before = INT64_MAX, limit = PAGE;
	struct page page = { 0 };
	enum store_result result;
	json_t *answer;

	if (prong_query_int(ctx, "limit", &limit, 1, PAGE_MOST) == -1 ||
		prong_query_int(ctx, "before", &before, 1, INT64_MAX) == -1)
		return;
	page.notes = json_array();
	page.limit = (unsigned)limit;
	/* One note more than the page shows whether there is a next page. */
	result = store_list(notes_of(ctx)->reader, before, page.limit + 1,
		words == NULL ? "" : words, add_to_page, &page);
	if (result != STORE_OK) {
		json_decref(page.notes);
		notes_answer_failure(
			ctx, result, store_reason(notes_of(ctx)->reader));
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
	prong_metric_add(notes_of(ctx)->created, 1);
	set_etag(ctx, note);
	prong_json(ctx, 201, json_note(note));
}

static void
create_note(struct prong_context *ctx)
{
	struct notes_write w = { .try = store_add, .answer = answer_created };

	if (take_note(ctx, &w.note))
		notes_write_start(ctx, &w);
}

static void
answer_note(struct prong_context *ctx, const struct note *note)
{
	prong_metric_add(notes_of(ctx)->changed, 1);
	set_etag(ctx, note);
	prong_json(ctx, 200, json_note(note));
}

static void
answer_read(const struct note *note, void *data)
{
	struct prong_context *ctx = data;
	char tag[64];

	if (prong_etag(ctx, format_tag(tag, note), 0) == 0)
		prong_json(ctx, 200, json_note(note));
}

static void
read_note(struct prong_context *ctx)
{
	enum store_result result;
	int64_t id;

	if (!take_id(ctx, &id))
		return;
	result = store_get(notes_of(ctx)->reader, id, answer_read, ctx);
	if (result != STORE_OK)
		notes_answer_failure(
			ctx, result, store_reason(notes_of(ctx)->reader));
}

static void
change_note(struct prong_context *ctx)
{
	struct notes_write w = { .try = store_change, .answer = answer_note };

	if (take_id(ctx, &w.note.id) && take_version(ctx, &w.note, true) &&
		take_note(ctx, &w.note))
		notes_write_start(ctx, &w);
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
	prong_metric_add(notes_of(ctx)->removed, 1);
	prong_empty(ctx, 204);
}

static void
remove_note(struct prong_context *ctx)
{
	struct notes_write w = { .try = try_remove, .answer = answer_removed };

	if (take_id(ctx, &w.note.id) && take_version(ctx, &w.note, false))
		notes_write_start(ctx, &w);
}

/* ---- the module --------------------------------------------------------- */

static int
open_stores(struct prong_instance *i, struct notes *n, const char *path)
{
	char why[256];

	n->reader = store_open(path, why, sizeof(why));
	if (n->reader != NULL)
		n->writer = store_open(path, why, sizeof(why));
	if (n->writer == NULL)
		return prong_config_error(i, "db", "%s: %s", path, why);
	return 0;
}

static struct prong_metric *
count_changes(struct prong_instance *i, const char *kind)
{
	const struct prong_metric_options options = { .name = "changes_total",
		.help = "Notes that were created, changed or removed",
		.label = "kind",
		.value = kind };

	return prong_metric(i, &options);
}

static int
start_notes(struct prong_instance *i)
{
	const char *path = NULL;
	struct notes *n;

	if (prong_config_string(i, "db", &path, true) == -1)
		return -1;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return -1;
	pthread_mutex_init(&n->mutex, NULL);
	prong_set_state(i, n);
	n->created = count_changes(i, "created");
	n->changed = count_changes(i, "changed");
	n->removed = count_changes(i, "removed");
	if (open_stores(i, n, prong_config_path(i, path)) == 0)
		return 0;
	store_close(n->reader);
	free(n);
	return -1;
}

static void
stop_notes(struct prong_instance *i)
{
	struct notes *n = prong_state(i);

	store_close(n->reader);
	store_close(n->writer);
	pthread_mutex_destroy(&n->mutex);
	free(n);
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
