/*
 * Obeys the messages of the master: a table with a row for each kind.
 * SPDX-License-Identifier: MIT
 */
#include "worker_channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/module_bus.h"
#include "common/channel_drain.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/proctitle.h"
#include "conn/accept.h"
#include "conn/conn.h"
#include "serve/serve_state.h"
#include "shutdown.h"
#include "worker.h"
#include "worker_start.h"

static void
obey_go(struct worker *w, struct channel_message *m)
{
	(void)m;
	worker_discard_output(w->heritage);
	worker_enter(w, WORKER_SERVING);
	acceptors_start(w);
}

static void
obey_reopen(struct worker *w, struct channel_message *m)
{
	unsigned long number = strtoul(m->text, NULL, 10);

	for (int i = 0; i < m->nfds; i++, number++) {
		if (number > 0)
			access_logs_reopen(
				&w->serve->access, number - 1, m->fds[i]);
		else if (w->error_sink.kind != SINK_OFF)
			sink_reopen(&w->error_sink, m->fds[i]);
		else
			close(m->fds[i]);
	}
	w->slot->logs_taken += (unsigned)m->nfds;
}

static void
obey_drain(struct worker *w, struct channel_message *m)
{
	struct channel_drain order;

	channel_drain_read(m, &order);
	shutdown_obey(w, &order);
}

static void
obey_stop(struct worker *w, struct channel_message *m)
{
	(void)m;
	shutdown_stop(w);
}

static void
obey_rebalance(struct worker *w, struct channel_message *m)
{
	migrate_out_some(w, strtoul(m->text, NULL, 10));
}

static void
obey_bus(struct worker *w, struct channel_message *m)
{
	bus_take(w, m);
}

#define IN(state) (1u << WORKER_##state)
#define LIVING                                                                 \
	(IN(STARTING) | IN(READY) | IN(SERVING) | IN(DRAIN_DELAY) |            \
		IN(DRAINING))

/* The states in which a message is obeyed, since the state may have changed
 * while it was on its way, and the function that obeys it and owns its
 * descriptors. */
static const struct {
	unsigned states; /* 0: not for a worker */
	void (*obey)(struct worker *, struct channel_message *);
} orders[CHANNEL_KINDS] = {
	[CHANNEL_GO] = { IN(READY), obey_go },
	[CHANNEL_DRAIN] = { LIVING, obey_drain },
	[CHANNEL_STOP] = { LIVING, obey_stop },
	[CHANNEL_REOPEN] = { LIVING, obey_reopen },
	/* Connections of a worker that has died may arrive before GO. */
	[CHANNEL_CONN] = { LIVING, migrate_in },
	[CHANNEL_REBALANCE] = { IN(SERVING), obey_rebalance },
	[CHANNEL_QUEUE] = { LIVING, acceptors_help },
	[CHANNEL_BUS] = { LIVING, obey_bus },
	[CHANNEL_ONCE] = { LIVING, obey_bus },
};

static void
obey_message(struct worker *w, struct channel_message *m)
{
	if (orders[m->kind].states & (1u << w->state)) {
		orders[m->kind].obey(w, m);
		return;
	}
	while (m->nfds > 0)
		close(m->fds[--m->nfds]);
}

static void
leave_alone(struct worker *w)
{
	log_warnx(&w->log, "the master is gone: draining");
	retry_io_stop(&w->channel);
	shutdown_drain(w, w->conf->timeouts.drain);
	worker_channel_show_loss(w);
}

void
worker_channel_show_loss(struct worker *w)
{
	const struct heritage *h = w->heritage;

	if (retry_io_is_active(&w->channel) ||
		ev_is_active(&w->channel_pause) || h->title == NULL ||
		h->conf->paths.control == NULL)
		return;
	proctitle_set(h->title, PROCTITLE_ORPHAN_FORMAT PROCTITLE_ORPHAN "%s",
		h->index, h->generation, (unsigned)w->slot->connections,
		ev_is_active(&w->leave)
			? (unsigned)ev_timer_remaining(w->loop, &w->leave)
			: 0,
		h->conf->paths.control);
}

/* Descriptors ran out and nothing idle could be closed: the message stays in
 * the channel for a while and is dropped in the end, so that later messages are
 * read. */
static void
skip_message(struct worker *w)
{
	if (++w->failed_recvs < CHANNEL_ATTEMPTS) {
		retry_io_stop(&w->channel);
		ev_timer_set(&w->channel_pause, CHANNEL_PAUSE, 0.);
		ev_timer_start(w->loop, &w->channel_pause);
		return;
	}
	channel_skip(w->channel.io.fd);
	log_warnx(&w->log,
		"dropped connections that were handed over: no descriptor is "
		"left for them; raise the limit of open files (ulimit -n, "
		"LimitNOFILE)");
}

static void
on_channel_pause_over(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	retry_io_start(&w->channel);
}

static void
on_channel(struct retry_io *channel, int revents)
{
	struct worker *w = channel->data;
	struct channel_message m;

	(void)revents;
	while (retry_io_is_active(channel)) {
		int got = channel_recv(channel->io.fd, &m);

		if (got == 1) {
			w->failed_recvs = 0;
			obey_message(w, &m);
		} else if (got == 0) {
			leave_alone(w);
		} else if (errno == EMFILE) {
			if (!conn_make_room(w))
				skip_message(w);
		} else if (errno != EPROTO) {
			return;
		}
	}
}

void
worker_channel_init(struct worker *w)
{
	retry_io_init(&w->channel, w->loop, on_channel, w->heritage->channel,
		EV_READ, w);
	ev_init(&w->channel_pause, on_channel_pause_over);
	w->channel_pause.data = w;
}

void
worker_tell(struct worker *w, enum channel_kind kind, const char *text)
{
	struct channel_message m = { .kind = kind };

	snprintf(m.text, sizeof(m.text), "%s", text);
	channel_send(w->heritage->channel, &m);
}
