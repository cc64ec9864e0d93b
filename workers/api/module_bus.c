/*
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_bus.h"
#include "api/ws_bus.h"
#include "common/bus_message.h"
#include "common/channel.h"
#include "common/container_of.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/mem.h"
#include "conn/worker_state.h"
#include "http/hash.h"

enum {
	ROLES_MOST = 64,  /* of a worker */
	ASK_AGAIN = 1000, /* milliseconds */
};

struct role {
	struct role *next;
	uint64_t key;
	int64_t asked_ms; /* 0: never */
	bool is_mine;
};

uint64_t
bus_key_of(const struct prong_instance *i)
{
	return hash_bytes(i->mount, strlen(i->mount),
		hash_bytes(i->self->name, strlen(i->self->name), 1));
}

void
bus_listen(struct prong_instance *i)
{
	list_add(&i->worker->contexts->listeners, &i->listens);
	i->is_listening = true;
}

void
bus_leave(struct prong_instance *i)
{
	if (i->is_listening)
		list_remove(&i->listens);
	i->is_listening = false;
}

void
bus_fini(struct context_pool *p)
{
	struct role *role;

	bus_ring_fini(&p->bus.ring);
	while ((role = p->roles) != NULL) {
		p->roles = role->next;
		free(role);
	}
}

static void take_message(struct worker *, const struct bus_head *,
	const char *bytes, size_t len);
static void take_role(struct worker *, const struct bus_head *);

/* A worker of libprong-test has no master: it is the only one. */
static int
answer_itself(struct worker *w, enum channel_kind kind,
	const struct bus_head *head, const void *bytes, size_t len)
{
	struct bus_head answer = *head;

	if (kind == CHANNEL_BUS) {
		answer.number = w->contexts->bus.seen + 1;
		take_message(w, &answer, bytes, len);
	} else {
		answer.from = true;
		take_role(w, &answer);
	}
	return 0;
}

/* Returns 0, or -1 with errno: EAGAIN when the channel is full. */
static int
tell_master(struct worker *w, enum channel_kind kind,
	const struct bus_head *head, const void *bytes, size_t len)
{
	struct channel_message m;

	if (w->state < WORKER_SERVING || w->state == WORKER_DONE) {
		errno = EAGAIN;
		return -1;
	}
	if (w->heritage->channel == -1)
		return answer_itself(w, kind, head, bytes, len);
	m.kind = kind;
	m.nfds = 0;
	m.len = sizeof(*head) + len;
	memcpy(m.text, head, sizeof(*head));
	if (len > 0)
		memcpy(m.text + sizeof(*head), bytes, len);
	return channel_send(w->heritage->channel, &m);
}

/* ---- taking ------------------------------------------------------------- */

/* True if a module of this worker gets the messages with the key. */
static bool
has_instance(const struct context_pool *p, uint64_t key)
{
	for (struct list_node *n = p->listeners.first; n != NULL; n = n->next)
		if (bus_key_of(container_of(
			    n, struct prong_instance, listens)) == key)
			return true;
	return false;
}

static void
tell_instance_loss(struct prong_instance *i, uint32_t lost)
{
	if (i->self->on_lost != NULL) {
		instance_enter(i, SLOT_CALL_MESSAGE);
		i->self->on_lost(i, lost);
		instance_leave(i);
	}
	ws_bus_tell_loss(i, lost);
}

static void
report_loss(struct worker *w, uint32_t lost)
{
	struct list_node *node, *next;

	w->contexts->bus.lost += lost;
	log_warnx(&w->log,
		"the bus has lost %u messages of modules: this worker did not "
		"read them in time",
		(unsigned)lost);
	for (node = w->contexts->listeners.first; node != NULL; node = next) {
		next = node->next;
		tell_instance_loss(
			container_of(node, struct prong_instance, listens),
			lost);
	}
}

static void
tell_instance(struct prong_instance *i, const struct bus_head *head,
	const char *bytes, size_t len)
{
	if (i->self->on_message != NULL) {
		instance_enter(i, SLOT_CALL_MESSAGE);
		i->self->on_message(i, head->from, bytes, len);
		instance_leave(i);
	}
	ws_bus_deliver(i, head, bytes, len);
}

static void
settle_replays(struct context_pool *p)
{
	struct list_node *node, *next;

	for (node = p->listeners.first; node != NULL; node = next) {
		next = node->next;
		ws_bus_settle(
			container_of(node, struct prong_instance, listens));
	}
}

/* The greeting, which follows GO, was dropped for want of memory: how much
 * there was before this message is not known. */
static void
do_without_greeting(struct worker *w, const struct bus_head *head)
{
	if (w->contexts->bus.base > 0 || w->state < WORKER_SERVING)
		return;
	w->contexts->bus.base = head->number;
	settle_replays(w->contexts);
}

static void
take_message(struct worker *w, const struct bus_head *head, const char *bytes,
	size_t len)
{
	struct context_pool *p = w->contexts;
	struct list_node *node, *next;
	struct prong_instance *i;

	if (head->lost > 0)
		report_loss(w, head->lost);
	do_without_greeting(w, head);
	/* Of other modules only the number is kept. */
	bus_ring_add(&p->bus.ring, head, bytes,
		has_instance(p, head->key) ? len : 0);
	p->bus.seen = head->number;
	for (node = p->listeners.first; node != NULL; node = next) {
		next = node->next;
		i = container_of(node, struct prong_instance, listens);
		if (bus_key_of(i) == head->key)
			tell_instance(i, head, bytes, len);
	}
}

static void
take_greeting(struct worker *w, const struct bus_head *head, const char *bytes,
	size_t len)
{
	struct context_pool *p = w->contexts;

	if (head->lost > 0)
		report_loss(w, head->lost);
	if (len == sizeof(p->bus.base))
		memcpy(&p->bus.base, bytes, len);
	if (p->bus.seen < head->number)
		p->bus.seen = head->number;
	settle_replays(p);
}

/* The answer of the master; the key tells whose role it is. */
static void
take_role(struct worker *w, const struct bus_head *head)
{
	for (struct role *r = w->contexts->roles; r != NULL; r = r->next)
		if (r->key == head->key)
			r->is_mine = head->from != 0;
}

void
bus_take(struct worker *w, const struct channel_message *m)
{
	struct bus_head head;

	if (w->contexts == NULL)
		return;
	memcpy(&head, m->text, sizeof(head));
	if (m->kind == CHANNEL_BUS && head.key == BUS_GREETING)
		take_greeting(w, &head, m->text + sizeof(head),
			m->len - sizeof(head));
	else if (m->kind == CHANNEL_BUS)
		take_message(w, &head, m->text + sizeof(head),
			m->len - sizeof(head));
	else
		take_role(w, &head);
}

/* ---- prong.h ------------------------------------------------------------ */

int
prong_publish(struct prong_instance *i, const void *bytes, size_t len)
{
	struct bus_head head = { 0 };

	if (!instance_check_call(i, __func__))
		return -1;
	if ((bytes == NULL && len > 0) || len > BUS_MOST)
		return instance_misuse(
			i, __func__, "the bytes are NULL, or more than 16 KiB");
	head.key = bus_key_of(i);
	return tell_master(i->worker, CHANNEL_BUS, &head, bytes, len);
}

uint64_t
prong_lost(struct prong_instance *i)
{
	return instance_check_call(i, __func__) ? i->worker->contexts->bus.lost
						: 0;
}

static struct role *
find_role(struct prong_instance *i, const char *name)
{
	struct role **roles = &i->worker->contexts->roles;
	uint64_t key = hash_bytes(name, strlen(name), bus_key_of(i));
	unsigned count = 0;
	struct role *r;

	for (r = *roles; r != NULL; r = r->next, count++)
		if (r->key == key)
			return r;
	if (count == ROLES_MOST)
		return NULL;
	r = mem_calloc(1, sizeof(*r));
	r->key = key;
	r->next = *roles;
	*roles = r;
	return r;
}

static void
ask_for_role(struct prong_instance *i, struct role *r)
{
	struct bus_head head = { .key = r->key };

	r->asked_ms = i->worker->now_ms;
	tell_master(i->worker, CHANNEL_ONCE, &head, NULL, 0);
}

bool
prong_once(struct prong_instance *i, const char *name)
{
	struct role *r;

	if (!instance_check_call(i, __func__) || i->is_draining)
		return false;
	r = name == NULL ? NULL : find_role(i, name);
	if (r == NULL) {
		instance_misuse(i, __func__,
			"the name is NULL, or the 65th of the worker");
		return false;
	}
	if (!r->is_mine &&
		(r->asked_ms == 0 ||
			i->worker->now_ms - r->asked_ms >= ASK_AGAIN))
		ask_for_role(i, r);
	return r->is_mine;
}
