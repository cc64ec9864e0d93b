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
struct bus;
struct conn_router;
struct recent_rings;
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

/* What the master gives to all processes. */
struct proc_env {
	struct ev_loop *loop;
	struct log *log;
	struct scoreboard *scoreboard;
	struct proctitle *title; /* NULL: the title is not changed */
	int (*worker)(const struct heritage *);
	const struct conn_router *router;
	struct tickets *tickets;       /* NULL: none */
	struct bus *bus;               /* NULL: no roles are given */
	struct change_counts *changes; /* NULL: not counted */
	struct recent_rings *recent;   /* NULL: none */
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
	/* READY, FAILED or RECYCLE; proc_receive.c handles the others. */
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
	uint64_t logs_sent; /* to the process, with REOPEN */
	unsigned coming;    /* the load of connections passed to it that its
			       slot does not count yet */
	bool is_crowded;    /* it had too many connections at the last turn of
			       rebalance.c */
	bool is_due;        /* it waits to be recycled; recycle.c */
	bool has_served;    /* the process, or the last one, was sent GO */
	bool is_successor;  /* of a process that has served and died */
	bool is_partial;    /* its READY said so: some routes are unavailable */
	ev_timer timer;     /* NONE: respawn; STARTING: must be ready */
	int64_t born;       /* clock_now_ms() */
	int64_t outgrown;   /* when the process before it was replaced for its
			       memory, as born; 0: never */
	uint32_t bus_lost;  /* messages that it did not get; bus.c */
	unsigned failures;  /* deaths in a row, each after a short life */
	struct error_text why; /* the text of its FAILED message, or "" */
};

/* The events must stay valid until proc_fini(). */
void proc_init(struct proc *, const struct proc_env *, struct generation *,
	unsigned index, const struct proc_events *);

/*
 * Forks the process.  The caller has filled in the heritage except for the slot
 * and the channel; it is used during the call only.  Returns 0, or -1 with the
 * error text.
 */
int proc_fork(struct proc *, struct heritage *, struct error_text *);

/* Starts the timer, which fires once; after is in seconds, and 0 means as soon
 * as possible. */
void proc_start_timer(struct proc *, ev_tstamp after);

/* Sends a message and enters the state that the message leads to.  Does nothing
 * if there is no process or it has closed its channel: its exit follows. */
void proc_tell(struct proc *, const struct channel_message *);

/*
 * Passes connections of another worker, or a message of the bus, to the
 * process. If no process serves, they are queued for the next one.  Descriptors
 * that are queued are taken over; those that nfds counts after the call remain
 * the caller's to close.
 */
void proc_pass(struct proc *, struct channel_message *);

/* Returns true if so many messages are queued that no more should be passed for
 * now. */
bool proc_is_congested(const struct proc *);

/* Returns the name of a state: "serving". */
const char *proc_state_name(enum proc_state);

/* Enters PROC_READY: the process has sent READY. */
void proc_be_ready(struct proc *);

/* Pauses the channel for a moment: descriptors or memory ran out. */
void proc_try_later(struct proc *);

/* Starts the watchers of the channel that epoll refused before. */
void proc_watch_again(struct proc *);

/* Stops and resumes reading from the channel; once the channel is full, the
 * process has to wait. */
void proc_pause(struct proc *);
void proc_resume(struct proc *);

/*
 * Moves process, channel and slot to a new struct, and leaves this one in
 * PROC_NONE.  The caller calls proc_fini() and free(3) for the result.  Returns
 * NULL with errno, without any change, if there is no memory.
 */
struct proc *proc_detach(struct proc *);

/* Drops the messages that wait for a process; there is none, and none will
 * follow. */
void proc_fini(struct proc *);

/* Returns the milliseconds since the fork. */
int64_t proc_age(const struct proc *);

/* Returns true if the process serves and does not hang, so that it may get new
 * connections. */
bool proc_is_live(const struct proc *);

/* Sends SIGKILL; proc_reap() follows as with any other exit. */
void proc_kill(struct proc *);

/*
 * The process has exited: receives the last messages from its channel, frees
 * its slot, and writes how it ended into *how ("signal 11 while serving GET
 * /"). Logs its other requests in flight.
 */
void proc_reap(struct proc *, int status, struct error_text *how);

enum { PROC_LONGEST_DELAY = 10 /* seconds */ };

/* Returns the seconds until the next attempt: 0 at first, then twice as long
 * each time up to PROC_LONGEST_DELAY, minus a random part of up to a half. */
ev_tstamp proc_back_off(unsigned failures);

#endif
