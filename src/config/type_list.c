/*
 * Reads each list into an array of its own.  An error in one element does not
 * keep the others from being read.
 * SPDX-License-Identifier: MIT
 */
#include "config/type_list.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"
#include "config/read.h"
#include "config/type.h"

size_t
type_count_elements(struct reader *r, const struct directive *d,
	const json_t *value, const char *what)
{
	size_t n = json_array_size(value);

	if (!json_is_array(value)) {
		reader_reject(r, value, what);
		return 0;
	}
	if (n < (size_t)d->min)
		reader_report(r, JSON_POSITION_VALUE, "must not be empty");
	if (n > (size_t)d->max)
		reader_report(r, JSON_POSITION_VALUE,
			"must have at most %d elements; this has %zu",
			(int)d->max, n);
	return n > (size_t)d->max ? 0 : n;
}

/* ---- strings ------------------------------------------------------------- */

static void
read_texts(struct reader *r, const struct directive *d, json_t *value, void *at,
	const char *(*keep)(struct reader *, const char *text))
{
	size_t n = type_count_elements(r, d, value, "a list of strings"),
	       kept = 0;
	const char **all = reader_alloc(r, n + 1, sizeof(*all)), *text;

	for (size_t i = 0; i < n; i++) {
		reader_enter_index(r, i);
		text = type_text(r, d, json_array_get(value, i));
		if (text != NULL)
			all[kept++] = keep(r, text);
		reader_leave(r);
	}
	*(const char *const **)at = all;
}

void
type_read_strings(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	read_texts(r, d, value, at, reader_keep);
}

void
type_read_paths(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	read_texts(r, d, value, at, reader_resolve);
}

json_t *
type_show_strings(const struct directive *d, const void *at)
{
	const char *const *all = *(const char *const *const *)at;
	json_t *list = json_array();

	(void)d;
	for (; *all != NULL; all++)
		json_array_append_new(list, json_string(*all));
	return list;
}

/* ---- words --------------------------------------------------------------- */

int
type_word(struct reader *r, const struct directive *d, const json_t *value)
{
	const char *text = json_string_value(value);
	char what[384] = "one of ";
	size_t len = strlen(what);

	for (int i = 0; d->words[i] != NULL; i++) {
		if (text != NULL && strcmp(text, d->words[i]) == 0)
			return i;
		len += (size_t)snprintf(what + len, sizeof(what) - len,
			"%s\"%s\"", i == 0 ? "" : ", ", d->words[i]);
		assert(len < sizeof(what));
	}
	reader_reject(r, value, what);
	return -1;
}

void
type_read_words(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	size_t n = type_count_elements(r, d, value, "a list of words");
	unsigned mask = 0;
	int word;

	for (size_t i = 0; i < n; i++) {
		reader_enter_index(r, i);
		word = type_word(r, d, json_array_get(value, i));
		if (word != -1)
			mask |= 1u << word;
		reader_leave(r);
	}
	*(unsigned *)at = mask;
}

json_t *
type_show_words(const struct directive *d, const void *at)
{
	json_t *list = json_array();

	for (int i = 0; d->words[i] != NULL; i++)
		if (*(const unsigned *)at & 1u << i)
			json_array_append_new(list, json_string(d->words[i]));
	return list;
}

/* ---- error pages --------------------------------------------------------- */

/* Returns 400 to 599, 4 or 5 for "4xx" or "5xx", or 0 for any other key. */
static int
parse_status(const char *key)
{
	if (strcmp(key, "4xx") == 0 || strcmp(key, "5xx") == 0)
		return *key - '0';
	if (strlen(key) != 3 || strspn(key, "0123456789") != 3 ||
		(*key != '4' && *key != '5'))
		return 0;
	return (int)strtol(key, NULL, 10);
}

/* Leaves page->path NULL after an error. */
static void
read_page(struct reader *r, const struct directive *d, const char *key,
	const json_t *value, struct conf_error_page *page)
{
	const char *path = type_text(r, d, value);

	page->status = parse_status(key);
	if (page->status == 0)
		reader_report(r, JSON_POSITION_KEY,
			"must be a status from \"400\" to \"599\", "
			"\"4xx\" or \"5xx\"");
	if (page->status == 0 || path == NULL)
		return;
	page->path = reader_keep(r, path);
}

void
type_read_pages(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_error_pages *pages = at;
	struct conf_error_page *all;
	const char *key;
	json_t *path;

	if (!json_is_object(value)) {
		reader_reject(
			r, value, "an object like {\"404\": \"/404.html\"}");
		return;
	}
	all = reader_alloc(r, json_object_size(value) + 1, sizeof(*all));
	pages->all = all;
	json_object_foreach(value, key, path)
	{
		reader_enter(r, key);
		read_page(r, d, key, path, &all[pages->count]);
		pages->count += all[pages->count].path != NULL;
		reader_leave(r);
	}
}

json_t *
type_show_pages(const struct directive *d, const void *at)
{
	const struct conf_error_pages *pages = at;
	json_t *object = json_object();
	char key[16];

	(void)d;
	for (size_t i = 0; i < pages->count; i++) {
		snprintf(key, sizeof(key), "%d%s", pages->all[i].status,
			pages->all[i].status < 10 ? "xx" : "");
		json_object_set_new(
			object, key, json_string(pages->all[i].path));
	}
	return object;
}

/* ---- listen -------------------------------------------------------------- */

static void
read_address(struct reader *r, const struct directive *d, json_t *value,
	struct conf_listen *l)
{
	const char *text, *wrong;

	if (json_is_object(value)) {
		reader_read(r, d->inner, value, l);
	} else if (json_is_string(value)) {
		l->text = reader_keep(r, json_string_value(value));
		l->protocols = 1u << CONF_HTTP_1;
	} else {
		reader_reject(r, value, "an address or an object with one");
	}
	text = l->text;
	if (text == NULL)
		return;
	wrong = address_parse(text, r->dir, l);
	if (wrong != NULL)
		reader_report(r, JSON_POSITION_VALUE, "%s", wrong);
}

static void
check_duplicate_address(
	struct reader *r, const struct conf_listen *all, size_t last)
{
	for (size_t i = 0; i < last; i++)
		if (address_is_same(&all[i], &all[last])) {
			reader_report(r, JSON_POSITION_VALUE,
				"the same address as listen[%zu]", i);
			return;
		}
}

void
type_read_listen(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf *conf = at;
	size_t n = type_count_elements(r, d, value, "a list of addresses");
	struct conf_listen *all = reader_alloc(r, n + 1, sizeof(*all));

	for (size_t i = 0; i < n; i++) {
		reader_enter_index(r, i);
		read_address(r, d, json_array_get(value, i), &all[i]);
		check_duplicate_address(r, all, i);
		reader_leave(r);
	}
	conf->listen = all;
	conf->nlisten = n;
}

/*
 * Returns the address as a string if it has no other settings, else as an
 * object.
 */
static json_t *
show_address(const struct directive_table *t, const struct conf_listen *l)
{
	if (l->accept == CONF_ACCEPT_WORKER && l->backlog == 0 &&
		l->proxy_protocol == CONF_PROXY_OFF && l->tls == NULL &&
		l->protocols == 1u << CONF_HTTP_1)
		return json_string(l->text);
	return type_show_table(t, l);
}

json_t *
type_show_listen(const struct directive *d, const void *at)
{
	const struct conf *conf = at;
	json_t *list = json_array();

	for (size_t i = 0; i < conf->nlisten; i++)
		if (!conf->listen[i].is_admin)
			json_array_append_new(
				list, show_address(d->inner, &conf->listen[i]));
	return list;
}

/* ---- objects ------------------------------------------------------------- */

void *
type_read_objects(struct reader *r, const struct directive *d,
	const json_t *list, size_t n, size_t size)
{
	char *all = reader_alloc(r, n + 1, size);

	for (size_t i = 0; i < n; i++) {
		reader_enter_index(r, i);
		reader_read(
			r, d->inner, json_array_get(list, i), all + i * size);
		reader_leave(r);
	}
	return all;
}

json_t *
type_show_objects(
	const struct directive *d, const void *all, size_t n, size_t size)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			list, type_show_table(
				      d->inner, (const char *)all + i * size));
	return list;
}

/* ---- sites and routes ---------------------------------------------------- */

void
type_read_sites(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf *conf = at;
	size_t n = type_count_elements(r, d, value, "a list of objects");

	conf->sites = type_read_objects(r, d, value, n, sizeof(*conf->sites));
	conf->nsites = n;
}

void
type_read_routes(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_site *site = at;
	size_t n = type_count_elements(r, d, value, "a list of objects");

	site->routes = type_read_objects(r, d, value, n, sizeof(*site->routes));
	site->nroutes = n;
}

json_t *
type_show_sites(const struct directive *d, const void *at)
{
	const struct conf *conf = at;

	return type_show_objects(
		d, conf->sites, conf->nsites, sizeof(*conf->sites));
}

json_t *
type_show_routes(const struct directive *d, const void *at)
{
	const struct conf_site *site = at;

	return type_show_objects(
		d, site->routes, site->nroutes, sizeof(*site->routes));
}
