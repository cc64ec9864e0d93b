/*
 * Starts and stops instances; also the functions of prong.h for an instance:
 * state, configuration, log.
 * SPDX-License-Identifier: MIT
 */
#include "api/instance.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/module_root.h"
#include "api/router.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/mem.h"
#include "conn/worker_state.h"

/*
 * Returns the route's path without the '*' of a prefix and the '/' before it:
 * patterns begin with a '/'.
 */
static char *
mount_from_route(const struct conf_route *conf)
{
	size_t len = conf->path.len;

	while (conf->is_prefix && len > 0 && conf->path.at[len - 1] != '/')
		len--;
	if (len > 0 && conf->path.at[len - 1] == '/')
		len--;
	return strndup(conf->path.at, len);
}

static int
start_module(struct prong_instance *i)
{
	const struct prong_module *self = i->self;

	i->why[0] = '\0';
	if (self->start != NULL && self->start(i) != 0) {
		if (i->why[0] == '\0')
			snprintf(i->why, i->why_size,
				"module \"%s\": its start function failed "
				"and did not say why",
				self->name);
		return -1;
	}
	i->has_started = true;
	return 0;
}

int
instance_init(struct prong_instance *i, struct worker *w,
	const struct conf_route *conf, const struct prong_module *self,
	char *why, size_t size)
{
	int result;

	*i = (struct prong_instance){ .worker = w,
		.conf = conf,
		.self = self,
		.why = why,
		.why_size = size };
	if (w->contexts == NULL) {
		w->contexts = mem_alloc(sizeof(*w->contexts));
		context_pool_init(w->contexts, w);
	}
	i->mount = mount_from_route(conf);
	i->config = json_loads(conf->module.config.text, 0, NULL);
	assert(i->mount != NULL && i->config != NULL);
	i->router = router_new(self, why, size);
	result = i->router == NULL ? -1 : start_module(i);
	i->why = NULL;
	return result;
}

void
instance_drain(struct prong_instance *i)
{
	if (i->is_draining)
		return;
	i->is_draining = true;
	if (i->self->drain != NULL)
		i->self->drain(i);
	context_drain_all(i);
}

void
instance_fini(struct prong_instance *i)
{
	context_stop_all(i);
	if (i->has_started && i->self->stop != NULL)
		i->self->stop(i);
	event_cancel_all(&i->events);
	module_root_close_all(i);
	router_free(i->router);
	json_decref(i->config);
	free(i->mount);
}

struct log *
instance_log(const struct prong_instance *i)
{
	return &i->worker->log;
}

struct ev_loop *
instance_loop(const struct prong_instance *i)
{
	return i->worker->loop;
}

/* ---- prong.h ------------------------------------------------------------ */

void
prong_set_state(struct prong_instance *i, void *state)
{
	i->state = state;
}

void *
prong_state(struct prong_instance *i)
{
	return i->state;
}

struct prong_instance *
prong_instance_of(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	return ctx == NULL ? NULL : ctx->instance;
}

struct prong_instance *
prong_instance(struct prong_context *handle)
{
	return prong_instance_of(handle);
}

unsigned
prong_version(void)
{
	return PRONG_VERSION;
}

const json_t *
prong_config(struct prong_instance *i)
{
	return i->config;
}

const char *
prong_mount(struct prong_instance *i)
{
	return i->mount;
}

unsigned
prong_worker_index(struct prong_instance *i)
{
	return i->worker->heritage->index;
}

bool
prong_is_draining(struct prong_instance *i)
{
	return i->is_draining;
}

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

void
prong_log(struct prong_instance *i, enum prong_level level, const char *format,
	...)
{
	static const enum log_level levels[] = {
		[PRONG_ERROR] = LOG_LEVEL_ERROR,
		[PRONG_WARNING] = LOG_LEVEL_WARN,
		[PRONG_NOTICE] = LOG_LEVEL_NOTICE,
		[PRONG_INFO] = LOG_LEVEL_INFO,
		[PRONG_DEBUG] = LOG_LEVEL_DEBUG,
	};
	enum { LINE = 1024 };
	enum log_level at = LOG_LEVEL_NOTICE; /* of any other number */
	char text[LINE];
	va_list args;

	if ((size_t)level < sizeof(levels) / sizeof(levels[0]))
		at = levels[level];
	if (!log_wants(&i->worker->log, at))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_at(&i->worker->log, at, false, "module %s: %s", i->self->name,
		text);
}
