/*
 * The functions of prong.h for an instance's configuration.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "api/instance.h"
#include "common/conf.h"
#include "conn/worker_state.h"

/*
 * Returns the position of path in the configuration file; NULL when it is not
 * there.
 */
static const struct conf_place *
find_config_place(const struct conf_route *conf, const char *path)
{
	const struct conf_json *config = &conf->module.config;

	for (size_t i = 0; i < config->nplaces; i++)
		if (strcmp(config->places[i].path, path) == 0)
			return &config->places[i];
	return NULL;
}

int
prong_config_error(
	struct prong_instance *i, const char *path, const char *format, ...)
{
	const struct conf_place *place;
	va_list args;
	size_t len;

	if (i->why == NULL) {
		prong_log(i, PRONG_ERROR,
			"prong_config_error() is only for the start function");
		return -1;
	}
	place = find_config_place(i->conf, path);
	if (place == NULL)
		place = find_config_place(i->conf, "");
	if (place != NULL)
		snprintf(i->why, i->why_size, "%s:%u:%u: error: ",
			place->file != NULL ? place->file
					    : i->worker->conf->file,
			place->line, place->column);
	len = strlen(i->why);
	snprintf(i->why + len, i->why_size - len,
		"config%s%s: ", path[0] == '\0' ? "" : ".", path);
	len = strlen(i->why);
	va_start(args, format);
	vsnprintf(i->why + len, i->why_size - len, format, args);
	va_end(args);
	return -1;
}
