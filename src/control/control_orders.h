/*
 * What the commands that come by the control socket do; prong(8) describes
 * requests and answers.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_ORDERS_H
#define CONTROL_ORDERS_H

struct reconfig_verdict;
struct control_client;
struct control_request;
struct master;

/* A request: answered now, or at the end of the change that it asks for.
 * arg: the master. */
void control_orders_take(void *arg, struct control_client *,
	const struct control_request *request);

/* A change has ended: answers all who wait for it.  errors: lines, or "". */
void control_orders_conclude(
	struct master *, const struct reconfig_verdict *, const char *errors);

/* The server leaves: no change is waited for any more. */
void control_orders_abandon(struct master *);

#endif
