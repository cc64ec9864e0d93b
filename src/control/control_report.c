/*
 * Makes JSON of the scoreboard.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_report.h"

#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "config/memory_share.h"
#include "control/control.h"
#include "control/control_orders.h"
#include "reconfig/reconfig.h"
#include "supervise/usage.h"

static json_t *
make_seconds(int64_t ms)
{
	return json_real((double)ms / 1e3);
}

static json_t *
age_since(int64_t ms)
{
	return make_seconds(clock_now_ms() - ms);
}

/* A worker may write any number as its heartbeat; one in the future has age
 * 0. */
static json_t *
heartbeat_age(const struct slot *s)
{
	uint64_t now = (uint64_t)clock_now_ms(), beat = s->heartbeat;

	if (beat == 0)
		return json_null();
	return make_seconds(beat < now ? (int64_t)(now - beat) : 0);
}

static json_t *
show_sandbox(uint32_t mask)
{
	json_t *list = json_array();

	for (int i = 0; i < SLOT_SANDBOX_LAYERS; i++)
		if (mask & 1u << i)
			json_array_append_new(
				list, json_string(slot_sandbox_name(i)));
	return list;
}

/* What a worker uses. */
static json_t *
show_use(const struct proc *p)
{
	const struct scoreboard_slot *of =
		scoreboard_entry(p->env->scoreboard, p->slot);

	return json_pack("{s:I,s:I,s:o}", "resident_bytes",
		(json_int_t)of->resident_bytes, "cpu_us",
		(json_int_t)of->cpu_us, "open_files",
		of->open_files == 0 ? json_null()
				    : json_integer((json_int_t)of->open_files));
}

static json_t *
show_worker(const struct proc *p)
{
	struct slot s;
	char doing[SCOREBOARD_LINE];

	slot_read(&s, p->slot);
	return json_pack(
		"{s:I,s:i,s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:s,s:o,s:o}",
		"pid", (json_int_t)p->pid, "worker", (int)p->index,
		"generation", (int)p->generation->number, "state",
		slot_state_name(s.state), "step", slot_step_name(s.step),
		"connections", (json_int_t)s.connections, "connections_limit",
		(json_int_t)s.gauges.connections_limit, "accepted",
		(json_int_t)s.accepted, "requests", (json_int_t)s.requests,
		"bytes_sent", (json_int_t)s.bytes_sent, "age",
		make_seconds(proc_age(p)), "heartbeat_age", heartbeat_age(&s),
		"doing", scoreboard_line(&s.current, doing, sizeof(doing)),
		"sandbox", show_sandbox(s.sandbox), "use", show_use(p));
}

/* Returns 0, or -1 if there is no memory. */
static int
add_worker(json_t *list, const struct proc *p)
{
	if (p->state == PROC_NONE)
		return 0;
	return json_array_append_new(list, show_worker(p));
}

/* Returns NULL if there is no memory for all workers: a list without some
 * would be wrong. */
static json_t *
show_workers(const struct control_env *env)
{
	json_t *list = json_array();
	int failed = 0;

	for (struct generation *g = env->generations->first; g != NULL;
		g = g->next)
		for (struct proc *p = generation_next(g, NULL); p != NULL;
			p = generation_next(g, p))
			failed |= add_worker(list, p);
	if (failed == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
show_classes(const struct scoreboard_sum *sum)
{
	json_t *object = json_object();
	char name[] = "0xx";
	uint64_t by_class[6];

	scoreboard_by_class(sum, by_class);
	for (int i = 1; i < 6; i++) {
		name[0] = (char)('0' + i);
		json_object_set_new(
			object, name, json_integer((json_int_t)by_class[i]));
	}
	return object;
}

static json_t *
show_totals(const struct control_env *env)
{
	struct scoreboard_sum sum;
	json_t *totals;

	if (scoreboard_sum(&env->scoreboard->view, true, &sum) == -1)
		return NULL;
	totals = json_pack("{s:I,s:I,s:I,s:o,s:I}", "accepted",
		(json_int_t)sum.totals.accepted, "requests",
		(json_int_t)sum.totals.requests, "bytes_sent",
		(json_int_t)sum.totals.bytes_sent, "by_class",
		show_classes(&sum), "workers_gone",
		(json_int_t)sum.totals.workers);
	scoreboard_sum_fini(&sum);
	return totals;
}

static json_t *
show_change(const struct control_env *env)
{
	const struct reconfig_verdict *v = &env->reconfig->last;

	if (v->at <= 0)
		return json_null();
	return json_pack("{s:s,s:b,s:o,s:o}", "kind",
		reconfig_kind_name(v->kind), "ok", v->is_ok, "reason",
		control_text(v->why.text, strlen(v->why.text)), "age",
		age_since(v->at));
}

/* Returns how long the server has been shutting down, and how long it may
 * still take; null while it serves. */
static json_t *
show_leaving(const struct control_env *env)
{
	double left = 0;

	if (env->life->phase != LIFECYCLE_LEAVING)
		return json_null();
	for (struct generation *g = env->generations->first; g != NULL;
		g = g->next)
		if (generation_time_left(g) > left)
			left = generation_time_left(g);
	return json_pack("{s:o,s:o}", "age", age_since(env->life->since),
		"left", make_seconds((int64_t)(left * 1e3)));
}

/* Those whose name does not lead to them any more. */
static json_t *
show_roots(const struct generation *g)
{
	json_t *list = json_array();
	const struct resources *all = g == NULL ? NULL : g->resources;

	for (size_t i = 0; all != NULL && i < all->count; i++) {
		const struct resource *r = &all->all[i];

		if (r->kind == RESOURCE_ROOT && r->state != RESOURCE_SAME)
			json_array_append_new(list,
				json_pack("{s:o,s:s}", "path",
					control_text(r->name, strlen(r->name)),
					"state", root_watch_state(r->state)));
	}
	return list;
}

/* The processes of a generation, and their connections. */
static json_t *
show_draining_generation(const struct generation *g)
{
	json_int_t connections = 0;
	int workers = 0;

	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		if (p->state != PROC_NONE) {
			connections +=
				(json_int_t)scoreboard_connections(p->slot);
			workers++;
		}
	return json_pack("{s:i,s:i,s:I,s:o}", "generation", (int)g->number,
		"workers", workers, "connections", connections, "left",
		make_seconds((int64_t)(generation_time_left(g) * 1e3)));
}

static json_t *
show_draining(const struct generation_list *all)
{
	json_t *list = json_array();

	for (struct generation *g = all->first; g != NULL; g = g->next)
		if (g->state == GENERATION_DRAINING)
			json_array_append_new(
				list, show_draining_generation(g));
	return list;
}

/* Of each process, and of the cgroup; 0: none. */
static json_t *
show_limits(const struct control_env *env)
{
	const struct scoreboard_master *m = &env->scoreboard->head->master;
	const char *file;
	double memory = memory_share_limit(
		"/sys/fs/cgroup", "/proc/self/cgroup", &file);

	return json_pack("{s:I,s:I}", "open_files",
		(json_int_t)m->open_files_limit, "memory", (json_int_t)memory);
}

static const char *
control_of(const struct generation *g)
{
	return g == NULL ? NULL : g->conf->paths.control;
}

static json_t *
show_master(const struct control_env *env)
{
	const struct generation_list *all = env->generations;
	const struct generation *g =
		all->current != NULL ? all->current : all->first;

	return json_pack("{s:I,s:s,s:o,s:s,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:b,s:o,"
			 "s:o,s:s?}",
		"pid", (json_int_t)getpid(), "version", env->version,
		"configuration", control_text(env->what, strlen(env->what)),
		"state", lifecycle_phase_name(env->life->phase), "generation",
		g == NULL ? 0 : (int)g->number, "workers",
		all->current != NULL ? (int)all->current->nprocs
				     : (int)generation_list_count_workers(all),
		"age", age_since(env->life->started), "leaving",
		show_leaving(env), "probation",
		make_seconds(probation_left(&env->reconfig->probation)),
		"last_change", show_change(env), "roots", show_roots(g),
		"unready", env->scoreboard->head->master.is_unready != 0,
		"limits", show_limits(env), "draining", show_draining(all),
		"control", control_of(g));
}

json_t *
control_report(const struct control_env *env)
{
	/* Those of a worker that has just started are not known else. */
	usage_update(env->scoreboard, env->generations->first);
	return json_pack("{s:b,s:o,s:o,s:o}", "ok", 1, "master",
		show_master(env), "workers", show_workers(env), "totals",
		show_totals(env));
}
