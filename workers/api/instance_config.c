/*
 * The functions of prong.h for an instance's configuration.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/config_value.h"
#include "api/instance.h"
#include "common/conf.h"
#include "common/mem.h"
#include "conn/worker_state.h"

/* ---- errors ------------------------------------------------------------- */

/* Returns the length of a path without its last part; 0 for none. */
static size_t
shorten_path(const char *path, size_t len)
{
	while (len > 0 && path[--len] != '.' && path[len] != '[')
		;
	return len;
}

/*
 * Returns the position of path in the configuration file, or that of its
 * deepest part that is there; NULL when not even the object is.
 */
static const struct conf_place *
find_config_place(const struct conf_route *conf, const char *path)
{
	const struct conf_json *config = &conf->module.config;

	for (size_t len = strlen(path);; len = shorten_path(path, len)) {
		for (size_t i = 0; i < config->nplaces; i++) {
			const char *place = config->places[i].path;

			if (strlen(place) == len &&
				memcmp(place, path, len) == 0)
				return &config->places[i];
		}
		if (len == 0)
			return NULL;
	}
}

/* The errors are one line of the log. */
static size_t
begin_error(struct prong_instance *i, const char *path)
{
	const struct conf_place *place = find_config_place(i->conf, path);
	size_t len = strlen(i->why);

	if (len > 0)
		len += (size_t)snprintf(i->why + len, i->why_size - len, "; ");
	if (len >= i->why_size)
		return i->why_size;
	if (place != NULL)
		snprintf(i->why + len, i->why_size - len, "%s:%u:%u: error: ",
			place->file != NULL ? place->file
					    : i->worker->conf->file,
			place->line, place->column);
	len = strlen(i->why);
	snprintf(i->why + len, i->why_size - len,
		"config%s%s: ", path[0] == '\0' ? "" : ".", path);
	return strlen(i->why);
}

int
prong_config_error(
	struct prong_instance *i, const char *path, const char *format, ...)
{
	va_list args;
	size_t len;

	if (!instance_check_call(i, __func__))
		return -1;
	if (path == NULL || format == NULL)
		return instance_misuse(
			i, __func__, "the path or the format is NULL");
	if (i->why == NULL)
		return instance_misuse(
			i, __func__, "it is only for the start function");
	len = begin_error(i, path);
	va_start(args, format);
	if (len < i->why_size)
		vsnprintf(i->why + len, i->why_size - len, format, args);
	va_end(args);
	errno = EINVAL;
	return -1;
}

/* ---- values ------------------------------------------------------------- */

/* False when the call is wrong, which is logged. */
static bool
check_read(struct prong_instance *i, const char *function, const char *path,
	const void *out)
{
	if (!instance_check_call(i, function))
		return false;
	if (path != NULL && out != NULL)
		return true;
	instance_misuse(i, function, "the path or the result is NULL");
	return false;
}

int
prong_config_string(struct prong_instance *i, const char *path,
	const char **out, bool is_required)
{
	const json_t *value;

	if (!check_read(i, __func__, path, out))
		return -1;
	value = config_value_find(i->config, path);
	if (value == NULL && is_required)
		return prong_config_error(i, path, "is required");
	if (value == NULL)
		return 0;
	if (!json_is_string(value))
		return prong_config_error(i, path, "must be a string");
	*out = json_string_value(value);
	return 0;
}

int
prong_config_bool(struct prong_instance *i, const char *path, bool *out)
{
	const json_t *value;

	if (!check_read(i, __func__, path, out))
		return -1;
	value = config_value_find(i->config, path);
	if (value == NULL)
		return 0;
	if (!json_is_boolean(value))
		return prong_config_error(i, path, "must be true or false");
	*out = json_is_true(value);
	return 0;
}

int
prong_config_integer(struct prong_instance *i, const char *path, int64_t *out,
	int64_t least, int64_t most)
{
	const json_t *value;
	int64_t number;

	if (!check_read(i, __func__, path, out))
		return -1;
	value = config_value_find(i->config, path);
	if (value == NULL)
		return 0;
	number = json_integer_value(value);
	if (!json_is_integer(value) || number < least || number > most)
		return prong_config_error(i, path,
			"must be a whole number from %" PRId64 " to %" PRId64,
			least, most);
	*out = number;
	return 0;
}

int
prong_config_duration(
	struct prong_instance *i, const char *path, int64_t *milliseconds)
{
	const json_t *value;

	if (!check_read(i, __func__, path, milliseconds))
		return -1;
	value = config_value_find(i->config, path);
	if (value == NULL)
		return 0;
	if (!config_value_duration(json_string_value(value), milliseconds))
		return prong_config_error(i, path,
			"must be a duration, such as \"10s\", \"500ms\" or "
			"\"2h\"");
	return 0;
}

int
prong_config_size(struct prong_instance *i, const char *path, int64_t *bytes)
{
	const json_t *value;

	if (!check_read(i, __func__, path, bytes))
		return -1;
	value = config_value_find(i->config, path);
	if (value == NULL)
		return 0;
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		*bytes = json_integer_value(value);
	else if (!config_value_size(json_string_value(value), bytes))
		return prong_config_error(i, path,
			"must be a size, such as 4096, \"64k\" or \"1m\"");
	return 0;
}

/* ---- paths -------------------------------------------------------------- */

/* The text lives as long as the instance. */
static const char *
keep_text(struct prong_instance *i, char *text)
{
	i->texts = mem_realloc(i->texts, (i->ntexts + 1) * sizeof(*i->texts));
	i->texts[i->ntexts++] = text;
	return text;
}

const char *
prong_config_path(struct prong_instance *i, const char *path)
{
	const char *file, *slash;
	char *text;

	if (!instance_check_call(i, __func__))
		return NULL;
	if (path == NULL) {
		instance_misuse(i, __func__, "the path is NULL");
		return NULL;
	}
	for (size_t k = 0; k < i->ntexts; k++)
		if (path == i->texts[k])
			return path;
	file = i->worker->conf->file;
	slash = file == NULL ? NULL : strrchr(file, '/');
	if (path[0] == '/' || slash == NULL)
		return keep_text(i, mem_strdup(path));
	if (asprintf(&text, "%.*s/%s", (int)(slash - file), file, path) == -1) {
		errno = ENOMEM;
		return NULL;
	}
	return keep_text(i, text);
}
