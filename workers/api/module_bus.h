/*
 * Messages between the workers' modules, through the master, and roles that one
 * worker of all has.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_BUS_H
#define MODULE_BUS_H

#include <stdint.h>

struct channel_message;
struct context_pool;
struct prong_instance;
struct worker;

/* Takes a message BUS or ONCE of the master. */
void bus_take(struct worker *, const struct channel_message *);

/* The instance has started, or stops. */
void bus_listen(struct prong_instance *);
void bus_leave(struct prong_instance *);

/* Frees the roles and the ring of a worker that ends. */
void bus_fini(struct context_pool *);

/* The same in all workers and generations. */
uint64_t bus_key_of(const struct prong_instance *);

#endif
