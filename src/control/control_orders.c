/*
 * A row for each command.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/load.h"
#include "control/control.h"
#include "control/control_figures.h"
#include "control/control_last.h"
#include "control/control_report.h"
#include "control/control_request.h"
#include "reconfig/reconfig.h"

/* What a client may wait for besides a change. */
enum { REOPENING = RECONFIG_KINDS };

/* ---- answers ------------------------------------------------------------ */

static json_t *
list_lines(const char *text)
{
	json_t *list = json_array();

	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > 0)
			json_array_append_new(list, control_text(text, len));
	}
	return list;
}

void
control_orders_answer(struct control_client *c, bool is_ok, const char *reason,
	const char *errors)
{
	control_answer(c, json_pack("{s:b,s:o,s:o}", "ok", is_ok, "reason",
				  control_text(reason, strlen(reason)),
				  "errors", list_lines(errors)));
}

/* ---- commands ----------------------------------------------------------- */

static void
wait_for_change(const struct control_env *env, struct control_client *c,
	enum reconfig_kind kind, unsigned serial)
{
	c->kind = kind;
	c->serial = serial;
	reconfig_resume(env->reconfig);
}

static void
request_reload(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	log_notice(env->log,
		request->is_forced
			? "prong reload --force: reloading %s without checks"
			: "prong reload: reloading %s",
		env->what);
	wait_for_change(env, c, RECONFIG_RELOAD,
		reconfig_ask_reload(env->reconfig, request->is_forced));
}

static void
request_scale(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	int64_t n = request->workers;

	if (n < 1 || n > RECONFIG_WORKERS_MAX) {
		control_orders_answer(
			c, false, "workers: must be 1 to 512", "");
		return;
	}
	log_notice(env->log, "prong scale: scaling to %lld worker%s",
		(long long)n, log_plural((unsigned)n));
	wait_for_change(env, c, RECONFIG_SCALE,
		reconfig_ask_workers(env->reconfig, (unsigned)n));
}

/* EOF tells the client that the server has ended. */
static void
answer_before_leaving(const struct control_env *env, struct control_client *c,
	const char *verb)
{
	unsigned n = generation_list_count_workers(env->generations);
	struct error_text what;

	error_text_set(&what, "pid %ld %s %u worker%s", (long)getpid(), verb, n,
		log_plural(n));
	c->until_eof = true;
	control_orders_answer(c, true, what.text, "");
}

/* A second drain does not end the first one early; stop does that. */
static void
request_drain(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	if (env->life->phase == LIFECYCLE_LEAVING) {
		c->until_eof = true;
		control_orders_answer(
			c, true, "the server is shutting down already", "");
		return;
	}
	answer_before_leaving(env, c, "drains");
	env->actions->drain(env->arg, "prong drain");
}

static void
request_stop(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	answer_before_leaving(env, c, "stops");
	env->actions->stop(env->arg, "prong stop");
}

static void
request_reopen(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	struct error_text why;

	(void)request;
	if (env->actions->reopen(env->arg, "prong reopen", &why) == -1) {
		control_orders_answer(c, false, why.text, "");
		return;
	}
	c->kind = REOPENING;
	c->serial = 0;
}

static void
set_unready(const struct control_env *env, struct control_client *c,
	bool is_unready)
{
	env->actions->set_unready(env->arg, is_unready);
	log_notice(env->log, "prong %sready: /readyz answers %s from now on",
		is_unready ? "un" : "", is_unready ? "503" : "200");
	control_orders_answer(c, true,
		is_unready ? "/readyz answers 503; requests are served on"
			   : "/readyz answers 200 unless the server shuts down "
			     "or admin.unready_if exists",
		"");
}

static void
request_unready(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	set_unready(env, c, true);
}

static void
request_ready(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	set_unready(env, c, false);
}

static void
request_upgrade(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	log_notice(env->log,
		request->is_forced
			? "prong upgrade --force: upgrading to %s without "
			  "checks"
			: "prong upgrade: upgrading to %s",
		env->program);
	wait_for_change(env, c, RECONFIG_UPGRADE,
		reconfig_ask_upgrade(env->reconfig, request->is_forced));
}

static void
send_report(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	control_answer(c, control_report(env));
}

static void
send_configuration(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	const struct generation *current = env->generations->current;
	char *text, *line = NULL;

	(void)request;
	if (current == NULL) {
		control_orders_answer(c, false, "no generation serves", "");
		return;
	}
	text = config_dump_line(current->conf);
	if (text == NULL || asprintf(&line,
				    "{\"ok\":true,\"generation\":%u,"
				    "\"configuration\":%s}\n",
				    current->number, text) == -1)
		line = NULL;
	free(text);
	control_answer_line(c, line);
}

static void
send_figures(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	control_answer_line(c, control_figures(env));
}

static void
send_last(const struct control_env *env, struct control_client *c,
	const struct control_request *request)
{
	control_last_answer(env, c, request->id);
}

static const struct order {
	const char *command;
	bool needs_server; /* refused while the server shuts down */
	void (*obey)(const struct control_env *, struct control_client *,
		const struct control_request *);
} orders[] = {
	{ "reload", true, request_reload },
	{ "scale", true, request_scale },
	{ "reopen", true, request_reopen },
	{ "upgrade", true, request_upgrade },
	{ "unready", false, request_unready },
	{ "ready", false, request_ready },
	{ "drain", false, request_drain },
	{ "stop", false, request_stop },
	{ "ps", false, send_report },
	{ "top", false, send_figures },
	{ "dump", false, send_configuration },
	{ "explain", false, send_last },
};

static const struct order *
find_order(const char *command)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].command, command) == 0)
			return &orders[i];
	return NULL;
}

void
control_orders_take(void *arg, struct control_client *c,
	const struct control_request *request)
{
	const struct control_env *env = arg;
	const struct order *order = find_order(request->command);

	if (order == NULL)
		control_orders_answer(c, false, "no such command", "");
	else if (order->needs_server && env->life->phase == LIFECYCLE_LEAVING)
		control_orders_answer(c, false, "the server shuts down", "");
	else
		order->obey(env, c, request);
}

/* The reason of a refusal, and what it means for clients. */
static void
send_refusal(const struct control_env *env, struct control_client *c,
	const char *why, const char *errors)
{
	const struct generation *current = env->generations->current;
	char text[ERROR_TEXT_SIZE + 64];

	if (generation_is_serving(current))
		snprintf(text, sizeof(text),
			"%s; generation %u continues to serve", why,
			current->number);
	else
		snprintf(text, sizeof(text), "%s; nothing is served", why);
	control_orders_answer(c, false, text, errors);
}

/* ---- changes end -------------------------------------------------------- */

void
control_orders_conclude(const struct control_env *env,
	const struct reconfig_verdict *v, const char *errors)
{
	struct control_client *c;

	for (c = env->control->clients; c != NULL; c = c->next)
		if (!c->is_waiting || c->kind != (int)v->kind ||
			c->serial > env->reconfig->serial[v->kind])
			continue;
		else if (v->is_ok)
			control_orders_answer(c, true, v->why.text, errors);
		else
			send_refusal(env, c, v->why.text, errors);
}

void
control_orders_reopened(
	const struct control_env *env, bool is_ok, const char *reason)
{
	struct control_client *c;

	for (c = env->control->clients; c != NULL; c = c->next)
		if (c->is_waiting && c->kind == REOPENING)
			control_orders_answer(c, is_ok, reason, "");
}

/* What waits was passed on to the new master. */
void
control_orders_upgraded(const struct control_env *env, pid_t pid)
{
	static const char *const passed_on[] = {
		[RECONFIG_RELOAD] = "reloads",
		[RECONFIG_SCALE] = "scales",
		[RECONFIG_UPGRADE] = "upgrades again",
		[REOPENING] = "reopens its logs",
	};
	struct control_client *c;
	struct error_text why;

	for (c = env->control->clients; c != NULL; c = c->next) {
		if (!c->is_waiting)
			continue;
		error_text_set(&why,
			"upgraded meanwhile: pid %ld %s now, and its error log "
			"has the outcome",
			(long)pid, passed_on[c->kind]);
		control_orders_answer(c, false, why.text, "");
	}
}

void
control_orders_abandon(const struct control_env *env)
{
	struct control_client *c;

	for (c = env->control->clients; c != NULL; c = c->next)
		if (c->is_waiting)
			control_orders_answer(
				c, false, "the server shuts down", "");
}
