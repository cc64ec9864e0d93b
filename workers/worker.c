/*
 * The life of a worker, in order:
 *
 *   STARTING -> READY -> SERVING -> DRAIN_DELAY -> DRAINING -> DONE
 *
 * Every state may also lead to DONE at once; a reload skips DRAIN_DELAY, since
 * other workers serve the sockets then.
 *
 * SPDX-License-Identifier: MIT
 */
#include "worker.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/context.h"
#include "api/module.h"
#include "canary.h"
#include "checks.h"
#include "common/change_counts.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/slot.h"
#include "conn/accept.h"
#include "conn/conn.h"
#include "denials.h"
#include "file/content_hash.h"
#include "file/disk.h"
#include "file/work_pool.h"
#include "sandbox.h"
#include "seccomp_filter.h"
#include "serve/serve_state.h"
#include "serve/worker_parts.h"
#include "shutdown.h"
#include "tls/tls.h"
#include "worker_channel.h"
#include "worker_gauges.h"
#include "worker_start.h"

enum {
	ERROR_LOG_BUFFER = 16 * 1024,
};

// clang-format off
static const struct {
	enum slot_state slot;
	unsigned next;
} steps[] = {
#define TO(state) (1u << WORKER_##state)
	[WORKER_STARTING] = { SLOT_STARTING,
		TO(READY) | TO(DRAINING) | TO(DONE) },
	[WORKER_READY] = { SLOT_READY, TO(SERVING) | TO(DRAINING) | TO(DONE) },
	[WORKER_SERVING] = { SLOT_SERVING,
		TO(DRAIN_DELAY) | TO(DRAINING) | TO(DONE) },
	[WORKER_DRAIN_DELAY] = { SLOT_DRAINING, TO(DRAINING) | TO(DONE) },
	[WORKER_DRAINING] = { SLOT_DRAINING, TO(DONE) },
	[WORKER_DONE] = { SLOT_ENDING, 0 },
#undef TO
};
// clang-format on

void
worker_enter(struct worker *w, enum worker_state next)
{
	assert(steps[w->state].next & (1u << next));
	w->state = next;
	w->slot->state = steps[next].slot;
	if (next == WORKER_DONE)
		ev_break(w->loop, EVBREAK_ALL);
}

/* ---- the turn of the loop ----------------------------------------------- */

static void
take_time(struct worker *w)
{
	uint32_t second = (uint32_t)ev_now(w->loop);

	w->now_ns = clock_now_ns();
	w->now_ms = w->now_ns / 1000000;
	atomic_store_explicit(
		&w->slot->heartbeat, (uint64_t)w->now_ms, memory_order_relaxed);
	if (second == w->second)
		return;
	w->second = second;
	date_format((time_t)second, w->date);
}

/* What is left to do before the loop waits again. */
static void
end_turn(struct worker *w)
{
	if (w->slot->requests >= w->recycle_at)
		worker_recycle_ask(w);
	if (w->tls != NULL)
		tls_turn_begin(w->tls, w->conf->limits.handshakes);
	/* Before the hand-over, since a connection becomes idle here when its
	 * deferred response is complete. */
	if (w->run_queue.first != NULL && run_queue_run(&w->run_queue))
		ev_idle_start(w->loop, &w->busy);
	if (migrate_is_due(w))
		migrate_out(w);
	if (w->conns.closed != NULL)
		conn_table_sweep(&w->conns);
	if (w->state == WORKER_DRAINING && w->conns.count == 0)
		worker_enter(w, WORKER_DONE);
}

/*
 * Called by the loop after it has waited, instead of ev_invoke_pending().  An
 * ev_check and an ev_prepare would do the same for 180 instructions more, as
 * many as it takes to find a file in the cache.
 */
static void
on_turn(struct ev_loop *loop)
{
	struct worker *w = ev_userdata(loop);

	take_time(w);
	ev_invoke_pending(loop);
	end_turn(w);
	/* What the end of the turn has fed is not to wait with the loop. */
	ev_invoke_pending(loop);
}

static void
on_busy(struct ev_loop *loop, ev_idle *busy, int revents)
{
	(void)revents;
	ev_idle_stop(loop, busy);
}

/* One worker tells of the lines that the master has lost. */
static void
tell_master_log(struct worker *w)
{
	const struct scoreboard_head *head = w->heritage->scoreboard.head;

	/* A worker on trial (prong check --run) has no scoreboard. */
	if (head != NULL && w->heritage->index == 0 &&
		w->state == WORKER_SERVING)
		access_logs_tell_master_log(
			&w->serve->access, head->master.lines_dropped);
}

static void
on_beat(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	denials_log(w);
	access_logs_tell_error_log(&w->serve->access, w->error_sink.lost);
	tell_master_log(w);
	access_logs_flush(&w->serve->access, &w->log);
	sink_flush(&w->error_sink);
	file_cache_drop_expired(&w->files, w->now_ms);
	worker_trim_memory(w);
	worker_gauges_update(w);
	worker_channel_show_loss(w);
}

/* ---- start and end ------------------------------------------------------ */

/* Does nothing: unlike a signal that is ignored, one that is handled has its
 * default again in what a module executes. */
static void
ignore_signal(int signo)
{
	(void)signo;
}

/*
 * The background process that writes to a terminal gets SIGTTOU, and its write
 * is restarted for ever when the signal is handled.
 */
static bool
must_ignore(int signo)
{
	return (signo == SIGTTIN || signo == SIGTTOU) && isatty(STDERR_FILENO);
}

/* Signals are the master's business; its handlers must not run here. */
static void
forget_master(void)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGQUIT,
		SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };
	struct sigaction action = { .sa_handler = ignore_signal,
		.sa_flags = SA_RESTART };
	sigset_t none;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (must_ignore(ignored[i]))
			signal(ignored[i], SIG_IGN);
		else
			sigaction(ignored[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
sign_slot(struct worker *w)
{
	w->slot->pid = getpid();
	w->slot->index = w->heritage->index;
	w->slot->generation = w->heritage->generation;
}

static void
open_logs(struct worker *w)
{
	const struct heritage *h = w->heritage;
	const struct conf_log *conf = &w->conf->log;

	sink_init(&w->error_sink,
		h->is_trial ? SINK_FD
			    : sink_kind_of(conf->error.path, h->logs.error),
		h->logs.error, ERROR_LOG_BUFFER, true);
	conf_log_file_apply(&conf->error, &w->error_sink, "error");
	w->error_sink.is_json = conf->error_is_json;
	access_logs_open(&w->serve->access, h, &w->second, &w->loop);
	w->log = (struct log){ .to = &w->error_sink,
		.level = h->is_trial ? LOG_LEVEL_WARN : conf->error_level };
	snprintf(w->log.who, sizeof(w->log.who), "worker %u", h->index);
}

/* Makes a loop with epoll, whatever LIBEV_FLAGS in the environment says. */
static struct ev_loop *
make_loop(void)
{
	unsigned backend = EVBACKEND_EPOLL & ev_supported_backends();

	if (backend == 0)
		backend = ev_recommended_backends();
	return ev_loop_new(backend | EVFLAG_NOENV);
}

static void
start_watchers(struct worker *w)
{
	ev_idle_init(&w->busy, on_busy);
	ev_timer_init(&w->beat, on_beat, 0., 1.);
	shutdown_init(w);
	migrate_init(w);
	worker_channel_init(w);
	w->beat.data = w;
	ev_set_userdata(w->loop, w);
	ev_set_invoke_pending_cb(w->loop, on_turn);
	ev_timer_start(w->loop, &w->beat);
	retry_io_start(&w->channel);
	take_time(w);
}

/* Only the first worker logs the mode, since all workers have the same. */
static void
open_disk(struct worker *w)
{
	struct conf_disk conf = w->conf->disk;

	if (seccomp_is_wanted(w->conf) && conf.mode == CONF_DISK_IO_URING)
		log_warnx(&w->log, "disk: io_uring evades the sandbox, "
				   "threads wait instead");
	if (seccomp_is_wanted(w->conf) && conf.mode != CONF_DISK_BLOCKING)
		conf.mode = CONF_DISK_THREADS;
	w->work = work_pool_open(w->loop);
	w->disk = disk_open(w->loop, &conf, &w->log);
	w->files.never_waits = w->disk != NULL;
	w->files.sidecars.disk = w->disk;
	if (w->work != NULL)
		w->files.hashes =
			content_hashes_new(&w->files, w->loop, w->work);
	w->files.changes = w->heritage->changes;
	change_counts_protect(w->heritage->changes);
	if (!w->heritage->is_trial)
		w->files.started = scoreboard_started(&w->heritage->scoreboard);
	if (w->heritage->index == 0 && !w->heritage->is_canary &&
		!w->heritage->is_again)
		log_notice(&w->log, "disk: %s", disk_way(w->disk));
}

/* ---- the steps of the start --------------------------------------------- */

/* Each step returns 0, or -1 with the reason in why. */

static int
change_user(struct worker *w, char *why, size_t size)
{
	tls_load_kernel(w->conf);
	if (worker_drop_privileges(w->conf) == 0)
		return 0;
	snprintf(why, size, "cannot become user %s: %s", w->conf->user.name,
		strerror(errno));
	return -1;
}

static int
forbid_dumps(struct worker *w, char *why, size_t size)
{
	(void)why;
	(void)size;
	worker_set_dumpable(w->conf);
	return 0;
}

static int
prepare_loop(struct worker *w, char *why, size_t size)
{
	worker_parts_open(w, make_loop(), (size_t)w->conf->limits.body_memory);
	open_disk(w);
	start_watchers(w);
	worker_recycle_init(w);
	(void)why;
	(void)size;
	return 0;
}

static int
open_roots(struct worker *w, char *why, size_t size)
{
	return site_table_open(&w->serve->sites, w, why, size);
}

static int
read_keys(struct worker *w, char *why, size_t size)
{
	const char *text;

	/* A command may not be able to read them, and serves no address. */
	if (w->heritage->is_trial)
		return 0;
	if (tls_server_open(
		    &w->tls, w->conf, w->heritage->tickets, why, size) == -1)
		return -1;
	tls_server_set_counters(
		w->tls, &w->slot->protocols.tls, &w->slot->ktls);
	text = tls_server_explain(w->tls);
	if (text != NULL && w->heritage->index == 0 &&
		!w->heritage->is_canary && !w->heritage->is_again)
		log_notice(&w->log, "%s", text);
	return 0;
}

static int
load_modules(struct worker *w, char *why, size_t size)
{
	return site_table_load_modules(&w->serve->sites, w, why, size);
}

static int
open_connections(struct worker *w, char *why, size_t size)
{
	if (acceptors_init(w) == 0)
		return capacity_open_table(w, why, size);
	snprintf(why, size, "cannot make an epoll descriptor: %s",
		strerror(errno));
	return -1;
}

/* Steps that need the rights of the master's user come first; modules come
 * after everything that they must not be able to undo or to read. */
static const struct {
	enum slot_step step;
	int (*run)(struct worker *, char *why, size_t size);
} start_steps[] = {
	{ SLOT_STEP_USER, change_user },
	{ SLOT_STEP_DUMPABLE, forbid_dumps },
	{ SLOT_STEP_LOOP, prepare_loop },
	{ SLOT_STEP_ROOTS, open_roots },
	{ SLOT_STEP_KEYS, read_keys },
	{ SLOT_STEP_MODULES, load_modules },
	{ SLOT_STEP_CONNECTIONS, open_connections },
	{ SLOT_STEP_SANDBOX, sandbox_enter },
};

static int
run_start_steps(struct worker *w, char *why, size_t size)
{
	for (size_t i = 0; i < sizeof(start_steps) / sizeof(start_steps[0]);
		i++) {
		w->slot->step = start_steps[i].step;
		if (start_steps[i].run(w, why, size) == -1)
			return -1;
	}
	w->slot->step = SLOT_STEP_CANARY;
	return 0;
}

/* Must be called after the modules, which use the contexts, were unloaded. */
static void
free_contexts(struct worker *w)
{
	if (w->contexts == NULL)
		return;
	context_pool_fini(w->contexts);
	free(w->contexts);
}

static void
free_worker(struct worker *w)
{
	for (size_t i = 0; i < w->conns.used; i++)
		if (w->conns.all[i].state != CONN_CLOSED)
			shutdown_close(&w->conns.all[i], "the worker stopped");
	worker_gauges_update(w);
	denials_log(w);
	access_logs_close(&w->serve->access, &w->log);
	/* A disk does not answer: the memory that the threads use must stay. */
	if (!work_pool_close(w->work) || !disk_close(w->disk)) {
		log_warnx(&w->log, "threads did not end in time");
		sink_fini(&w->error_sink);
		return;
	}
	acceptors_fini(w);
	tls_server_close(w->tls);
	worker_parts_close(w);
	free_contexts(w);
	conn_table_fini(&w->conns);
	ev_loop_destroy(w->loop);
	free(w->canary);
	sink_fini(&w->error_sink);
}

/* Tells the master that the worker is ready, or, with why, that it cannot
 * serve. */
static void
on_loaded(struct worker *w, const char *why)
{
	if (w->state != WORKER_STARTING)
		return;
	w->has_failed = why != NULL;
	if (why == NULL)
		w->slot->step = SLOT_STEP_NONE;
	worker_enter(w, why == NULL ? WORKER_READY : WORKER_DONE);
	if (why != NULL)
		worker_tell(w, CHANNEL_FAILED, why);
	else
		worker_tell(w, CHANNEL_READY,
			w->serve->sites.nunavailable == 0 ? ""
							  : CHANNEL_PARTIAL);
}

static void
on_canary(struct worker *w, const char *why)
{
	if (why == NULL && w->heritage->has_checks &&
		w->state == WORKER_STARTING)
		checks_start(w, on_loaded);
	else
		on_loaded(w, why);
}

int
worker_main(const struct heritage *h)
{
	struct serve_state serve = { .modules = &module_service };
	struct worker w = { .state = WORKER_STARTING };
	char why[CHANNEL_REASON];

	worker_parts_link(&w, h, &serve);
	forget_master();
	sign_slot(&w);
	open_logs(&w);
	worker_return_memory();
	if (run_start_steps(&w, why, sizeof(why)) == -1) {
		worker_tell(&w, CHANNEL_FAILED, why);
		return 1;
	}
	if (h->is_canary)
		canary_start(&w, on_canary);
	else
		on_loaded(&w, NULL);
	if (w.state != WORKER_DONE)
		ev_run(w.loop, 0);
	free_worker(&w);
	return w.has_failed ? 1 : 0;
}
