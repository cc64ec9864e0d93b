/*
 * The directive types that hold one value; type_list.c has those that hold
 * several.
 * SPDX-License-Identifier: MIT
 */
#include "config/type.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/read.h"
#include "config/type_check.h"
#include "config/type_json.h"
#include "config/type_list.h"
#include "config/type_log.h"
#include "config/type_route.h"
#include "config/type_sandbox.h"
#include "config/type_tls.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first, the order in which print_unit() tries them. */
static const struct unit size_units[] = {
	{ "g", 1 << 30 },
	{ "m", 1 << 20 },
	{ "k", 1 << 10 },
	{ "", 1 },
	{ NULL, 0 },
};
static const struct unit duration_units[] = {
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

/* ---- numbers ------------------------------------------------------------- */

static void
print_unit(int64_t n, const struct unit *u, char *text, size_t size)
{
	while (u[1].name != NULL && (n == 0 || n % u->factor != 0))
		u++;
	snprintf(text, size, "%" PRId64 "%s", n / u->factor, u->name);
}

static void
print_size(int64_t bytes, char *text, size_t size)
{
	print_unit(bytes, size_units, text, size);
}

static void
print_duration(int64_t ms, char *text, size_t size)
{
	if (ms == 0)
		snprintf(text, size, "0s");
	else
		print_unit(ms, duration_units, text, size);
}

/*
 * Returns -1 if the text is not a number with one of the units, and INT64_MAX
 * if the number is larger than any limit.
 */
static int64_t
parse_unit(const char *text, const struct unit *u)
{
	long long n;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	n = strtoll(text, &end, 10);
	for (; u->name != NULL; u++)
		if (strcasecmp(end, u->name) == 0)
			break;
	if (u->name == NULL)
		return -1;
	if (errno == ERANGE || n > INT64_MAX / u->factor)
		return INT64_MAX;
	return n * u->factor;
}

void
type_print(enum directive_type type, int64_t n, char *text, size_t size)
{
	if (type == DIRECTIVE_SIZE)
		print_size(n, text, size);
	else if (type == DIRECTIVE_DURATION)
		print_duration(n, text, size);
	else
		snprintf(text, size, "%" PRId64, n);
}

static void
store_number(struct reader *r, const struct directive *d, const json_t *value,
	int64_t n, void *at)
{
	char least[32], most[32], what[96];

	if (n >= d->min && n <= d->max) {
		*(int64_t *)at = n;
		return;
	}
	type_print(d->type, d->min, least, sizeof(least));
	type_print(d->type, d->max, most, sizeof(most));
	snprintf(what, sizeof(what), "between %s and %s", least, most);
	reader_reject(r, value, what);
}

static void
read_integer(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = json_string_value(value);
	char what[64];

	if (json_is_integer(value)) {
		store_number(r, d, value, json_integer_value(value), at);
	} else if (d->words == NULL) {
		reader_reject(r, value, "a whole number");
	} else if (text != NULL && strcmp(text, d->words[0]) == 0) {
		*(int64_t *)at = 0;
	} else {
		snprintf(what, sizeof(what), "a whole number or \"%s\"",
			d->words[0]);
		reader_reject(r, value, what);
	}
}

static bool
is_text(const json_t *value, const char *word)
{
	return json_is_string(value) &&
	       strcmp(json_string_value(value), word) == 0;
}

static void
read_size(struct reader *r, const struct directive *d, json_t *value, void *at)
{
	int64_t n = -1;

	if (json_is_integer(value) && json_integer_value(value) >= 0)
		n = json_integer_value(value);
	else if (json_is_string(value))
		n = parse_unit(json_string_value(value), size_units);
	if (n == -1 && d->words != NULL && is_text(value, d->words[0]))
		*(int64_t *)at = DIRECTIVE_AUTO;
	else if (n == -1)
		reader_reject(r, value,
			d->words == NULL
				? "a size like \"64k\", \"1m\" or 512"
				: "a size like \"64k\", \"1m\" or 512, or "
				  "\"auto\"");
	else
		store_number(r, d, value, n, at);
}

static void
read_duration(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	int64_t n = -1;

	if (json_is_string(value))
		n = parse_unit(json_string_value(value), duration_units);
	if (n == -1)
		reader_reject(r, value,
			"a duration like \"10s\", \"500ms\", \"2m\" or "
			"\"1h\"");
	else
		store_number(r, d, value, n, at);
}

static json_t *
show_integer(const struct directive *d, const void *at)
{
	int64_t n = *(const int64_t *)at;

	if (n == 0 && d->words != NULL)
		return json_string(d->words[0]);
	return json_integer(n);
}

static json_t *
show_unit(const struct directive *d, const void *at)
{
	int64_t n = *(const int64_t *)at;
	char text[32];

	if (n == DIRECTIVE_AUTO && d->words != NULL)
		return json_string(d->words[0]);
	type_print(d->type, n, text, sizeof(text));
	if (isdigit((unsigned char)text[strlen(text) - 1]))
		return json_integer(n);
	return json_string(text);
}

static void
read_boolean(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	(void)d;
	if (json_is_boolean(value))
		*(bool *)at = json_is_true(value);
	else
		reader_reject(r, value, "true or false");
}

static json_t *
show_boolean(const struct directive *d, const void *at)
{
	(void)d;
	return json_boolean(*(const bool *)at);
}

/* ---- enumerations -------------------------------------------------------- */

static void
read_enum(struct reader *r, const struct directive *d, json_t *value, void *at)
{
	int word = type_word(r, d, value);

	if (word != -1)
		*(int *)at = word;
}

static json_t *
show_enum(const struct directive *d, const void *at)
{
	return json_string(d->words[*(const int *)at]);
}

static void
read_status(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	char what[64] = "one of ";
	size_t len = strlen(what);

	for (int i = 0; d->statuses[i] != 0; i++) {
		if (json_integer_value(value) == d->statuses[i]) {
			*(int *)at = d->statuses[i];
			return;
		}
		len += (size_t)snprintf(what + len, sizeof(what) - len, "%s%d",
			i == 0 ? "" : ", ", d->statuses[i]);
		assert(len < sizeof(what));
	}
	reader_reject(r, value, what);
}

static json_t *
show_status(const struct directive *d, const void *at)
{
	(void)d;
	return json_integer(*(const int *)at);
}

/* ---- texts --------------------------------------------------------------- */

const char *
type_text(struct reader *r, const struct directive *d, const json_t *value)
{
	const char *text = json_string_value(value), *wrong = NULL;

	if (text == NULL) {
		reader_reject(r, value, "a string");
		return NULL;
	}
	if (d->rule != NULL)
		wrong = d->rule(text);
	if (wrong == NULL)
		return text;
	reader_report(r, JSON_POSITION_VALUE, "%s", wrong);
	return NULL;
}

static void
read_string(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = type_text(r, d, value);

	if (text != NULL)
		*(const char **)at = reader_keep(r, text);
}

/* A word that ends in a colon stands for all that begin with it. */
static bool
is_word(const struct directive *d, const char *text)
{
	for (int i = 0; d->words != NULL && d->words[i] != NULL; i++)
		if (strcmp(d->words[i], text) == 0 ||
			(d->words[i][strlen(d->words[i]) - 1] == ':' &&
				strncmp(d->words[i], text,
					strlen(d->words[i])) == 0))
			return true;
	return false;
}

static void
read_path(struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = type_text(r, d, value);

	if (text == NULL)
		return;
	*(const char **)at = is_word(d, text) ? reader_keep(r, text)
					      : reader_resolve(r, text);
}

/* The directory is opened later, by a process that may wait: opener.c. */
static void
read_root(struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = type_text(r, d, value);

	if (text != NULL)
		*(const char **)at = reader_resolve(r, text);
}

static void
read_module(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = type_text(r, d, value);

	if (text == NULL)
		return;
	*(const char **)at = strchr(text, '/') == NULL
				     ? reader_keep(r, text)
				     : reader_resolve(r, text);
}

static json_t *
show_string(const struct directive *d, const void *at)
{
	const char *text = *(const char *const *)at;

	(void)d;
	return text == NULL ? json_null() : json_string(text);
}

/* ---- objects ------------------------------------------------------------- */

static void
read_object(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	reader_read(r, d->inner, value, at);
}

static bool
is_set(const struct directive_table *t, const char *name, const void *base)
{
	const struct directive *d = directive_find(t, name);

	return *(const char *const *)((const char *)base + d->offset) != NULL;
}

/* The file has no such object: a text that it requires is not set. */
static bool
is_absent(const struct directive_table *t, const void *base)
{
	for (size_t i = 0; i < t->nrows; i++)
		if ((t->rows[i].flags & DIRECTIVE_REQUIRED) &&
			!is_set(t, t->rows[i].name, base))
			return true;
	return false;
}

static json_t *
show_object(const struct directive *d, const void *at)
{
	return is_absent(d->inner, at) ? json_null()
				       : type_show_table(d->inner, at);
}

/* ---- the types ----------------------------------------------------------- */

// clang-format off
static const struct {
	void (*read)(
	    struct reader *, const struct directive *, json_t *, void *);
	json_t *(*show)(const struct directive *, const void *);
} types[] = {
	[DIRECTIVE_BOOLEAN]  = { read_boolean,       show_boolean },
	[DIRECTIVE_LISTING]  = { type_read_listing, type_show_listing },
	[DIRECTIVE_INTEGER]  = { read_integer,       show_integer },
	[DIRECTIVE_SIZE]     = { read_size,          show_unit },
	[DIRECTIVE_DURATION] = { read_duration,      show_unit },
	[DIRECTIVE_ENUM]     = { read_enum,          show_enum },
	[DIRECTIVE_WORDS]    = { type_read_words,   type_show_words },
	[DIRECTIVE_STATUS]   = { read_status,        show_status },
	[DIRECTIVE_STRING]   = { read_string,        show_string },
	[DIRECTIVE_PATH]     = { read_path,          show_string },
	[DIRECTIVE_ROOT]     = { read_root,          show_string },
	[DIRECTIVE_MODULE]   = { read_module,        show_string },
	[DIRECTIVE_ROUTE]    = { type_read_route,   type_show_route },
	[DIRECTIVE_STRINGS]  = { type_read_strings, type_show_strings },
	[DIRECTIVE_PATHS]    = { type_read_paths,   type_show_strings },
	[DIRECTIVE_FIELDS]   = { type_read_fields,  type_show_fields },
	[DIRECTIVE_NETWORKS] = { type_read_networks, type_show_networks },
	[DIRECTIVE_JSON]     = { type_read_json,    type_show_json },
	[DIRECTIVE_PAGES]    = { type_read_pages,   type_show_pages },
	[DIRECTIVE_LISTEN]   = { type_read_listen,  type_show_listen },
	[DIRECTIVE_TLS]      = { type_read_tls,     type_show_tls },
	[DIRECTIVE_TLS_CLIENT] = { type_read_tls_client,
		type_show_tls_client },
	[DIRECTIVE_CERTIFICATES] = { type_read_certificates,
		type_show_certificates },
	[DIRECTIVE_CHECKS]   = { type_read_checks,  type_show_checks },
	[DIRECTIVE_SANDBOX]  = { type_read_sandbox, type_show_sandbox },
	[DIRECTIVE_ACCESS_LOGS] = { type_read_access_logs,
		type_show_access_logs },
	[DIRECTIVE_SHARE]    = { type_read_share,   type_show_share },
	[DIRECTIVE_SITES]    = { type_read_sites,   type_show_sites },
	[DIRECTIVE_ROUTES]   = { type_read_routes,  type_show_routes },
	[DIRECTIVE_OBJECT]   = { read_object,        show_object },
};
// clang-format on

static bool
is_scalar(enum directive_type type)
{
	return type == DIRECTIVE_INTEGER || type == DIRECTIVE_SIZE ||
	       type == DIRECTIVE_STATUS || type == DIRECTIVE_BOOLEAN ||
	       type == DIRECTIVE_LISTING;
}

/* "${WORKERS}" is a number where the variable is one and the key takes one.
 * Returns a new reference. */
static json_t *
read_variable(struct reader *r, const struct directive *d, json_t *value)
{
	json_t *scalar = NULL;

	if (is_scalar(d->type) && config_source_is_expanded(r->source, value))
		scalar = json_loads(
			json_string_value(value), JSON_DECODE_ANY, NULL);
	if (json_is_integer(scalar) || json_is_boolean(scalar))
		return scalar;
	json_decref(scalar);
	return json_incref(value);
}

void
type_read(struct reader *r, const struct directive *d, json_t *value, void *at)
{
	json_t *variable = read_variable(r, d, value);

	types[d->type].read(r, d, variable, at);
	json_decref(variable);
}

/* Returns the field at `at` as it could be written in the file. */
static json_t *
show_field(const struct directive *d, const void *at)
{
	return types[d->type].show(d, at);
}

json_t *
type_show_table(const struct directive_table *t, const void *base)
{
	json_t *object = json_object();

	for (size_t i = 0; i < t->nrows; i++) {
		const struct directive *d = &t->rows[i];
		const char *with =
			d->flags & DIRECTIVE_CHOICE ? d->name : d->with;

		if (with == NULL || is_set(t, with, base) ||
			(d->also_with != NULL && is_set(t, d->also_with, base)))
			json_object_set_new(object, d->name,
				show_field(d, (const char *)base + d->offset));
	}
	return object;
}
