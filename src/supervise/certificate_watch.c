/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/certificate_watch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "common/detached_thread.h"
#include "supervise/generation.h"
#include "supervise/scoreboard.h"

enum {
	STACK = 128 * 1024, /* bytes */
	EVERY = 5,          /* ticks */
};

struct watched {
	char *path[2]; /* of the chain and the key */
	struct conf_stamp stamp[2];
};

/* The thread alone uses it until it is done. */
struct certificate_watch_job {
	_Atomic bool is_done;
	unsigned generation;
	uint32_t count;
	struct watched watched[SCOREBOARD_CERTIFICATES];
	uint8_t is_newer[SCOREBOARD_CERTIFICATES];
};

static void
free_job(struct certificate_watch_job *job)
{
	for (uint32_t i = 0; i < job->count; i++)
		for (int j = 0; j < 2; j++)
			free(job->watched[i].path[j]);
	free(job);
}

/* ---- the thread ---------------------------------------------------------- */

/* A file that cannot be looked at is not newer. */
static bool
is_changed(const char *path, const struct conf_stamp *stamp)
{
	struct conf_stamp now;
	struct stat st;

	if (stamp->inode == 0 || path == NULL || stat(path, &st) == -1)
		return false;
	now = conf_stamp_of(&st);
	return memcmp(&now, stamp, sizeof(now)) != 0;
}

static void *
look_at_files(void *arg)
{
	struct certificate_watch_job *job = arg;

	for (uint32_t i = 0; i < job->count; i++) {
		const struct watched *w = &job->watched[i];

		job->is_newer[i] = is_changed(w->path[0], &w->stamp[0]) ||
				   is_changed(w->path[1], &w->stamp[1]);
	}
	job->is_done = true;
	return NULL;
}

/* ---- the master ---------------------------------------------------------- */

/* NULL is fine. */
static char *
copy_path(const char *path)
{
	return path == NULL ? NULL : strdup(path);
}

static void
add_certificates(struct certificate_watch_job *job, const struct conf_tls *tls)
{
	const struct conf_certificates *list = &tls->certificates;
	struct watched *w;

	for (size_t i = 0;
		i < list->count && job->count < SCOREBOARD_CERTIFICATES; i++) {
		w = &job->watched[job->count++];
		w->path[0] = copy_path(list->all[i].chain_path);
		w->path[1] = copy_path(list->all[i].key_path);
		w->stamp[0] = list->all[i].chain_stamp;
		w->stamp[1] = list->all[i].key_stamp;
	}
}

static struct certificate_watch_job *
start_job(const struct generation *g)
{
	struct certificate_watch_job *job;

	if (!conf_has_tls(g->conf))
		return NULL;
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return NULL;
	job->generation = g->number;
	for (size_t i = 0; i < g->conf->nlisten; i++)
		if (g->conf->listen[i].tls != NULL)
			add_certificates(job, g->conf->listen[i].tls);
	if (detached_thread_start(STACK, look_at_files, job) == 0)
		return job;
	free_job(job);
	return NULL;
}

static void
show_result(struct scoreboard *sb, const struct certificate_watch_job *job)
{
	struct scoreboard_certificates *c = &sb->head->certificates;

	memcpy(c->is_newer, job->is_newer, sizeof(c->is_newer));
	c->generation = job->generation;
}

static const struct generation *
find_current(const struct generation *g)
{
	while (g != NULL && g->state != GENERATION_CURRENT)
		g = g->next;
	return g;
}

void
certificate_watch_tick(struct certificate_watch *w, struct scoreboard *sb,
	const struct generation *first)
{
	const struct generation *current = find_current(first);

	if (w->job != NULL && w->job->is_done) {
		show_result(sb, w->job);
		free_job(w->job);
		w->job = NULL;
	}
	if (w->job == NULL && current != NULL && w->ticks++ % EVERY == 0)
		w->job = start_job(current);
}

void
certificate_watch_stop(struct certificate_watch *w)
{
	if (w->job != NULL && w->job->is_done) {
		free_job(w->job);
		w->job = NULL;
	}
}
