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
#include "api/metric.h"
#include "api/module_bus.h"
#include "api/module_root.h"
#include "api/route_duration.h"
#include "api/router.h"
#include "api/work.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/mem.h"
#include "conn/worker_state.h"
#include "file/docroot.h"

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

void
instance_note_call(const struct prong_instance *i, enum slot_call call)
{
	struct slot *slot = i->worker->slot;

	slot->calling = i->number;
	slot->call = call;
}

void
instance_end_call(const struct prong_instance *i)
{
	i->worker->slot->calling = 0;
}

void
instance_enter(struct prong_instance *i, enum slot_call call)
{
	if (call != SLOT_CALL_NONE)
		instance_note_call(i, call);
	i->outer_caller = i->worker->contexts->caller;
	i->worker->contexts->caller = i;
}

void
instance_leave(struct prong_instance *i)
{
	i->worker->contexts->caller = i->outer_caller;
	instance_end_call(i);
}

static bool
call_start(struct prong_instance *i)
{
	bool has_started;

	instance_enter(i, SLOT_CALL_NONE);
	has_started = i->self->start(i) == 0;
	instance_leave(i);
	return has_started;
}

static int
start_module(struct prong_instance *i)
{
	const struct prong_module *self = i->self;

	i->why[0] = '\0';
	if (self->start == NULL) {
		i->has_started = true;
		return 0;
	}
	/* A module that has reported an error and goes on is refused as well.
	 */
	i->has_started = call_start(i);
	if (i->has_started && self->abi == 2 && i->why[0] != '\0') {
		log_warnx(&i->worker->log, "%s", i->why);
		return 0;
	}
	if (!i->has_started || i->why[0] != '\0') {
		if (i->why[0] == '\0')
			snprintf(i->why, i->why_size,
				"module \"%s\": its start function failed "
				"and did not say why",
				self->name);
		return -1;
	}
	return 0;
}

/* Puts the module's name before what is wrong with its table. */
static void
name_module(struct prong_instance *i)
{
	char text[512];

	snprintf(text, sizeof(text), "%s", i->why);
	snprintf(i->why, i->why_size, "module \"%s\": %s", i->self->name, text);
}

int
instance_init(struct prong_instance *i, struct worker *w,
	const struct conf_route *conf, const struct prong_module *self,
	char *why, size_t size)
{
	int result;

	*i = (struct prong_instance){ .worker = w,
		.conf = conf,
		.number = w->slot->loading,
		.self = self,
		.why = why,
		.why_size = size };
	if (w->contexts == NULL) {
		w->contexts = mem_alloc(sizeof(*w->contexts));
		context_pool_init(w->contexts, w);
	}
	i->duration = route_duration_define(w, conf);
	i->codings = docroot_codings(conf);
	i->mount = mount_from_route(conf);
	i->config = json_loads(conf->module.config.text, 0, NULL);
	assert(i->mount != NULL && i->config != NULL);
	i->router = router_new(self, why, size);
	if (i->router == NULL)
		name_module(i);
	result = i->router == NULL ? -1 : start_module(i);
	i->why = NULL;
	if (result == 0)
		bus_listen(i);
	return result;
}

void
instance_drain(struct prong_instance *i)
{
	if (i->is_draining)
		return;
	i->is_draining = true;
	if (i->self->drain != NULL) {
		instance_enter(i, SLOT_CALL_DRAIN);
		i->self->drain(i);
		instance_leave(i);
	}
	context_drain_all(i);
}

void
instance_fini(struct prong_instance *i)
{
	bus_leave(i);
	context_stop_all(i);
	if (i->has_started && i->self->stop != NULL) {
		instance_enter(i, SLOT_CALL_STOP);
		i->self->stop(i);
		instance_leave(i);
	}
	event_cancel_all(&i->events);
	work_cancel_all(&i->works);
	module_root_close_all(i);
	metric_free_all(i);
	router_free(i->router);
	json_decref(i->config);
	for (size_t k = 0; k < i->ntexts; k++)
		free(i->texts[k]);
	free(i->texts);
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
	if (instance_check_call(i, __func__))
		i->state = state;
}

void *
prong_state(struct prong_instance *i)
{
	return instance_check_call(i, __func__) ? i->state : NULL;
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
	return instance_check_call(i, __func__) ? i->config : NULL;
}

const char *
prong_mount(struct prong_instance *i)
{
	return instance_check_call(i, __func__) ? i->mount : "";
}

unsigned
prong_worker_index(struct prong_instance *i)
{
	return instance_check_call(i, __func__) ? i->worker->heritage->index
						: 0;
}

bool
prong_is_draining(struct prong_instance *i)
{
	return instance_check_call(i, __func__) ? i->is_draining : false;
}
