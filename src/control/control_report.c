/*
 * Makes JSON of the scoreboard, and a table of the JSON.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_report.h"

#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "control/control.h"
#include "control/control_orders.h"
#include "reconfig/reconfig.h"

/* ---- to JSON ------------------------------------------------------------ */

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

static json_t *
show_worker(const struct proc *p)
{
	struct slot s;
	char doing[SCOREBOARD_LINE];

	slot_read(&s, p->slot);
	return json_pack(
		"{s:I,s:i,s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:s,s:o}",
		"pid", (json_int_t)p->pid, "worker", (int)p->index,
		"generation", (int)p->generation->number, "state",
		slot_state_name(s.state), "step", slot_step_name(s.step),
		"connections", (json_int_t)s.connections, "connections_limit",
		(json_int_t)s.gauges.connections_limit, "accepted",
		(json_int_t)s.accepted, "requests", (json_int_t)s.requests,
		"bytes_sent", (json_int_t)s.bytes_sent, "age",
		make_seconds(proc_age(p)), "heartbeat_age", heartbeat_age(&s),
		"doing", scoreboard_line(&s.current, doing, sizeof(doing)),
		"sandbox", show_sandbox(s.sandbox));
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

static json_t *
show_master(const struct control_env *env)
{
	const struct generation_list *all = env->generations;
	const struct generation *g =
		all->current != NULL ? all->current : all->first;

	return json_pack("{s:I,s:s,s:o,s:s,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:b}",
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
		"unready", env->scoreboard->head->master.is_unready != 0);
}

json_t *
control_report(const struct control_env *env)
{
	return json_pack("{s:b,s:o,s:o,s:o}", "ok", 1, "master",
		show_master(env), "workers", show_workers(env), "totals",
		show_totals(env));
}

/* ---- to a table --------------------------------------------------------- */

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "?" : text;
}

static json_int_t
number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* "-", "0.2s", "59s", "59m", "47h", "12d". */
static const char *
age_of(const json_t *object, const char *name, char text[16])
{
	const json_t *value = json_object_get(object, name);
	double s = json_number_value(value);

	if (!json_is_number(value))
		snprintf(text, 16, "-");
	else if (s < 10)
		snprintf(text, 16, "%.1fs", s);
	else if (s < 120)
		snprintf(text, 16, "%.0fs", s);
	else if (s < 120. * 60)
		snprintf(text, 16, "%.0fm", s / 60);
	else if (s < 48. * 3600)
		snprintf(text, 16, "%.0fh", s / 3600);
	else
		snprintf(text, 16, "%.0fd", s / 86400);
	return text;
}

static void
print_roots(const json_t *roots, FILE *out)
{
	for (size_t i = 0; i < json_array_size(roots); i++) {
		const json_t *root = json_array_get(roots, i);

		fprintf(out, "root %s: %s\n", text_of(root, "path"),
			text_of(root, "state"));
	}
}

static void
print_master(const json_t *m, FILE *out)
{
	const json_t *last = json_object_get(m, "last_change");
	const json_t *leaving = json_object_get(m, "leaving");
	char age[16], left[16];

	fprintf(out,
		"prong %s, pid %" JSON_INTEGER_FORMAT ", %s: %s for %s%s%s%s, "
		"generation %" JSON_INTEGER_FORMAT " with %" JSON_INTEGER_FORMAT
		" workers",
		text_of(m, "version"), number_of(m, "pid"),
		text_of(m, "configuration"), text_of(m, "state"),
		json_is_object(leaving) ? age_of(leaving, "age", age)
					: age_of(m, "age", age),
		json_is_object(leaving) ? ", at most " : "",
		json_is_object(leaving) ? age_of(leaving, "left", left) : "",
		json_is_object(leaving) ? " more" : "",
		number_of(m, "generation"), number_of(m, "workers"));
	if (json_number_value(json_object_get(m, "probation")) > 0)
		fprintf(out, ", on probation for %s",
			age_of(m, "probation", age));
	if (json_is_true(json_object_get(m, "unready")))
		fprintf(out, ", unready");
	fputc('\n', out);
	if (json_is_object(last))
		fprintf(out, "last %s, %s ago: %s: %s\n", text_of(last, "kind"),
			age_of(last, "age", age),
			json_is_true(json_object_get(last, "ok")) ? "done"
								  : "refused",
			text_of(last, "reason"));
	print_roots(json_object_get(m, "roots"), out);
}

static void
print_layers(const json_t *layers, FILE *out)
{
	for (size_t i = 0; i < json_array_size(layers); i++)
		fprintf(out, "%s%s", i == 0 ? "" : ", ",
			json_string_value(json_array_get(layers, i)));
	fprintf(out, "%s", json_array_size(layers) == 0 ? "none" : "");
}

/* The layers of the first worker that is ready, and each one that differs. */
static void
print_sandbox(const json_t *workers, FILE *out)
{
	const json_t *first = NULL;

	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *w = json_array_get(workers, i);
		const json_t *layers = json_object_get(w, "sandbox");

		if (*text_of(w, "step") != '\0' ||
			(first != NULL && json_equal(first, layers)))
			continue;
		fprintf(out, "sandbox");
		if (first != NULL)
			fprintf(out,
				" of worker %" JSON_INTEGER_FORMAT
				" (generation %" JSON_INTEGER_FORMAT ")",
				number_of(w, "worker"),
				number_of(w, "generation"));
		fprintf(out, ": ");
		print_layers(layers, out);
		fputc('\n', out);
		first = first == NULL ? layers : first;
	}
}

/* "3/1024"; programs before this one did not tell the limit. */
static const char *
connections_of(const json_t *w, char *text, size_t size)
{
	json_int_t open = number_of(w, "connections");
	json_int_t limit = number_of(w, "connections_limit");

	if (limit == 0)
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, open);
	else
		snprintf(text, size,
			"%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT, open,
			limit);
	return text;
}

static void
print_worker(const json_t *w, FILE *out)
{
	char age[16], beat[16], connections[48];

	fprintf(out,
		"%8" JSON_INTEGER_FORMAT " %6" JSON_INTEGER_FORMAT
		" %10" JSON_INTEGER_FORMAT "  %-8s %11s"
		" %10" JSON_INTEGER_FORMAT " %6s %9s  %s\n",
		number_of(w, "pid"), number_of(w, "worker"),
		number_of(w, "generation"), text_of(w, "state"),
		connections_of(w, connections, sizeof(connections)),
		number_of(w, "requests"), age_of(w, "age", age),
		age_of(w, "heartbeat_age", beat),
		*text_of(w, "step") == '\0' ? text_of(w, "doing")
					    : text_of(w, "step"));
}

void
control_report_print(const json_t *report, FILE *out)
{
	const json_t *totals = json_object_get(report, "totals");
	const json_t *workers = json_object_get(report, "workers");

	print_master(json_object_get(report, "master"), out);
	print_sandbox(workers, out);
	fprintf(out, "     PID WORKER GENERATION  STATE    CONNECTIONS   "
		     "REQUESTS    AGE HEARTBEAT  DOING\n");
	for (size_t i = 0; i < json_array_size(workers); i++)
		print_worker(json_array_get(workers, i), out);
	fprintf(out,
		"in all: %" JSON_INTEGER_FORMAT
		" requests, %" JSON_INTEGER_FORMAT
		" connections, %" JSON_INTEGER_FORMAT
		" bytes sent, %" JSON_INTEGER_FORMAT " %s gone\n",
		number_of(totals, "requests"), number_of(totals, "accepted"),
		number_of(totals, "bytes_sent"),
		number_of(totals, "workers_gone"),
		number_of(totals, "workers_gone") == 1 ? "worker" : "workers");
}
