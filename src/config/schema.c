/*
 * Writes the directive tables as JSON Schema, for editors that check while one
 * types.  The schema accepts more than the reader: it cannot check paths, for
 * example.
 * SPDX-License-Identifier: MIT
 */
#include "config/load.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>

#include "config/directive.h"

static json_t *describe_table(const struct directive_table *);

static json_t *
assert_packed(json_t *packed)
{
	assert(packed != NULL);
	return packed;
}

static json_t *
list_words(const struct directive *d)
{
	json_t *words = json_array();

	for (size_t i = 0; d->words[i] != NULL; i++)
		json_array_append_new(words, json_string(d->words[i]));
	return words;
}

static json_t *
list_statuses(const struct directive *d)
{
	json_t *statuses = json_array();

	for (size_t i = 0; d->statuses[i] != 0; i++)
		json_array_append_new(statuses, json_integer(d->statuses[i]));
	return statuses;
}

static json_t *
describe_integer(const struct directive *d)
{
	json_t *number = assert_packed(
		json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum",
			(json_int_t)d->min, "maximum", (json_int_t)d->max));

	if (d->flags & DIRECTIVE_CHOICE)
		json_object_set_new(number, "type",
			assert_packed(json_pack("[s,s]", "integer", "null")));
	if (d->words == NULL)
		return number;
	return assert_packed(json_pack(
		"{s:[o,{s:o}]}", "anyOf", number, "enum", list_words(d)));
}

static json_t *
describe_size(const struct directive *d)
{
	json_t *size = assert_packed(json_pack("{s:[{s:s,s:I,s:I},{s:s,s:s}]}",
		"anyOf", "type", "integer", "minimum", (json_int_t)d->min,
		"maximum", (json_int_t)d->max, "type", "string", "pattern",
		"^[0-9]+[kmgKMG]?$"));

	if (d->words != NULL)
		json_array_append_new(json_object_get(size, "anyOf"),
			assert_packed(
				json_pack("{s:o}", "enum", list_words(d))));
	return size;
}

static json_t *
describe_duration(void)
{
	return assert_packed(json_pack("{s:s,s:s}", "type", "string", "pattern",
		"^[0-9]+([hH]|[mM]|[sS]|[mM][sS])$"));
}

/* A key without a default may be null, which means none. */
static json_t *
describe_string(const struct directive *d)
{
	if (d->preset == NULL && !(d->flags & DIRECTIVE_REQUIRED))
		return assert_packed(
			json_pack("{s:[s,s]}", "type", "string", "null"));
	return assert_packed(json_pack("{s:s}", "type", "string"));
}

static json_t *
describe_list(const struct directive *d, json_t *items)
{
	return assert_packed(json_pack("{s:s,s:o,s:I,s:I}", "type", "array",
		"items", items, "minItems", (json_int_t)d->min, "maxItems",
		(json_int_t)d->max));
}

static json_t *
describe_pages(void)
{
	return assert_packed(json_pack("{s:s,s:{s:s},s:{s:s,s:s}}", "type",
		"object", "propertyNames", "pattern", "^[45]([0-9][0-9]|xx)$",
		"additionalProperties", "type", "string", "pattern", "^/"));
}

static json_t *
describe_share(void)
{
	return assert_packed(json_pack(
		"{s:s,s:i,s:i}", "type", "number", "minimum", 0, "maximum", 1));
}

static json_t *
describe_table_or_null(const struct directive_table *t)
{
	return assert_packed(json_pack(
		"{s:[{s:s},o]}", "anyOf", "type", "null", describe_table(t)));
}

static json_t *
describe_fields(void)
{
	return assert_packed(json_pack("{s:s,s:{s:s}}", "type", "object",
		"additionalProperties", "type", "string"));
}

/* One object, or a list of them. */
static json_t *
describe_access_logs(const struct directive *d)
{
	json_t *list = describe_list(d, describe_table(d->inner));
	json_t *any = assert_packed(json_pack(
		"{s:[o,o]}", "anyOf", describe_table(d->inner), list));

	if (d->preset == NULL)
		json_array_append_new(json_object_get(any, "anyOf"),
			json_pack("{s:s}", "type", "null"));
	return any;
}

static json_t *
describe_choice(json_t *choices)
{
	return assert_packed(json_pack("{s:o}", "enum", choices));
}

/* One without a default may be null, which means none. */
static json_t *
describe_object(const struct directive *d)
{
	return d->preset == NULL ? describe_table_or_null(d->inner)
				 : describe_table(d->inner);
}

static json_t *
describe_type(const struct directive *d)
{
	switch (d->type) {
	case DIRECTIVE_BOOLEAN:
		return assert_packed(json_pack("{s:s}", "type", "boolean"));
	case DIRECTIVE_LISTING:
		return assert_packed(
			json_pack("{s:[b,b,s]}", "enum", 0, 1, "json"));
	case DIRECTIVE_WORDS:
		return describe_list(d, describe_choice(list_words(d)));
	case DIRECTIVE_INTEGER:
		return describe_integer(d);
	case DIRECTIVE_SIZE:
		return describe_size(d);
	case DIRECTIVE_DURATION:
		return describe_duration();
	case DIRECTIVE_ENUM:
		return describe_choice(list_words(d));
	case DIRECTIVE_STATUS:
		return describe_choice(list_statuses(d));
	case DIRECTIVE_STRING:
	case DIRECTIVE_PATH:
	case DIRECTIVE_ROOT:
	case DIRECTIVE_MODULE:
		return describe_string(d);
	case DIRECTIVE_ROUTE:
		return assert_packed(json_pack(
			"{s:s,s:s}", "type", "string", "pattern", "^/[^?#]*$"));
	case DIRECTIVE_NETWORKS:
	case DIRECTIVE_STRINGS:
	case DIRECTIVE_PATHS:
		return describe_list(
			d, assert_packed(json_pack("{s:s}", "type", "string")));
	case DIRECTIVE_FIELDS:
		return describe_fields();
	case DIRECTIVE_JSON:
		return assert_packed(json_pack("{s:s}", "type", "object"));
	case DIRECTIVE_PAGES:
		return describe_pages();
	case DIRECTIVE_LISTEN:
		return describe_list(d,
			assert_packed(json_pack("{s:[{s:s},o]}", "anyOf",
				"type", "string", describe_table(d->inner))));
	case DIRECTIVE_CERTIFICATES:
	case DIRECTIVE_CHECKS:
	case DIRECTIVE_SITES:
	case DIRECTIVE_ROUTES:
		return describe_list(d, describe_table(d->inner));
	case DIRECTIVE_TLS:
	case DIRECTIVE_TLS_CLIENT:
	case DIRECTIVE_SANDBOX:
		return describe_table_or_null(d->inner);
	case DIRECTIVE_ACCESS_LOGS:
		return describe_access_logs(d);
	case DIRECTIVE_SHARE:
		return describe_share();
	case DIRECTIVE_OBJECT:
		return describe_object(d);
	}
	return NULL;
}

/* True for a value that a variable may be as a whole, but which the schema of
 * the type would not accept in that form. */
static bool
may_be_variable(enum directive_type type)
{
	return type == DIRECTIVE_BOOLEAN || type == DIRECTIVE_LISTING ||
	       type == DIRECTIVE_INTEGER || type == DIRECTIVE_SIZE ||
	       type == DIRECTIVE_DURATION || type == DIRECTIVE_ENUM ||
	       type == DIRECTIVE_STATUS || type == DIRECTIVE_ROUTE;
}

static json_t *
describe_directive(const struct directive *d)
{
	json_t *schema = assert_packed(describe_type(d));

	if (may_be_variable(d->type))
		schema = assert_packed(json_pack("{s:[o,{s:s}]}", "anyOf",
			schema, "$ref", "#/$defs/variable"));

	json_object_set_new(schema, "description", json_string(d->help));
	if (d->preset != NULL && d->type != DIRECTIVE_OBJECT &&
		d->type != DIRECTIVE_ACCESS_LOGS &&
		!(d->flags & DIRECTIVE_BUILT))
		json_object_set_new(schema, "default",
			json_loads(d->preset, JSON_DECODE_ANY, NULL));
	return schema;
}

/*
 * Requires exactly one of the choices of the table; a key that is null counts
 * as not set.
 */
static void
add_choices(json_t *schema, const struct directive_table *t)
{
	json_t *choices = json_array();

	for (size_t i = 0; i < t->nrows; i++)
		if (t->rows[i].flags & DIRECTIVE_CHOICE)
			json_array_append_new(choices,
				assert_packed(
					json_pack("{s:[s],s:{s:{s:{s:s}}}}",
						"required", t->rows[i].name,
						"properties", t->rows[i].name,
						"not", "type", "null")));
	if (json_array_size(choices) > 0)
		json_object_set(schema, "oneOf", choices);
	json_decref(choices);
}

/* What is missing may be in a file that the object includes. */
static void
add_needs(json_t *schema, json_t *needs)
{
	if (json_object_size(needs) > 0)
		json_object_set_new(schema, "anyOf",
			assert_packed(json_pack(
				"[O,{s:[s]}]", needs, "required", "include")));
	json_decref(needs);
}

static json_t *
describe_table(const struct directive_table *t)
{
	json_t *keys = json_object(), *required = json_array();
	json_t *needs = json_object(), *schema;

	for (size_t i = 0; i < t->nrows; i++) {
		const struct directive *d = &t->rows[i];

		json_object_set_new(keys, d->name, describe_directive(d));
		if (d->flags & DIRECTIVE_REQUIRED)
			json_array_append_new(required, json_string(d->name));
	}
	json_object_set_new(keys, "include",
		assert_packed(json_pack("{s:s}", "$ref", "#/$defs/include")));
	schema = assert_packed(json_pack("{s:s,s:b,s:o}", "type", "object",
		"additionalProperties", 0, "properties", keys));
	if (json_array_size(required) > 0)
		json_object_set(needs, "required", required);
	json_decref(required);
	add_choices(needs, t);
	add_needs(schema, needs);
	return schema;
}

static json_t *
describe_definitions(void)
{
	return assert_packed(json_pack(
		"{s:{s:s,s:s,s:s},s:{s:[{s:s},{s:s,s:{s:s}}],s:s}}", "variable",
		"type", "string", "pattern",
		"\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\\}", "description",
		"a variable of the environment", "include", "anyOf", "type",
		"string", "type", "array", "items", "type", "string",
		"description",
		"files whose keys or elements stand here: a name or a pattern "
		"like \"sites/*.json\", or a list of them"));
}

void
config_schema(FILE *to)
{
	json_t *schema = assert_packed(json_pack("{s:s,s:s,s:o}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title",
		"prong.json", "$defs", describe_definitions()));
	json_t *file = describe_table(&directive_file);

	json_object_update(schema, file);
	json_decref(file);
	json_dumpf(schema, to, JSON_INDENT(2));
	fputc('\n', to);
	json_decref(schema);
}
