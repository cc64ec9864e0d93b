/*
 * A worker that used a wild pointer may have written any number into its slot:
 * callers pass copies (slot_read()), and indices are checked here.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/crash_report.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "supervise/generation.h"
#include "supervise/proc.h"
#include "supervise/scoreboard.h"

static bool
is_named(const struct slot_request *r, const struct conf *conf)
{
	return r->site < conf->nsites &&
	       r->route < conf->sites[r->site].nroutes;
}

/* "route /api of a.example", or "". */
static void
name_route(const struct slot_request *r, const struct conf *conf, char *text,
	size_t size)
{
	const struct conf_site *site;
	char route[80];

	text[0] = '\0';
	if (!is_named(r, conf))
		return;
	site = &conf->sites[r->site];
	conf_route_text(&site->routes[r->route], route, sizeof(route));
	snprintf(text, size, "route %s%s%s", route,
		site->hosts == NULL || site->hosts[0] == NULL ? "" : " of ",
		site->hosts == NULL || site->hosts[0] == NULL ? ""
							      : site->hosts[0]);
}

/* "request id 7", or "". */
static void
name_id(const struct slot_request *r, char *text, size_t size)
{
	struct slot_request id = { .head = "" };
	char line[SCOREBOARD_LINE];

	text[0] = '\0';
	snprintf(id.head, sizeof(id.head), "%.*s", SLOT_ID - 1, r->id);
	if (id.head[0] != '\0')
		snprintf(text, size, "request id %s",
			scoreboard_line(&id, line, sizeof(line)));
}

bool
crash_report_describe(const struct slot_request *r, const struct generation *g,
	struct error_text *out)
{
	char line[200], route[128], id[SLOT_ID * 2];
	bool is_both;

	if (*scoreboard_line(r, line, sizeof(line)) == '\0')
		return false;
	route[0] = '\0';
	if (g != NULL)
		name_route(r, g->conf, route, sizeof(route));
	name_id(r, id, sizeof(id));
	is_both = route[0] != '\0' && id[0] != '\0';
	if (route[0] == '\0' && id[0] == '\0')
		error_text_set(out, "%s", line);
	else
		error_text_set(out, "%s (%s%s%s)", line, route,
			is_both ? ", " : "", id);
	return true;
}

const char *
crash_report_module(uint32_t loading, const struct generation *g)
{
	const struct conf_site *site;

	if (loading == 0 || g == NULL)
		return NULL;
	loading--;
	for (size_t i = 0; i < g->conf->nsites; i++) {
		site = &g->conf->sites[i];
		if (loading < site->nroutes)
			return site->routes[loading].module.name;
		loading -= (uint32_t)site->nroutes;
	}
	return NULL;
}

bool
crash_report_call(const struct slot *s, const struct generation *g,
	struct error_text *out)
{
	const char *module = crash_report_module(s->calling, g);
	const char *name = slot_call_name(s->call);

	if (module != NULL && name[0] != '\0') {
		error_text_set(out, "%s of module \"%s\"", name, module);
		return true;
	}
	module = crash_report_module(s->job, g);
	if (module == NULL)
		return false;
	error_text_set(out, "during a job of module \"%s\"", module);
	return true;
}

void
crash_report_log_inflight(const struct proc *p)
{
	struct slot_inflight f;
	struct error_text what;

	slot_read_inflight(
		&f, scoreboard_inflight(p->env->scoreboard, p->slot));
	for (int i = 0; i < SLOT_INFLIGHT; i++)
		if (crash_report_describe(&f.all[i], p->generation, &what))
			log_warnx(p->env->log,
				"worker %u (pid %ld) left unanswered: %s",
				p->index, (long)p->pid, what.text);
	if (f.others > 0)
		log_warnx(p->env->log,
			"worker %u (pid %ld) left unanswered: %u more",
			p->index, (long)p->pid, (unsigned)f.others);
}

static const char *
find_module(const struct proc *p)
{
	struct slot s;

	if (p->slot == NULL)
		return NULL;
	slot_read(&s, p->slot);
	return crash_report_module(s.loading, p->generation);
}

const char *
crash_report_start(const struct proc *p, struct error_text *what)
{
	const char *module = find_module(p);
	const char *step = p->slot == NULL ? "" : slot_step_name(p->slot->step);

	what->text[0] = '\0';
	if (module != NULL)
		error_text_set(what,
			", while module \"%s\" was loaded and started", module);
	else if (step[0] != '\0')
		error_text_set(what, ", while %s", step);
	return what->text;
}

enum slot_crash
crash_report_kind(const struct proc *p, int status)
{
	if (p->health == PROC_ABORTED)
		return SLOT_CRASH_WATCHDOG;
	if (!p->has_served)
		return SLOT_CRASH_START;
	return WIFSIGNALED(status) ? SLOT_CRASH_SIGNAL : SLOT_CRASH_EXIT;
}

/* True for a SIGKILL that the master did not send. */
static bool
is_foreign_kill(const struct proc *p, int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
	       p->state != PROC_LEAVING && p->health != PROC_ABORTED &&
	       p->why.text[0] == '\0';
}

/* prong's own filter makes a system call fail, and sends no SIGSYS. */
static void
add_signal_hint(const struct proc *p, int status, struct error_text *how)
{
	size_t len = strlen(how->text);
	const char *hint = "";

	if (is_foreign_kill(p, status))
		hint = "; not sent by the master: out of memory? see dmesg, "
		       "and oom_kill in memory.events of the cgroup";
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		hint = "; a filter forbids a system call: SystemCallFilter= "
		       "of the unit, or the seccomp profile of a container?";
	snprintf(how->text + len, sizeof(how->text) - len, "%s", hint);
}

/* A thread may have crashed, whatever the loop did meanwhile. */
static void
add_job(const struct proc *p, const struct slot *s, struct error_text *how)
{
	const char *module = crash_report_module(s->job, p->generation);
	size_t len = strlen(how->text);

	if (module != NULL && p->health != PROC_ABORTED)
		snprintf(how->text + len, sizeof(how->text) - len,
			", or during a job of module \"%s\"", module);
}

/* What the loop did, and a job beside it. */
static bool
name_activity(
	const struct proc *p, const struct slot *s, struct error_text *out)
{
	struct error_text request;

	if (crash_report_describe(&s->current, p->generation, &request))
		error_text_set(out, "while serving %s", request.text);
	else if (s->calling == 0 || !crash_report_call(s, p->generation, out))
		return false;
	add_job(p, s, out);
	return true;
}

void
crash_report_exit(const struct proc *p, int status, struct error_text *how)
{
	bool is_signal = WIFSIGNALED(status);
	const char *what = is_signal ? "signal" : "exit status";
	int number = is_signal ? WTERMSIG(status) : WEXITSTATUS(status);
	const char *module;
	struct error_text doing;
	struct slot s;

	slot_read(&s, p->slot);
	module = crash_report_module(s.loading, p->generation);
	if (p->why.text[0] != '\0')
		error_text_set(how, "%s", p->why.text);
	else if (name_activity(p, &s, &doing))
		error_text_set(how, "%s %d %s", what, number, doing.text);
	else if (module != NULL && p->health == PROC_ABORTED)
		error_text_set(how,
			"module \"%s\": its start had not returned after %.1f "
			"s; the watchdog ended it",
			module, (double)proc_age(p) / 1e3);
	else if (module != NULL)
		error_text_set(how,
			"%s %d while module \"%s\" was loaded and started%s",
			what, number, module,
			number == SIGSEGV ? "; do its tables of routes end "
					    "with an empty row?"
					  : "");
	else if (crash_report_call(&s, p->generation, &doing))
		error_text_set(how, "%s %d %s", what, number, doing.text);
	else if (*slot_step_name(s.step) != '\0')
		error_text_set(how, "%s %d while %s", what, number,
			slot_step_name(s.step));
	else
		error_text_set(how, "%s %d", what, number);
	add_signal_hint(p, status, how);
}
