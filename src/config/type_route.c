/*
 * Networks are stored as IPv6, IPv4 as ::ffff:0:0/96 (RFC 4291 2.5.5.2), so
 * that the workers compare addresses of one kind.
 * SPDX-License-Identifier: MIT
 */
#include "config/type_route.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/pattern.h"
#include "config/read.h"

/* ---- path ---------------------------------------------------------------- */

void
type_read_route(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = type_text(r, d, value);
	struct conf_route *route = at;
	size_t literal;

	if (text == NULL)
		return;
	route->path = span_of(reader_keep(r, text));
	literal = pattern_literal(route->path);
	if (literal == route->path.len)
		return;
	route->is_prefix = literal + 1 == route->path.len && literal > 0 &&
			   text[literal - 1] == '/';
	if (!route->is_prefix)
		route->pattern = route->path;
	route->path.len = literal;
}

json_t *
type_show_route(const struct directive *d, const void *at)
{
	const struct conf_route *route = at;

	(void)d;
	if (route->pattern.at != NULL)
		return json_stringn(route->pattern.at, route->pattern.len);
	return json_sprintf("%.*s%s", (int)route->path.len, route->path.at,
		route->is_prefix ? "*" : "");
}

/* ---- listing ------------------------------------------------------------- */

void
type_read_listing(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	const char *text = json_string_value(value);

	(void)d;
	if (json_is_boolean(value))
		*(enum conf_listing *)at = json_is_true(value)
						   ? CONF_LISTING_ON
						   : CONF_LISTING_OFF;
	else if (text != NULL && strcmp(text, "json") == 0)
		*(enum conf_listing *)at = CONF_LISTING_JSON;
	else
		reader_reject(r, value, "true, false or \"json\"");
}

json_t *
type_show_listing(const struct directive *d, const void *at)
{
	enum conf_listing listing = *(const enum conf_listing *)at;

	(void)d;
	return listing == CONF_LISTING_JSON
		       ? json_string("json")
		       : json_boolean(listing == CONF_LISTING_ON);
}

/* ---- fields -------------------------------------------------------------- */

static void
read_field(struct reader *r, const struct directive *d, const char *key,
	const json_t *value, struct conf_field *all, size_t *count)
{
	const char *text = type_text(r, d, value);
	const char *wrong = d->key_rule(key);

	if (wrong != NULL)
		reader_report(r, JSON_POSITION_KEY, "%s", wrong);
	if (wrong != NULL || text == NULL)
		return;
	all[*count].name = span_of(reader_keep(r, key));
	all[*count].value = span_of(reader_keep(r, text));
	++*count;
}

void
type_read_fields(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_fields *fields = at;
	struct conf_field *all;
	const char *key;
	json_t *text;

	if (!json_is_object(value)) {
		reader_reject(r, value, "an object of strings");
		return;
	}
	all = reader_alloc(r, json_object_size(value) + 1, sizeof(*all));
	fields->all = all;
	json_object_foreach(value, key, text)
	{
		reader_enter(r, key);
		read_field(r, d, key, text, all, &fields->count);
		reader_leave(r);
	}
}

json_t *
type_show_fields(const struct directive *d, const void *at)
{
	const struct conf_fields *fields = at;
	json_t *object = json_object();

	(void)d;
	for (size_t i = 0; i < fields->count; i++)
		json_object_set_new(object, fields->all[i].name.at,
			json_string(fields->all[i].value.at));
	return object;
}

/* ---- networks ------------------------------------------------------------ */

enum { V4_BITS = 32, V6_BITS = 128, MAPPED_BITS = V6_BITS - V4_BITS };

static bool
parse_address(const char *text, struct conf_network *n, int *bits)
{
	n->address[10] = n->address[11] = 0xff;
	*bits = V4_BITS;
	if (inet_pton(AF_INET, text, n->address + 12) == 1)
		return true;
	*bits = V6_BITS;
	return inet_pton(AF_INET6, text, n->address) == 1;
}

static bool
has_host_bits(const struct conf_network *n)
{
	for (int i = n->bits; i < V6_BITS; i++)
		if (n->address[i / 8] & 0x80 >> i % 8)
			return true;
	return false;
}

/* Returns an error message, or NULL. */
static const char *
parse_network(const char *text, struct conf_network *n)
{
	static const char shape[] = "must be a network like \"10.0.0.0/8\", "
				    "\"fd00::/8\" or an IP address";
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char address[INET6_ADDRSTRLEN], *end;
	long prefix;
	int bits;

	if (len >= sizeof(address))
		return shape;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!parse_address(address, n, &bits))
		return shape;
	prefix = bits;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return shape;
		prefix = strtol(slash + 1, &end, 10);
		if (*end != '\0' || prefix > bits)
			return shape;
	}
	n->bits = (int)prefix + (bits == V4_BITS ? MAPPED_BITS : 0);
	return has_host_bits(n) ? "has address bits beyond its prefix length; "
				  "correct one of them"
				: NULL;
}

/* True for the word that stands for all unix sockets, if the row allows it. */
static bool
is_unix_word(const struct directive *d, const json_t *value)
{
	const char *text = json_string_value(value);

	return d->words != NULL && text != NULL &&
	       strcmp(text, d->words[0]) == 0;
}

static void
read_network(struct reader *r, const struct directive *d, const json_t *value,
	struct conf_networks *networks, struct conf_network *n)
{
	const char *text, *wrong;

	if (is_unix_word(d, value)) {
		networks->has_unix = true;
		return;
	}
	text = type_text(r, d, value);
	wrong = text == NULL ? NULL : parse_network(text, n);
	if (wrong != NULL)
		reader_report(r, JSON_POSITION_VALUE, "%s", wrong);
	n->text = text == NULL ? "" : reader_keep(r, text);
	networks->count++;
}

void
type_read_networks(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_networks *networks = at;
	size_t n = type_count_elements(r, d, value, "a list of networks");
	struct conf_network *all = reader_alloc(r, n + 1, sizeof(*all));

	networks->all = all;
	networks->count = 0;
	networks->has_unix = false;
	for (size_t i = 0; i < n; i++) {
		reader_enter_index(r, i);
		read_network(r, d, json_array_get(value, i), networks,
			&all[networks->count]);
		reader_leave(r);
	}
}

json_t *
type_show_networks(const struct directive *d, const void *at)
{
	const struct conf_networks *networks = at;
	json_t *list = json_array();

	for (size_t i = 0; i < networks->count; i++)
		json_array_append_new(list, json_string(networks->all[i].text));
	if (networks->has_unix)
		json_array_append_new(list, json_string(d->words[0]));
	return list;
}
