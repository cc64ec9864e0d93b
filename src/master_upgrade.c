/*
 * What a master does at an upgrade, the old one and the new one.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "master.h"
#include "master_state.h"

/* ---- an upgrade: the old master ------------------------------------------ */

static int
share_pid_file(void *arg)
{
	struct master *m = arg;

	m->upgrade.is_reopened = false;
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

static const char *
name_waiting(void *arg)
{
	struct master *m = arg;
	const struct reconfig *c = &m->change.reconfig;
	const char *reload = !c->pending[RECONFIG_RELOAD] ? ""
			     : c->is_next_forced[RECONFIG_RELOAD]
				     ? UPGRADE_RELOAD_FORCED
				     : UPGRADE_RELOAD;

	snprintf(m->upgrade.waiting, sizeof(m->upgrade.waiting), "%s %s",
		m->upgrade.is_reopened ? UPGRADE_REOPEN : "", reload);
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
begin_passed_reload(struct master *m, bool is_forced)
{
	log_notice(&m->log.log,
		"the old master was asked to reload: reloading %s",
		m->plan->what);
	reconfig_ask_reload(&m->change.reconfig, is_forced);
	reconfig_resume(&m->change.reconfig);
}

static void
reopen_as_asked(struct master *m)
{
	struct error_text unused;

	master_reopen_logs(m, "reopen during the upgrade", &unused);
}

/* The old master was asked for them during the upgrade: this one may have
 * opened the logs and read the file before they were changed. */
static void
obey_waiting(struct master *m, const char *waiting)
{
	char words[ERROR_TEXT_SIZE], *rest = words;
	const char *word;

	snprintf(words, sizeof(words), "%s", waiting);
	while ((word = strsep(&rest, " ")) != NULL)
		if (strcmp(word, UPGRADE_REOPEN) == 0)
			reopen_as_asked(m);
		else if (strcmp(word, UPGRADE_RELOAD) == 0)
			begin_passed_reload(m, false);
		else if (strcmp(word, UPGRADE_RELOAD_FORCED) == 0)
			begin_passed_reload(m, true);
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
}
