/*
 * What a master does at an upgrade, the old one and the new one.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "master.h"
#include "master_state.h"

/* ---- an upgrade: the old master ------------------------------------------ */

static int
share_pid_file(void *arg)
{
	struct master *m = arg;

	/* An order whose command still waits is one of the upgrade's time. */
	m->upgrade.is_reopened = log_reopen_is_waiting(&m->workers.reopen.wait);
	m->upgrade.is_asked_unready = false;
	return pid_file_share(&m->pid_file.now);
}

static void
keep_pid_file(void *arg)
{
	struct master *m = arg;

	pid_file_keep(&m->pid_file.now);
}

static void
release_names(void *arg, pid_t pid)
{
	struct master *m = arg;

	notify_successor(&m->notify, pid);
	notify_stop(&m->notify, m->workers.env.loop);
	notify_close(&m->notify);
	pid_file_hand_over(&m->pid_file.now);
	listeners_own_names(&m->sockets.listeners, false);
	control_hand_over(&m->control.control);
}

static void
add_order(struct master *m, const char *word)
{
	size_t len = strlen(m->upgrade.waiting);

	snprintf(m->upgrade.waiting + len, sizeof(m->upgrade.waiting) - len,
		"%s%s", len == 0 ? "" : " ", word);
}

/* What was asked for since the upgrade began, and waits for its end or holds
 * for this master alone. */
static const char *
name_waiting(void *arg)
{
	struct master *m = arg;
	const struct reconfig *c = &m->change.reconfig;
	const bool *is_forced = c->is_next_forced;
	char scale[32];

	m->upgrade.waiting[0] = '\0';
	if (m->upgrade.is_reopened)
		add_order(m, UPGRADE_REOPEN);
	if (m->upgrade.is_asked_unready)
		add_order(m, UPGRADE_UNREADY);
	if (c->pending[RECONFIG_RELOAD])
		add_order(m, is_forced[RECONFIG_RELOAD] ? UPGRADE_RELOAD_FORCED
							: UPGRADE_RELOAD);
	snprintf(scale, sizeof(scale), UPGRADE_SCALE "=%u", c->workers_wanted);
	if (c->pending[RECONFIG_SCALE])
		add_order(m, scale);
	if (c->pending[RECONFIG_UPGRADE])
		add_order(m, is_forced[RECONFIG_UPGRADE] ? UPGRADE_AGAIN_FORCED
							 : UPGRADE_AGAIN);
	return m->upgrade.waiting;
}

const struct upgrade_events master_upgrade_events = {
	.share_pid_file = share_pid_file,
	.keep_pid_file = keep_pid_file,
	.release_names = release_names,
	.name_waiting = name_waiting,
};

/* ---- an upgrade: the new master ------------------------------------------ */

/* The old master has ended. */
void
master_on_import_end(void *arg)
{
	struct master *m = arg;

	if (m->life.phase == LIFECYCLE_LEAVING)
		master_end_if_done(m);
}

static void
obey_reopen(struct master *m, const char *value, bool is_forced)
{
	struct error_text unused;

	(void)value;
	(void)is_forced;
	master_reopen_logs(m, "reopen during the upgrade", &unused);
}

static void
obey_unready(struct master *m, const char *value, bool is_forced)
{
	(void)value;
	(void)is_forced;
	log_notice(&m->log.log,
		"unready during the upgrade: /readyz answers 503 from now on");
	scoreboard_set_unready(&m->workers.scoreboard, true);
}

static void
obey_reload(struct master *m, const char *value, bool is_forced)
{
	(void)value;
	log_notice(&m->log.log,
		"the old master was asked to reload: reloading %s",
		m->plan->what);
	reconfig_ask_reload(&m->change.reconfig, is_forced);
	reconfig_resume(&m->change.reconfig);
}

static void
obey_scale(struct master *m, const char *value, bool is_forced)
{
	unsigned long n = strtoul(value, NULL, 10);

	(void)is_forced;
	if (n < 1 || n > RECONFIG_WORKERS_MAX)
		return;
	log_notice(&m->log.log,
		"the old master was asked to scale: scaling to %lu worker%s", n,
		log_plural((unsigned)n));
	reconfig_ask_workers(&m->change.reconfig, (unsigned)n);
	reconfig_resume(&m->change.reconfig);
}

static void
obey_upgrade(struct master *m, const char *value, bool is_forced)
{
	(void)value;
	log_notice(&m->log.log,
		"the old master was asked to upgrade again: upgrading to %s",
		m->plan->program);
	reconfig_ask_upgrade(&m->change.reconfig, is_forced);
	reconfig_resume(&m->change.reconfig);
}

static const struct {
	const char *word;
	bool is_forced;
	void (*obey)(struct master *, const char *value, bool is_forced);
} orders[] = {
	{ UPGRADE_REOPEN, false, obey_reopen },
	{ UPGRADE_UNREADY, false, obey_unready },
	{ UPGRADE_RELOAD, false, obey_reload },
	{ UPGRADE_RELOAD_FORCED, true, obey_reload },
	{ UPGRADE_SCALE, false, obey_scale },
	{ UPGRADE_AGAIN, false, obey_upgrade },
	{ UPGRADE_AGAIN_FORCED, true, obey_upgrade },
};

/* The old master was asked for them during the upgrade: this one may have
 * opened the logs and read the file before they were changed.  A word may have
 * a value: "workers=3".  A word that a later version sends is ignored. */
static void
obey_waiting(struct master *m, const char *waiting)
{
	char words[ERROR_TEXT_SIZE], *rest = words, *value;
	const char *word;

	snprintf(words, sizeof(words), "%s", waiting);
	while ((value = strsep(&rest, " ")) != NULL) {
		word = strsep(&value, "=");
		for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
			if (strcmp(word, orders[i].word) == 0)
				orders[i].obey(m, value == NULL ? "" : value,
					orders[i].is_forced);
	}
}

/* The old master has released its pid file and the names of its sockets. */
void
master_on_released(void *arg, const char *waiting)
{
	struct master *m = arg;
	struct listener *control = m->control.control.listener;

	if (pid_file_take_over(&m->pid_file.now) == -1)
		log_warn(&m->log.log, "cannot take over pid_file %s",
			m->pid_file.now.path);
	listeners_own_names(&m->sockets.listeners, true);
	if (control != NULL)
		listener_own_name(control, true);
	inherited_settle(&m->sockets.inherited, &m->log.log);
	if (m->workers.generations.current != NULL)
		master_notify_state(m);
	obey_waiting(m, waiting);
	reconfig_resume(&m->change.reconfig);
}
