/*
 * A thread reads the job's token and the users' file, which nothing changes
 * while the worker lives; all else is the loop's.
 * SPDX-License-Identifier: MIT
 */
#include "serve/password_check.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "conn/exchange.h"
#include "file/disk.h"
#include "file/work_pool.h"
#include "serve/auth.h"
#include "serve/serve_state.h"
#include "serve/site.h"
#include "serve/token_cache.h"

/* Hashes of a worker that wait or run: with the usual costs, 50 to 250 ms
 * each, the last of them takes seconds, and a client waits no longer. */
enum { JOBS_MAX = 64 };

/* Of an exchange that is held; in its arena. */
struct waiter {
	struct waiter *next;
	struct exchange *exchange;
	struct password_job *job;
	void (*continue_with)(struct exchange *, enum password_verdict);
};

struct password_job {
	struct disk_job job;
	struct password_job *next, **link; /* of the worker's jobs */
	struct worker *worker;
	struct auth *auth;
	struct waiter *waiters;
	atomic_bool is_abandoned; /* no exchange waits for it */
	bool was_verified, is_right;
	size_t len;
	char token[];
};

static struct span
token_of(const struct password_job *j)
{
	return (struct span){ j->token, j->len };
}

/* ---- waiting ------------------------------------------------------------ */

static void
on_gone(struct exchange *x, enum exchange_end why)
{
	struct waiter *w = x->handler_data, **link = &w->job->waiters;

	(void)why;
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	if (w->job->waiters == NULL)
		atomic_store(&w->job->is_abandoned, true);
}

static void
wait_for(struct exchange *x, struct password_job *j,
	void (*continue_with)(struct exchange *, enum password_verdict))
{
	static const struct exchange_handler handler = { .on_gone = on_gone };
	struct waiter *w = arena_alloc(&x->arena, sizeof(*w));

	*w = (struct waiter){ j->waiters, x, j, continue_with };
	j->waiters = w;
	atomic_store(&j->is_abandoned, false);
	/* A handler that takes the content as it comes is not there yet. */
	if (x->streams_body)
		x->is_paused = true;
	exchange_hold(x, &handler, w);
}

static void
resume_exchange(struct waiter *w, enum password_verdict verdict)
{
	struct exchange *x = w->exchange;

	x->handler = NULL;
	x->handler_data = NULL;
	x->is_paused = false;
	w->continue_with(x, verdict);
	if (x->handler == NULL)
		exchange_complete(x);
	else
		exchange_resume(x);
}

/* ---- jobs --------------------------------------------------------------- */

static void
run_job(struct disk_job *job)
{
	struct password_job *j = (struct password_job *)job;

	if (atomic_load(&j->is_abandoned))
		return;
	j->is_right = auth_verify(j->auth, token_of(j));
	j->was_verified = true;
}

static void
remove_job(struct password_job *j)
{
	*j->link = j->next;
	if (j->next != NULL)
		j->next->link = j->link;
	j->worker->serve->passwords.njobs--;
}

static void
free_job(struct password_job *j)
{
	explicit_bzero(j->token, j->len);
	free(j);
}

static enum password_verdict
verdict_of(const struct password_job *j)
{
	if (!j->was_verified)
		return PASSWORD_BUSY;
	return j->is_right ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

static void
end_job(struct disk_job *job, bool was_run)
{
	struct password_job *j = (struct password_job *)job;
	struct waiter *w;

	/* An exchange came after the thread had found that none waits. */
	if (was_run && !j->was_verified && j->waiters != NULL &&
		work_pool_start(j->worker->work, job))
		return;
	remove_job(j);
	if (j->was_verified)
		auth_remember(
			j->auth, token_of(j), j->is_right, j->worker->now_ms);
	while ((w = j->waiters) != NULL) {
		j->waiters = w->next;
		resume_exchange(w, verdict_of(j));
	}
	free_job(j);
}

static struct password_job *
start_job(struct worker *w, struct auth *auth, struct span token)
{
	struct password_checks *checks = &w->serve->passwords;
	struct password_job *j = mem_calloc(1, sizeof(*j) + token.len);

	j->job.run = run_job;
	j->job.done = end_job;
	j->worker = w;
	j->auth = auth;
	j->len = token.len;
	memcpy(j->token, token.at, token.len);
	j->next = checks->jobs;
	j->link = &checks->jobs;
	if (j->next != NULL)
		j->next->link = &j->next;
	checks->jobs = j;
	checks->njobs++;
	if (work_pool_start(w->work, &j->job))
		return j;
	remove_job(j);
	free_job(j);
	return NULL;
}

static struct password_job *
find_job(const struct worker *w, const struct auth *auth, struct span token)
{
	struct password_job *j = w->serve->passwords.jobs;

	while (j != NULL &&
		(j->auth != auth || !token_is_same(token_of(j), token)))
		j = j->next;
	return j;
}

static enum password_verdict
refuse_check(struct worker *w)
{
	unsigned times =
		log_limit_take(&w->serve->passwords.refused, w->now_ms);

	if (times > 0)
		log_warnx(&w->log,
			"too many passwords wait to be verified: answered 503 "
			"(%u time%s)",
			times, log_plural(times));
	return PASSWORD_BUSY;
}

/* ---- asked -------------------------------------------------------------- */

static enum password_verdict
verify_now(struct auth *auth, struct span token, int64_t now_ms)
{
	bool is_right = auth_verify(auth, token);

	auth_remember(auth, token, is_right, now_ms);
	return is_right ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

enum password_verdict
password_check(struct exchange *x,
	void (*continue_with)(struct exchange *, enum password_verdict))
{
	struct worker *w = x->worker;
	struct auth *auth = x->route->auth;
	struct span token,
		value = request_value(&x->request, FIELD_AUTHORIZATION);
	enum auth_verdict known = auth_find(auth, value, w->now_ms, &token);
	struct password_job *j;

	if (known != AUTH_UNKNOWN)
		return known == AUTH_ADMITTED ? PASSWORD_RIGHT : PASSWORD_WRONG;
	if (w->work == NULL)
		return verify_now(auth, token, w->now_ms);
	j = find_job(w, auth, token);
	if (j == NULL && w->serve->passwords.njobs < JOBS_MAX)
		j = start_job(w, auth, token);
	if (j == NULL)
		return refuse_check(w);
	wait_for(x, j, continue_with);
	return PASSWORD_WAITS;
}
