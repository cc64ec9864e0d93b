/*
 * The pages of the admin address: /livez, /readyz, /status, /metrics.
 * SPDX-License-Identifier: MIT
 */
#ifndef ADMIN_H
#define ADMIN_H

struct exchange;
struct site;

/* Answers a request of the admin address. */
void admin_answer(struct exchange *);

/* Returns the site of such requests, which has no routes and no error pages. */
const struct site *admin_site(void);

#endif
