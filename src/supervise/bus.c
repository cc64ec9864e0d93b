/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/bus.h"

#include <stdbool.h>
#include <string.h>

#include "common/bus_message.h"
#include "common/channel.h"
#include "common/clock.h"
#include "supervise/conn_router.h"
#include "supervise/generation.h"
#include "supervise/generation_list.h"
#include "supervise/proc.h"
#include "supervise/proc_channel.h"

enum { WAITING_MOST = 512 }; /* messages of all kinds for a worker */

static const struct generation_list *
generations_of(const struct proc *p)
{
	return p->env->router == NULL ? NULL : p->env->router->generations;
}

static bool
takes_messages(const struct proc *p)
{
	return p->has_served &&
	       (p->state == PROC_SERVING || p->state == PROC_LEAVING) &&
	       p->channel.fd != -1;
}

/* Another process follows in its place. */
static bool
is_awaited(const struct proc *p)
{
	return p->is_successor && p->state < PROC_SERVING &&
	       p->generation->state == GENERATION_CURRENT;
}

static void
deliver_message(
	struct proc *to, struct bus_head *head, struct channel_message *m)
{
	if (!takes_messages(to) && !is_awaited(to))
		return;
	if (to->channel.send_queue.count >= WAITING_MOST) {
		to->bus_lost++;
		return;
	}
	head->lost = to->bus_lost;
	to->bus_lost = 0;
	memcpy(m->text, head, sizeof(*head));
	proc_pass(to, m);
}

static void
take_kept(struct proc *to, struct proc *from)
{
	struct channel_message m;

	while (send_queue_take_kind(&from->channel.send_queue, CHANNEL_BUS, &m))
		proc_channel_send(to, &m);
	to->bus_lost += from->bus_lost;
	from->bus_lost = 0;
}

void
bus_inherit(struct proc *to)
{
	const struct generation_list *all = generations_of(to);

	if (all == NULL)
		return;
	for (struct generation *g = all->first; g != NULL; g = g->next)
		for (struct proc *p = generation_next(g, NULL); p != NULL;
			p = generation_next(g, p))
			if (p->generation != to->generation &&
				p->index == to->index && is_awaited(p))
				take_kept(to, p);
}

/* The clock has gone on when the next master begins. */
static void
begin_numbers(struct bus *bus)
{
	if (bus->base == 0)
		bus->base = bus->number = (uint64_t)clock_now_ns();
}

void
bus_greet(struct proc *p)
{
	struct bus *bus = p->env->bus;
	struct channel_message m = { .kind = CHANNEL_BUS };
	struct bus_head head = { .key = BUS_GREETING };

	if (bus == NULL)
		return;
	begin_numbers(bus);
	head.number = bus->number;
	head.lost = p->bus_lost;
	p->bus_lost = 0;
	m.len = sizeof(head) + sizeof(bus->base);
	memcpy(m.text, &head, sizeof(head));
	memcpy(m.text + sizeof(head), &bus->base, sizeof(bus->base));
	proc_channel_send(p, &m);
}

void
bus_pass(struct proc *from, struct channel_message *m)
{
	const struct generation_list *all = generations_of(from);
	struct bus_head head;

	if (all == NULL || from->env->bus == NULL)
		return;
	memcpy(&head, m->text, sizeof(head));
	if (head.key == BUS_GREETING)
		return;
	begin_numbers(from->env->bus);
	head.number = ++from->env->bus->number;
	head.from = from->index;
	for (struct generation *g = all->first; g != NULL; g = g->next)
		for (struct proc *p = generation_next(g, NULL); p != NULL;
			p = generation_next(g, p))
			deliver_message(p, &head, m);
}

/* ---- roles -------------------------------------------------------------- */

static bool
is_serving(const struct proc *asker, pid_t pid)
{
	const struct generation_list *all = generations_of(asker);

	if (all == NULL)
		return false;
	for (struct generation *g = all->first; g != NULL; g = g->next)
		for (struct proc *p = generation_next(g, NULL); p != NULL;
			p = generation_next(g, p))
			if (p->pid == pid)
				return p->state == PROC_SERVING;
	return false;
}

/* Returns the entry of the role, or a free one; -1 when all are taken. */
static int
find_role(struct bus *bus, const struct proc *asker, uint64_t key)
{
	int found = -1;

	for (int i = 0; i < BUS_ROLES; i++) {
		if (bus->roles[i].pid != 0 &&
			!is_serving(asker, bus->roles[i].pid))
			bus->roles[i].pid = 0;
		if (bus->roles[i].pid != 0 && bus->roles[i].key == key)
			return i;
		if (bus->roles[i].pid == 0 && found == -1)
			found = i;
	}
	return found;
}

void
bus_give_role(struct bus *bus, struct proc *p, struct channel_message *m)
{
	struct bus_head head;
	int at;

	if (p->state != PROC_SERVING)
		return;
	memcpy(&head, m->text, sizeof(head));
	at = find_role(bus, p, head.key);
	if (at != -1 && bus->roles[at].pid == 0) {
		bus->roles[at].key = head.key;
		bus->roles[at].pid = p->pid;
	}
	head.from = at != -1 && bus->roles[at].pid == p->pid;
	head.lost = 0;
	memcpy(m->text, &head, sizeof(head));
	proc_channel_send(p, m);
}
