/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/bus.h"

#include <stdbool.h>
#include <string.h>

#include "common/bus_message.h"
#include "common/channel.h"
#include "common/clock.h"
#include "supervise/bus_link.h"
#include "supervise/generation.h"
#include "supervise/generation_list.h"
#include "supervise/proc.h"
#include "supervise/proc_channel.h"

/* Iterates over the processes of all generations: from NULL to NULL. */
static struct proc *
next_proc(const struct bus *bus, struct proc *p)
{
	const struct generation *g = p == NULL ? NULL : p->generation;

	p = g == NULL ? NULL : generation_next(g, p);
	while (p == NULL) {
		g = g == NULL ? bus->generations->first : g->next;
		if (g == NULL)
			return NULL;
		p = generation_next(g, NULL);
	}
	return p;
}

void
bus_init(struct bus *bus, const struct generation_list *generations)
{
	*bus = (struct bus){ .generations = generations };
	bus->forwarded_end = &bus->forwarded;
}

/* ---- messages ----------------------------------------------------------- */

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
	if (to->channel.send_queue.count >= BUS_WAITING_MOST) {
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
	const struct bus *bus = to->env->bus;

	if (bus == NULL)
		return;
	for (struct proc *p = next_proc(bus, NULL); p != NULL;
		p = next_proc(bus, p))
		if (p->generation != to->generation && p->index == to->index &&
			is_awaited(p))
			take_kept(to, p);
}

/* The clock has gone on when the next master begins. */
void
bus_begin_numbers(struct bus *bus)
{
	if (bus->base == 0)
		bus->base = bus->number = (uint64_t)clock_now_ns();
}

/* The old master has yet to say where the numbers are. */
static bool
is_asking(const struct bus *bus)
{
	const struct bus_link *leader = bus_link_leader(bus);

	return leader != NULL && leader->state == BUS_LINK_ASKED;
}

void
bus_greet(struct proc *p)
{
	struct bus *bus = p->env->bus;
	struct channel_message m = { .kind = CHANNEL_BUS };
	struct bus_head head = { .key = BUS_GREETING };

	if (bus == NULL || is_asking(bus))
		return;
	bus_begin_numbers(bus);
	head.number = bus->number;
	head.lost = p->bus_lost;
	p->bus_lost = 0;
	m.len = sizeof(head) + sizeof(bus->base);
	memcpy(m.text, &head, sizeof(head));
	memcpy(m.text + sizeof(head), &bus->base, sizeof(bus->base));
	proc_channel_send(p, &m);
}

void
bus_distribute(
	struct bus *bus, struct bus_head *head, struct channel_message *m)
{
	for (struct proc *p = next_proc(bus, NULL); p != NULL;
		p = next_proc(bus, p))
		deliver_message(p, head, m);
	bus_link_copy(bus, head, m);
}

void
bus_number(struct bus *bus, struct bus_head *head, struct channel_message *m)
{
	bus_begin_numbers(bus);
	head->number = ++bus->number;
	bus_distribute(bus, head, m);
}

void
bus_pass(struct proc *from, struct channel_message *m)
{
	struct bus *bus = from->env->bus;
	struct bus_link *leader;
	struct bus_head head;

	if (bus == NULL)
		return;
	memcpy(&head, m->text, sizeof(head));
	if (head.key == BUS_GREETING)
		return;
	head.from = from->index;
	leader = bus_link_leader(bus);
	if (leader == NULL)
		bus_number(bus, &head, m);
	else
		bus_link_forward(leader, NULL, &head, m);
}

void
bus_lose(struct bus *bus, uint32_t count)
{
	for (struct proc *p = next_proc(bus, NULL); p != NULL;
		p = next_proc(bus, p))
		if (takes_messages(p) || is_awaited(p))
			p->bus_lost += count;
}

void
bus_greet_all(struct bus *bus)
{
	for (struct proc *p = next_proc(bus, NULL); p != NULL;
		p = next_proc(bus, p))
		if (takes_messages(p))
			bus_greet(p);
}

/* ---- roles -------------------------------------------------------------- */

static bool
is_serving(const struct bus *bus, pid_t pid)
{
	for (struct proc *p = next_proc(bus, NULL); p != NULL;
		p = next_proc(bus, p))
		if (p->pid == pid)
			return p->state == PROC_SERVING;
	return false;
}

/* Returns the entry of the role, or a free one; -1 when all are taken. */
static int
find_role(struct bus *bus, uint64_t key)
{
	int found = -1;

	for (int i = 0; i < BUS_ROLES; i++) {
		if (bus->roles[i].pid != 0 &&
			!is_serving(bus, bus->roles[i].pid))
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
	/* The workers of an old master have its roles until they drain, which
	 * begins when this master leads. */
	at = bus_link_leader(bus) == NULL ? find_role(bus, head.key) : -1;
	if (at != -1 && bus->roles[at].pid == 0) {
		bus->roles[at].key = head.key;
		bus->roles[at].pid = p->pid;
	}
	head.from = at != -1 && bus->roles[at].pid == p->pid;
	head.lost = 0;
	memcpy(m->text, &head, sizeof(head));
	proc_channel_send(p, m);
}
