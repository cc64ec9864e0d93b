/*
 * A row for each command.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_orders.h"

#include <string.h>
#include <unistd.h>

#include "control/control_report.h"
#include "master.h"
#include "master_state.h"

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

static void
answer(struct control_client *c, bool is_ok, const char *reason,
	const char *errors)
{
	control_answer(c, json_pack("{s:b,s:o,s:o}", "ok", is_ok, "reason",
				  control_text(reason, strlen(reason)),
				  "errors", list_lines(errors)));
}

/* ---- commands ----------------------------------------------------------- */

static void
wait_for(struct master *m, struct control_client *c, enum reconfig_kind kind,
	unsigned ticket)
{
	c->kind = kind;
	c->serial = ticket;
	reconfig_resume(m);
}

static void
reload(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	log_notice(&m->log.log, "prong reload: reloading %s", m->plan->what);
	wait_for(m, c, RECONFIG_RELOAD, reconfig_ask_reload(m));
}

static void
scale(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	int64_t n = request->workers;

	if (n < 1 || n > RECONFIG_WORKERS_MAX) {
		answer(c, false, "workers: must be 1 to 512", "");
		return;
	}
	log_notice(&m->log.log, "prong scale: from now on %lld workers",
		(long long)n);
	wait_for(m, c, RECONFIG_SCALE, reconfig_ask_workers(m, (unsigned)n));
}

/* The end is told by EOF: then there is nobody left to say it. */
static void
leave(struct master *m, struct control_client *c, const char *why,
	void (*tell)(struct master *, const char *))
{
	struct error_text what;

	error_text_set(&what, "pid %ld leaves with %u workers", (long)getpid(),
		master_count_workers(m));
	c->until_eof = true;
	answer(c, true, what.text, "");
	tell(m, why);
}

/* Asked twice it is not in more of a hurry; that is what stop is for. */
static void
drain(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	if (m->phase == MASTER_LEAVING) {
		c->until_eof = true;
		answer(c, true, "it leaves already", "");
		return;
	}
	leave(m, c, "prong drain", master_drain);
}

static void
stop(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	leave(m, c, "prong stop", master_stop);
}

static void
reopen(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	struct error_text why;

	(void)request;
	if (master_reopen(m, "prong reopen", &why) == 0)
		answer(c, true, "logs reopened", "");
	else
		answer(c, false, why.text, "");
}

static void
upgrade(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	log_notice(&m->log.log, "prong upgrade: upgrading to %s",
		m->plan->program);
	wait_for(m, c, RECONFIG_UPGRADE, reconfig_ask_upgrade(m));
}

static void
ps(struct master *m, struct control_client *c,
	const struct control_request *request)
{
	(void)request;
	control_answer(c, control_report(m));
}

static const struct order {
	const char *command;
	bool needs_server; /* one that does not leave */
	void (*obey)(struct master *, struct control_client *,
		const struct control_request *);
} orders[] = {
	{ "reload", true, reload },
	{ "scale", true, scale },
	{ "reopen", true, reopen },
	{ "upgrade", true, upgrade },
	{ "drain", false, drain },
	{ "stop", false, stop },
	{ "ps", false, ps },
};

static const struct order *
find(const char *command)
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
	struct master *m = arg;
	const struct order *order = find(request->command);

	if (order == NULL)
		answer(c, false, "no such command", "");
	else if (order->needs_server && m->phase == MASTER_LEAVING)
		answer(c, false, "the server leaves", "");
	else
		order->obey(m, c, request);
}

/* ---- changes end -------------------------------------------------------- */

void
control_orders_conclude(
	struct master *m, const struct reconfig_verdict *v, const char *errors)
{
	struct control_client *c;

	for (c = m->control.clients; c != NULL; c = c->next)
		if (c->is_waiting && c->kind == (int)v->kind &&
			c->serial <= m->reconfig.serial[v->kind])
			answer(c, v->is_ok, v->why.text, errors);
}

void
control_orders_abandon(struct master *m)
{
	struct control_client *c;

	for (c = m->control.clients; c != NULL; c = c->next)
		if (c->is_waiting)
			answer(c, false, "the server leaves", "");
}
