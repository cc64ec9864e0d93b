/*
 * One worker of a generation, by its index, and the process that is this worker
 * now.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROC_H
#define PROC_H

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/channel.h"
#include "common/error_text.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/proctitle.h"
#include "supervise/scoreboard.h"
#include "supervise/send_queue.h"

struct generation;
struct conn_router;
struct tickets;

struct proc;

enum proc_state {
	PROC_NONE,     /* no process yet, or between two processes */
	PROC_STARTING, /* forked */
	PROC_READY,    /* it has sent READY */
	PROC_SERVING,  /* it was sent GO */
	PROC_LEAVING,  /* it was sent DRAIN or STOP, or killed */
	PROC_STATES,   /* how many */
};

/* Whether the event loop of the process turns; watchdog.c has the picture. */
enum proc_health { PROC_WELL, PROC_SLOW, PROC_STALLED, PROC_ABORTED };

/* The heartbeats that the watchdog has seen; times are milliseconds of the
 * watchdog's clock. */
struct proc_pulse {
	bool is_on;      /* a heartbeat was seen */
	uint64_t beat;   /* the last heartbeat */
	int64_t since;   /* when the last heartbeat was first seen */
	int64_t aborted; /* when the worker got its SIGABRT */
	/* the heartbeat at which a connection waited in the worker's accept
	 * queue for too long; queue_rescue.c */
	uint64_t rescued_at;
};

/* What all processes get from the master. */
struct proc_env {
	struct ev_loop *loop;
	struct log *log;
	struct scoreboard *scoreboard;
	struct proctitle *title; /* NULL: the title is not changed */
	int (*worker)(const struct heritage *);
	const struct conn_router *router;
	struct tickets *tickets; /* NULL: none */
	bool is_daemon;
};

/* The master's side of the channel to the process. */
struct proc_channel {
	int fd;      /* -1 in PROC_NONE */
	int far_end; /* the process's end: what it has not read is not lost */
	ev_io messages;
	ev_io room;                   /* in the channel, for send_queue */
	struct send_queue send_queue; /* messages that found no room */
	ev_timer pause;               /* after a shortage: then try again */
	unsigned failed_recvs, failed_sends; /* attempts in a row */
	unsigned sent;   /* kinds of messages that the process sent, as bits */
	bool is_paused;  /* messages are not read for now */
	bool is_refused; /* a message was refused: the process is killed */
};

/* Events that the generation handles. */
struct proc_events {
	/* A message other than CHANNEL_CONN and CHANNEL_FAILED. */
	void (*on_message)(struct proc *, const struct channel_message *);
	void (*on_timer)(struct proc *);
};

struct proc {
	struct proc *next; /* in generation->recycled */
	const struct proc_env *env;
	const struct proc_events *events;
	struct generation *generation;
	unsigned index; /* worker number, from 0 */
	enum proc_state state;
	enum proc_health health;
	struct proc_pulse pulse;
	pid_t pid; /* 0 in PROC_NONE */
	struct slot *slot;
	const struct scoreboard_sites *sites; /* the generation's; or NULL */
	struct proc_channel channel;
	unsigned coming;   /* connections passed to it that its slot does not
			      count yet */
	bool is_crowded;   /* it had too many connections at the last turn of
			      rebalance.c */
	bool is_due;       /* it waits to be recycled; recycle.c */
	bool has_served;   /* the process, or the last one, was sent GO */
	bool is_partial;   /* its READY said so: some routes are unavailable */
	ev_timer timer;    /* NONE: respawn; STARTING: must be ready */
	int64_t born;      /* clock_now_ms() */
	unsigned failures; /* deaths in a row, each after a short life */
	struct error_text why; /* the text of its FAILED message, or "" */
};

/* The events must stay valid until proc_fini(). */
void proc_init(struct proc *, const struct proc_env *, struct generation *,
	unsigned index, const struct proc_events *);

/*
 * Forks.  The heritage comes filled but for the slot and the channel; it has
 * to live only for the call.  0, or -1 with the reason.
 */
int proc_fork(struct proc *, struct heritage *, struct error_text *);

/* The timer fires once, after so many seconds; 0: as soon as possible. */
void proc_start_timer(struct proc *, ev_tstamp after);

/* Sends a message, and moves to the state it leads to.  Nothing happens when
 * there is no process or it does not read: its exit will tell. */
void proc_tell(struct proc *, const struct channel_message *);

/*
 * Gives it connections of another worker.  Without a process that serves, they
 * wait for the next one.  Descriptors that wait are taken over; what nfds
 * counts after the call is still the caller's to close.
 */
void proc_pass(struct proc *, struct channel_message *);

/* So many messages wait that no more should be passed for now? */
bool proc_is_congested(const struct proc *);

/* "serving" */
const char *proc_state_name(enum proc_state);

/* It said so. */
void proc_be_ready(struct proc *);

/* The channel is tried again in a moment, instead of spinning: a shortage. */
void proc_try_later(struct proc *);

/* Starts the watches on its channel that epoll has refused. */
void proc_watch_again(struct proc *);

/* Stops reading what it says, so that in the end it has to wait. */
void proc_pause(struct proc *);
void proc_resume(struct proc *);

/*
 * Takes the process out of its place, which is free then: PROC_NONE.  The
 * result has process, channel and slot; for proc_fini() and free(3).  NULL
 * with errno, and nothing has changed.
 */
struct proc *proc_detach(struct proc *);

/* No process, and none to come: drops what waits for one. */
void proc_fini(struct proc *);

/* Milliseconds since its fork. */
int64_t proc_age(const struct proc *);

/* It serves, and does not hang: new connections are for it. */
bool proc_is_live(const struct proc *);

/* SIGKILL; its end is told by proc_reap() as with any other. */
void proc_kill(struct proc *);

/*
 * The process ended: takes the last messages from its channel, gives the slot
 * back, and writes how it ended into *how ("signal 11 while serving GET /").
 * The other requests that it held are logged.
 */
void proc_reap(struct proc *, int status, struct error_text *how);

enum { PROC_LONGEST_DELAY = 10 };

/* Seconds until the next try: none at first, then twice as long each time, to
 * the longest delay, less up to a half by chance. */
ev_tstamp proc_back_off(unsigned failures);

#endif
