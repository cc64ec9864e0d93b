/*
 * What the operator's machines ask on the admin address: /livez, /readyz,
 * /status, /metrics.
 * SPDX-License-Identifier: MIT
 */
#ifndef ADMIN_H
#define ADMIN_H

struct exchange;
struct site;

/* Answers a request that came by the admin address. */
void admin_answer(struct exchange *);

/* The site that such requests are for: no routes, no pages of its own. */
const struct site *admin_site(void);

#endif
