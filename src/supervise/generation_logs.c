/*
 * Log files are opened anew by the master, and sent to the workers.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "supervise/generation.h"

static void
send_logs(struct generation *g, int null)
{
	struct channel_message m = { .kind = CHANNEL_REOPEN, .nfds = 2 };

	m.fds[0] = g->logs.access == -1 ? null : g->logs.access;
	m.fds[1] = g->logs.error == -1 ? null : g->logs.error;
	for (struct proc *p = generation_next(g, NULL); p != NULL;
		p = generation_next(g, p))
		proc_tell(p, &m);
}

int
generation_reopen(struct generation *g, struct error_text *why)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct log_files new;

	if (null == -1)
		return error_text_set(why, "/dev/null: %s", strerror(errno));
	if (log_files_open(&new, &g->conf->log, why) == -1) {
		close(null);
		return -1;
	}
	log_files_close(&g->logs);
	g->logs = new;
	send_logs(g, null);
	close(null);
	return 0;
}
