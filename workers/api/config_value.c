/*
 * SPDX-License-Identifier: MIT
 */
#include "api/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit times[] = { { "ms", 1 }, { "s", 1000 },
	{ "m", 60 * 1000 }, { "h", 3600 * 1000 }, { "d", 86400 * 1000 },
	{ NULL, 0 } };

static const struct unit sizes[] = { { "", 1 }, { "k", 1 << 10 },
	{ "m", 1 << 20 }, { "g", 1 << 30 }, { NULL, 0 } };

static bool
read_number(const char *text, const struct unit *units, int64_t *out)
{
	int64_t number;
	char *end;

	if (text == NULL || !isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0)
		return false;
	for (; units->name != NULL; units++)
		if (strcasecmp(end, units->name) == 0)
			return !__builtin_mul_overflow(
				number, units->factor, out);
	return false;
}

bool
config_value_duration(const char *text, int64_t *milliseconds)
{
	return read_number(text, times, milliseconds);
}

bool
config_value_size(const char *text, int64_t *bytes)
{
	return read_number(text, sizes, bytes);
}

/* Takes one step, "[3]" or "name", and moves the path behind it. */
static const json_t *
take_step(const json_t *value, const char **path)
{
	const char *at = *path;
	size_t len;
	char *end;

	if (*at == '[') {
		size_t index = strtoul(at + 1, &end, 10);

		*path = *end == ']' ? end + 1 : end;
		return *end == ']' ? json_array_get(value, index) : NULL;
	}
	at += *at == '.';
	len = strcspn(at, ".[");
	*path = at + len;
	return json_object_getn(value, at, len);
}

const json_t *
config_value_find(const json_t *value, const char *path)
{
	while (value != NULL && *path != '\0')
		value = take_step(value, &path);
	return value;
}
