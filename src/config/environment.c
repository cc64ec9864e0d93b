/*
 * SPDX-License-Identifier: MIT
 */
#include "config/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

enum { NAME_LEN_MAX = 255 };

#define SYNTAX                                                                 \
	"a variable is written ${NAME} or ${NAME:-DEFAULT}, and $${ stands "   \
	"for the two characters ${"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"

bool
environment_is_used(const char *text)
{
	return strstr(text, "${") != NULL;
}

/* Returns the value of the variable, or NULL with the reason. */
static const char *
find_value(const char *name, const char *preset, char *why, size_t size)
{
	const char *value = getenv(name);

	if (preset != NULL && (value == NULL || *value == '\0'))
		return preset;
	if (value == NULL)
		snprintf(why, size,
			"the environment has no variable %s; set it, or write "
			"a default: ${%s:-DEFAULT}",
			name, name);
	else if (!utf8_is_valid(value, strlen(value)))
		snprintf(why, size, "the variable %s is not UTF-8", name);
	else
		return value;
	return NULL;
}

/*
 * Returns the value of the variable whose text is between the braces, or NULL
 * with the reason.
 */
static const char *
expand_variable(
	struct arena *a, const char *text, size_t len, char *why, size_t size)
{
	size_t name_len = strspn(text, LETTERS "0123456789");
	const char *preset = NULL;

	if (name_len > 0 && name_len + 2 <= len &&
		strncmp(text + name_len, ":-", 2) == 0)
		preset = arena_strndup(
			a, text + name_len + 2, len - name_len - 2);
	if (name_len == 0 || name_len > NAME_LEN_MAX ||
		strspn(text, LETTERS) == 0 ||
		(preset == NULL && name_len != len)) {
		snprintf(why, size, "%s", SYNTAX);
		return NULL;
	}
	if (preset != NULL && environment_is_used(preset)) {
		snprintf(why, size,
			"the default of a variable must not contain another "
			"one");
		return NULL;
	}
	return find_value(arena_strndup(a, text, name_len), preset, why, size);
}

/* The text between variables and the values of these, in their order. */
struct pieces {
	struct span *all;
	size_t count, len;
};

static void
add_piece(struct pieces *p, const char *text, size_t len)
{
	p->all[p->count++] = (struct span){ text, len };
	p->len += len;
}

static size_t
count_variables(const char *text)
{
	size_t n = 0;

	for (; (text = strstr(text, "${")) != NULL; text += 2)
		n++;
	return n;
}

static const char *
join_pieces(struct arena *a, const struct pieces *p)
{
	char *text = arena_alloc(a, p->len + 1), *at = text;

	for (size_t i = 0; i < p->count; i++)
		if (p->all[i].len > 0) {
			memcpy(at, p->all[i].at, p->all[i].len);
			at += p->all[i].len;
		}
	*at = '\0';
	return text;
}

/* Adds the variable at the text and returns what follows it, or NULL with the
 * reason. */
static const char *
add_variable(struct pieces *p, struct arena *a, const char *at, char *why,
	size_t size)
{
	const char *end = strchr(at, '}'), *value;

	if (end == NULL) {
		snprintf(why, size, "%s", SYNTAX);
		return NULL;
	}
	value = expand_variable(a, at + 2, (size_t)(end - at) - 2, why, size);
	if (value == NULL)
		return NULL;
	add_piece(p, value, strlen(value));
	return end + 1;
}

const char *
environment_expand(struct arena *a, const char *text, bool *is_whole, char *why,
	size_t size)
{
	size_t most = 2 * count_variables(text) + 1;
	struct pieces p = { .all = arena_calloc(a, most, sizeof(*p.all)) };
	const char *start = text, *at;

	*is_whole = false;
	while ((at = strstr(text, "${")) != NULL) {
		if (at > text && at[-1] == '$') {
			/* The second '$' is left out. */
			add_piece(&p, text, (size_t)(at - text));
			text = at + 1;
			continue;
		}
		add_piece(&p, text, (size_t)(at - text));
		text = add_variable(&p, a, at, why, size);
		if (text == NULL)
			return NULL;
		*is_whole = at == start && *text == '\0';
	}
	add_piece(&p, text, strlen(text));
	return join_pieces(a, &p);
}
