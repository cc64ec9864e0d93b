/*
 * The commands of the control socket.  prong(8) describes requests and answers.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_ORDERS_H
#define CONTROL_ORDERS_H

#include <stdbool.h>
#include <sys/types.h>

struct control;
struct control_client;
struct control_request;
struct error_text;
struct generation_list;
struct lifecycle;
struct log;
struct recent_rings;
struct reconfig;
struct reconfig_verdict;
struct scoreboard;

/* What a command makes the master do; why is for the log: "prong stop". */
struct control_actions {
	void (*drain)(void *arg, const char *why);
	void (*stop)(void *arg, const char *why);
	/* Returns 0: control_orders_reopened() follows; or -1 with the error
	 * text: some logs are the old ones. */
	int (*reopen)(void *arg, const char *why, struct error_text *);
	/* Makes /readyz answer 503, or 200 again. */
	void (*set_unready)(void *arg, bool is_unready);
};

/* The parts of the master that commands work on. */
struct control_env {
	struct control *control;
	struct reconfig *reconfig;
	const struct lifecycle *life;
	const struct generation_list *generations;
	struct scoreboard *scoreboard;
	const struct recent_rings *recent;
	struct log *log;
	const char *version;
	const char *what;    /* the configuration file or the directory */
	const char *program; /* that an upgrade executes */
	const struct control_actions *actions;
	void *arg; /* for the actions */
};

/*
 * Handles a request: it is answered at once, or at the end of the change that
 * it requests.  arg is a struct control_env.
 */
void control_orders_take(void *arg, struct control_client *,
	const struct control_request *request);

/* Answers with these members of the object. */
void control_orders_answer(struct control_client *, bool is_ok,
	const char *reason, const char *errors);

/* Answers all clients that wait for a change, which has ended.  errors has a
 * line for each error of the configuration, or is empty. */
void control_orders_conclude(const struct control_env *,
	const struct reconfig_verdict *, const char *errors);

/* Answers all clients that wait for new logs. */
void control_orders_reopened(
	const struct control_env *, bool is_ok, const char *reason);

/* Answers all clients that wait for something: pid serves since an upgrade. */
void control_orders_upgraded(const struct control_env *, pid_t);

/* Answers all clients that wait for a change: the server leaves. */
void control_orders_abandon(const struct control_env *);

#endif
