/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/bus_link.h"

#include <stdlib.h>
#include <string.h>

#include "common/bus_message.h"
#include "common/channel.h"
#include "supervise/bus.h"

/* A message that the leader has not numbered yet. */
struct bus_forwarded {
	struct bus_forwarded *next;
	struct bus_link *origin; /* NULL: a worker of this master */
	struct bus_head head;
	size_t len;
	char bytes[];
};

/* ---- sending ------------------------------------------------------------ */

/* Returns 0, or -1: no memory. */
static int
send_message(struct bus_link *l, struct bus_link_head *head, const char *bytes,
	size_t len)
{
	struct channel_message m = { .kind = CHANNEL_BUS_LINK };
	uint64_t lost = l->lost;

	head->taken = l->taken;
	head->lost = lost;
	m.len = sizeof(*head) + len;
	memcpy(m.text, head, sizeof(*head));
	memcpy(m.text + sizeof(*head), bytes, len);
	if (l->calls->send(l->arg, &m) == -1)
		return -1;
	l->lost -= lost;
	return 0;
}

static int
send_word(struct bus_link *l, enum bus_link_type type)
{
	struct bus_link_head head = { .type = type,
		.key = l->bus->base,
		.number = type == BUS_LINK_ASK ? BUS_LINK_VERSION
					       : l->bus->number };

	return send_message(l, &head, "", 0);
}

static bool
is_to_leader(const struct bus_link *l)
{
	return l->state == BUS_LINK_ASKED || l->state == BUS_LINK_LEADER;
}

struct bus_link *
bus_link_leader(const struct bus *bus)
{
	for (int i = 0; i < BUS_LINKS; i++)
		if (bus->links[i] != NULL && is_to_leader(bus->links[i]))
			return bus->links[i];
	return NULL;
}

void
bus_link_copy(struct bus *bus, const struct bus_head *head,
	const struct channel_message *m)
{
	struct bus_link_head copy = { .type = BUS_LINK_COPY,
		.from = head->from,
		.key = head->key,
		.number = head->number };

	for (int i = 0; i < BUS_LINKS; i++) {
		struct bus_link *l = bus->links[i];

		if (l == NULL || l->state != BUS_LINK_FOLLOWER)
			continue;
		if (l->calls->count_queued(l->arg) >= BUS_WAITING_MOST ||
			send_message(l, &copy, m->text + sizeof(*head),
				m->len - sizeof(*head)) == -1)
			l->lost++;
	}
}

/* ---- what was lost ------------------------------------------------------- */

/* from is the master that has told it; NULL: this one. */
static void
add_lost(struct bus *bus, const struct bus_link *from, uint64_t lost)
{
	if (lost == 0)
		return;
	bus_lose(bus, (uint32_t)lost);
	for (int i = 0; i < BUS_LINKS; i++)
		if (bus->links[i] != NULL && bus->links[i] != from &&
			bus->links[i]->state != BUS_LINK_OFF)
			bus->links[i]->lost += lost;
}

/* No message may follow that would tell it. */
static void
tell_lost(struct bus_link *l)
{
	if (l->state != BUS_LINK_OFF && l->lost > 0 &&
		l->calls->count_queued(l->arg) < BUS_WAITING_MOST)
		send_word(l, BUS_LINK_LOST);
}

void
bus_link_on_room(struct bus_link *l)
{
	tell_lost(l);
}

/* ---- the follower -------------------------------------------------------- */

static struct bus_forwarded *
add_forwarded(struct bus *bus, struct bus_link *origin,
	const struct bus_head *head, const struct channel_message *m)
{
	size_t len = m->len - sizeof(*head);
	struct bus_forwarded *f;

	if (bus->nforwarded >= BUS_WAITING_MOST)
		return NULL;
	f = malloc(sizeof(*f) + len);
	if (f == NULL)
		return NULL;
	*f = (struct bus_forwarded){
		.origin = origin, .head = *head, .len = len
	};
	memcpy(f->bytes, m->text + sizeof(*head), len);
	*bus->forwarded_end = f;
	bus->forwarded_end = &f->next;
	bus->nforwarded++;
	return f;
}

static struct bus_forwarded *
take_forwarded(struct bus *bus)
{
	struct bus_forwarded *f = bus->forwarded;

	if (f == NULL)
		return NULL;
	bus->forwarded = f->next;
	if (f->next == NULL)
		bus->forwarded_end = &bus->forwarded;
	bus->nforwarded--;
	return f;
}

void
bus_link_forward(struct bus_link *leader, struct bus_link *origin,
	const struct bus_head *head, const struct channel_message *m)
{
	struct bus_link_head forward = {
		.type = BUS_LINK_FORWARD, .from = head->from, .key = head->key
	};
	struct bus_forwarded **end = leader->bus->forwarded_end;
	struct bus_forwarded *f = add_forwarded(leader->bus, origin, head, m);

	if (f != NULL && send_message(leader, &forward, f->bytes, f->len) == 0)
		return;
	if (f != NULL) {
		leader->bus->forwarded_end = end;
		leader->bus->nforwarded--;
		*end = NULL;
		free(f);
	}
	if (origin != NULL)
		origin->taken++;
	add_lost(leader->bus, NULL, 1);
}

/*
 * The leader has numbered or lost so many messages of this master: whatever
 * number it says, no more than those that wait are released.
 */
static void
release_forwarded(struct bus_link *leader, uint64_t taken)
{
	struct bus_forwarded *f;

	for (; leader->returned < taken; leader->returned++) {
		f = take_forwarded(leader->bus);
		if (f == NULL)
			break;
		if (f->origin != NULL)
			f->origin->taken++;
		free(f);
	}
	if (leader->returned < taken)
		leader->returned = taken;
}

/* ---- the leader changes -------------------------------------------------- */

static void
number_forwarded(struct bus *bus)
{
	struct channel_message m = { .kind = CHANNEL_BUS };
	struct bus_forwarded *f;

	while ((f = take_forwarded(bus)) != NULL) {
		m.len = sizeof(f->head) + f->len;
		memcpy(m.text + sizeof(f->head), f->bytes, f->len);
		if (f->origin != NULL)
			f->origin->taken++;
		bus_number(bus, &f->head, &m);
		free(f);
	}
}

static void
make_leader(struct bus_link *l)
{
	if (send_word(l, BUS_LINK_LEAD) == -1)
		return;
	l->is_due = false;
	l->state = BUS_LINK_LEADER;
	l->taken = l->returned = 0;
}

/* This master leads from here on, unless it has a newer one. */
static void
begin_to_lead(struct bus *bus)
{
	number_forwarded(bus);
	for (int i = 0; i < BUS_LINKS; i++)
		if (bus->links[i] != NULL && bus->links[i]->is_due &&
			bus->links[i]->state == BUS_LINK_FOLLOWER) {
			make_leader(bus->links[i]);
			return;
		}
}

void
bus_link_hand_over(struct bus_link *l)
{
	l->is_due = true;
	if (l->state == BUS_LINK_FOLLOWER && bus_link_leader(l->bus) == NULL)
		make_leader(l);
}

/* ---- messages of the other master ---------------------------------------- */

static void
take_ask(struct bus_link *l)
{
	if (l->state != BUS_LINK_OFF)
		return;
	bus_begin_numbers(l->bus);
	l->state = BUS_LINK_FOLLOWER;
	send_word(l, BUS_LINK_STATE);
	if (l->is_due)
		bus_link_hand_over(l);
}

/* Where the leader is. */
static void
take_state(struct bus_link *l, const struct bus_link_head *head)
{
	bool was_asked = l->state == BUS_LINK_ASKED;

	l->state = BUS_LINK_LEADER;
	l->bus->base = head->key;
	if (l->bus->number < head->number)
		l->bus->number = head->number;
	if (was_asked)
		bus_greet_all(l->bus);
}

static void
take_lead(struct bus_link *l, const struct bus_link_head *head)
{
	take_state(l, head);
	l->state = BUS_LINK_FOLLOWER;
	l->taken = l->returned = 0;
	begin_to_lead(l->bus);
}

/* A message of the other master as one of a worker: the head is the caller's to
 * write. */
static void
unpack_message(const struct channel_message *m,
	const struct bus_link_head *from, struct bus_head *head,
	struct channel_message *out)
{
	size_t len = m->len - sizeof(*from);

	*head = (struct bus_head){
		.key = from->key, .number = from->number, .from = from->from
	};
	out->kind = CHANNEL_BUS;
	out->nfds = 0;
	out->len = sizeof(*head) + len;
	memcpy(out->text + sizeof(*head), m->text + sizeof(*from), len);
}

/* One that was sent before LEAD arrived is numbered by the one that has sent
 * it. */
static void
take_forward(struct bus_link *l, const struct bus_link_head *from,
	const struct channel_message *m)
{
	struct bus_link *leader = bus_link_leader(l->bus);
	struct channel_message out;
	struct bus_head head;

	if (l->state != BUS_LINK_FOLLOWER)
		return;
	unpack_message(m, from, &head, &out);
	if (leader != NULL) {
		bus_link_forward(leader, l, &head, &out);
		return;
	}
	l->taken++;
	bus_number(l->bus, &head, &out);
}

static void
take_copy(struct bus_link *l, const struct bus_link_head *from,
	const struct channel_message *m)
{
	struct channel_message out;
	struct bus_head head;

	if (!is_to_leader(l))
		return;
	unpack_message(m, from, &head, &out);
	l->bus->number = head.number;
	bus_distribute(l->bus, &head, &out);
}

static void
take_content(struct bus_link *l, const struct bus_link_head *head,
	const struct channel_message *m)
{
	switch (head->type) {
	case BUS_LINK_ASK:
		take_ask(l);
		break;
	case BUS_LINK_STATE:
		if (is_to_leader(l))
			take_state(l, head);
		break;
	case BUS_LINK_FORWARD:
		take_forward(l, head, m);
		break;
	case BUS_LINK_COPY:
		take_copy(l, head, m);
		break;
	case BUS_LINK_LOST:
		bus_greet_all(l->bus);
		break;
	case BUS_LINK_LEAD:
		if (is_to_leader(l))
			take_lead(l, head);
		break;
	default:
		/* Of a later version. */
		break;
	}
}

void
bus_link_take(struct bus_link *l, const struct channel_message *m)
{
	struct bus_link_head head;

	if (l->bus == NULL)
		return;
	memcpy(&head, m->text, sizeof(head));
	add_lost(l->bus, l, head.lost);
	if (is_to_leader(l))
		release_forwarded(l, head.taken);
	take_content(l, &head, m);
	for (int i = 0; i < BUS_LINKS; i++)
		if (l->bus->links[i] != NULL)
			tell_lost(l->bus->links[i]);
}

/* ---- life ---------------------------------------------------------------- */

void
bus_link_open(struct bus_link *l, struct bus *bus,
	const struct bus_link_calls *calls, void *arg)
{
	*l = (struct bus_link){ .bus = bus, .calls = calls, .arg = arg };
	for (int i = 0; i < BUS_LINKS; i++)
		if (bus->links[i] == NULL) {
			bus->links[i] = l;
			return;
		}
}

void
bus_link_ask(struct bus_link *l)
{
	if (send_word(l, BUS_LINK_ASK) == 0)
		l->state = BUS_LINK_ASKED;
}

static void
forget_link(struct bus_link *l)
{
	struct bus *bus = l->bus;

	for (int i = 0; i < BUS_LINKS; i++)
		if (bus->links[i] == l)
			bus->links[i] = NULL;
	for (struct bus_forwarded *f = bus->forwarded; f != NULL; f = f->next)
		if (f->origin == l)
			f->origin = NULL;
	l->bus = NULL;
}

void
bus_link_close(struct bus_link *l)
{
	enum bus_link_state state = l->state;
	bool was_leader = is_to_leader(l);
	struct bus *bus = l->bus;

	if (bus == NULL)
		return;
	l->state = BUS_LINK_OFF;
	forget_link(l);
	if (!was_leader)
		return;
	if (state == BUS_LINK_ASKED)
		bus_greet_all(bus);
	begin_to_lead(bus);
}
