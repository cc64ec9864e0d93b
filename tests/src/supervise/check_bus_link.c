/*
 * Two masters with a worker each, in every order in which their messages may
 * come.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/bus_link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bus_message.h"
#include "common/channel.h"
#include "supervise/bus.h"
#include "supervise/generation_list.h"
#include "support/harness.h"

enum { WIRE = 4096, HEARD = 4096, KEY = 7 };

struct master {
	struct bus bus;
	struct bus_link link;
	struct generation_list generations;
	struct generation generation;
	struct proc_env env;
	struct proc proc;
	int far_end;                        /* the worker's */
	struct channel_message *sent[WIRE]; /* to the other master */
	unsigned nsent, nread;
	char heard[HEARD]; /* by the worker, in order */
	unsigned nheard, lost;
	uint64_t number; /* of the last message */
};

static struct master old, new;
static char next; /* what is published next: 'a', 'b' ... */

static int
send_to_other(void *arg, const struct channel_message *m)
{
	struct master *from = arg;

	ck_assert_uint_lt(from->nsent, WIRE);
	from->sent[from->nsent] = malloc(sizeof(*m));
	ck_assert_ptr_nonnull(from->sent[from->nsent]);
	*from->sent[from->nsent++] = *m;
	return 0;
}

static unsigned
count_queued(void *arg)
{
	const struct master *from = arg;

	return from->nsent - from->nread;
}

static const struct bus_link_calls calls = { send_to_other, count_queued };

static void
open_master(struct master *m)
{
	int ends[2];

	memset(m, 0, sizeof(*m));
	ck_assert_int_eq(channel_open(ends), 0);
	m->far_end = ends[1];
	m->env.bus = &m->bus;
	m->proc = (struct proc){ .env = &m->env,
		.generation = &m->generation,
		.state = PROC_SERVING,
		.has_served = true };
	m->proc.channel.fd = ends[0];
	m->generation.procs = &m->proc;
	m->generation.nprocs = 1;
	m->generations.first = &m->generation;
	bus_init(&m->bus, &m->generations);
	bus_link_open(&m->link, &m->bus, &calls, m);
}

static void
close_master(struct master *m)
{
	bus_link_close(&m->link);
	for (unsigned i = 0; i < m->nsent; i++)
		free(m->sent[i]);
	close(m->proc.channel.fd);
	close(m->far_end);
}

/* The worker reads its channel. */
static void
hear(struct master *master)
{
	struct channel_message m;
	struct bus_head head;

	while (channel_recv(master->far_end, &m) == 1) {
		memcpy(&head, m.text, sizeof(head));
		master->lost += head.lost;
		if (head.key == BUS_GREETING)
			continue;
		ck_assert_uint_gt(head.number, master->number);
		master->number = head.number;
		ck_assert_uint_lt(master->nheard, HEARD - 1);
		master->heard[master->nheard++] = m.text[sizeof(head)];
	}
}

static void
publish(struct master *master)
{
	struct channel_message m = { .kind = CHANNEL_BUS };
	struct bus_head head = { .key = KEY };

	memcpy(m.text, &head, sizeof(head));
	m.text[sizeof(head)] = next++;
	m.len = sizeof(head) + 1;
	bus_pass(&master->proc, &m);
	hear(master);
}

static void
deliver(struct master *from, struct master *to)
{
	while (from->nread < from->nsent) {
		bus_link_take(&to->link, from->sent[from->nread++]);
		hear(to);
	}
}

/* One of the masters has ended: the other one reads no more of it. */
static void
end_master(struct master *dead, struct master *other)
{
	dead->nread = dead->nsent;
	bus_link_close(&other->link);
	hear(other);
}

static void
take_step(char step)
{
	switch (step) {
	case 'a':
		bus_link_ask(&new.link);
		break;
	case 'l':
		bus_link_hand_over(&old.link);
		break;
	case 'o':
		publish(&old);
		break;
	case 'n':
		publish(&new);
		break;
	case '>':
		deliver(&old, &new);
		break;
	case '<':
		deliver(&new, &old);
		break;
	case 'O':
		end_master(&old, &new);
		break;
	case 'N':
		end_master(&new, &old);
		break;
	}
}

/*
 * a: the new master asks; l: the old one lets it lead; o, n: a worker of the
 * old or the new master publishes; >, <: what the old or the new one has sent
 * is read; O, N: the old or the new one ends.
 */
static const struct {
	const char *steps, *old, *new;
} rows[] = {
	/* The new master is of an earlier build, or has not asked yet. */
	{ "ono", "ac", "b" },
	/* The old one leads. */
	{ "a<>on<>", "ab", "ab" },
	{ "a<>no<>", "ba", "ba" },
	{ "a<o>n<>", "ab", "ab" },
	{ "an<>", "a", "a" },
	/* The new one leads. */
	{ "a<>l>on><", "ba", "ba" },
	{ "a<>l>oo><n<", "abc", "abc" },
	/* A message is on its way when the leader changes. */
	{ "a<>nl<><", "a", "a" },
	{ "a<>n<l><", "a", "a" },
	{ "a<>nnl<n><", "abc", "abc" },
	{ "a<>lo><", "a", "a" },
	{ "a<>n<nl><", "ab", "ab" },
	/* It serves before the old one has read that it asks. */
	{ "la<>on><", "ba", "ba" },
	{ "al<>no><", "ab", "ab" },
	/* The upgrade is refused. */
	{ "a<>oNo", "ab", "" },
	{ "a<>on<No", "abc", "" },
	{ "aNo", "a", "" },
	/* A leader ends. */
	{ "a<>l>ooNo", "abc", "" },
	{ "a<>l>on<oN", "bac", "b" },
	{ "a<>nOn", "", "ab" },
	{ "anOn", "", "ab" },
	/* The old one ends, and all that it has sent is read. */
	{ "a<>l>o>On", "", "ab" },
};

START_TEST(each_worker_hears_each_message_once)
{
	open_master(&old);
	open_master(&new);
	next = 'a';
	for (const char *step = rows[_i].steps; *step != '\0'; step++)
		take_step(*step);
	ck_assert_msg(strcmp(old.heard, rows[_i].old) == 0 &&
			      strcmp(new.heard, rows[_i].new) == 0,
		"%s: \"%s\" and \"%s\"", rows[_i].steps, old.heard, new.heard);
	ck_assert_uint_eq(old.lost + new.lost, 0);
	close_master(&new);
	close_master(&old);
}
END_TEST

/* Messages of the one master, which the other one does not read for a while. */
static void
publish_too_many(struct master *from, struct master *to, unsigned more)
{
	for (unsigned i = 0; i < BUS_WAITING_MOST + more; i++)
		publish(from);
	for (int i = 0; i < 2; i++) {
		deliver(from, to);
		deliver(to, from);
	}
	publish(from);
	deliver(from, to);
	deliver(to, from);
}

START_TEST(what_the_other_master_does_not_read_is_counted)
{
	enum { MORE = 88, ALL = BUS_WAITING_MOST + MORE + 1 };
	bool is_new = _i == 1;
	struct master *from = is_new ? &new : &old, *to = is_new ? &old : &new;

	open_master(&old);
	open_master(&new);
	for (const char *step = "a<>"; *step != '\0'; step++)
		take_step(*step);
	publish_too_many(from, to, MORE);
	ck_assert_uint_eq(from->nheard + from->lost, ALL);
	ck_assert_uint_eq(to->nheard + to->lost, ALL);
	ck_assert_uint_ge(to->lost, MORE);
	/* Only what has no number waits for the other master. */
	ck_assert_uint_eq(from->lost > 0, is_new);
	close_master(&new);
	close_master(&old);
}
END_TEST

START_TEST(a_number_beyond_what_waits_releases_all_of_it)
{
	struct channel_message m = { .kind = CHANNEL_BUS_LINK,
		.len = sizeof(struct bus_link_head) };
	struct bus_link_head head = { .type = 255, .taken = UINT64_MAX };

	open_master(&old);
	open_master(&new);
	for (const char *step = "a<>nn"; *step != '\0'; step++)
		take_step(*step);
	ck_assert_uint_eq(new.bus.nforwarded, 2);
	memcpy(m.text, &head, sizeof(head));
	bus_link_take(&new.link, &m);
	ck_assert_uint_eq(new.bus.nforwarded, 0);
	close_master(&new);
	close_master(&old);
}
END_TEST

static const struct {
	const char *steps;
	bool is_given; /* a role, to a worker of the new master */
} asks[] = {
	{ "", true },
	{ "a", false },
	{ "a<>", false },
	{ "a<>l", false },
	{ "a<>l>", true },
	{ "la<", false },
	{ "la<>", true },
	/* The old one has ended. */
	{ "aO", true },
	{ "a<>O", true },
};

START_TEST(a_new_master_gives_no_role_until_it_leads)
{
	struct channel_message m = { .kind = CHANNEL_ONCE,
		.len = sizeof(struct bus_head) };
	struct bus_head head = { .key = KEY };

	open_master(&old);
	open_master(&new);
	for (const char *step = asks[_i].steps; *step != '\0'; step++)
		take_step(*step);
	memcpy(m.text, &head, sizeof(head));
	new.proc.pid = getpid();
	bus_give_role(&new.bus, &new.proc, &m);
	ck_assert_int_eq(channel_recv(new.far_end, &m), 1);
	ck_assert_int_eq(m.kind, CHANNEL_ONCE);
	memcpy(&head, m.text, sizeof(head));
	ck_assert_int_eq(head.from, asks[_i].is_given);
	close_master(&new);
	close_master(&old);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_worker_hears_each_message_once, ROWS(rows) },
		{ what_the_other_master_does_not_read_is_counted, 2 },
		{ a_number_beyond_what_waits_releases_all_of_it, 0 },
		{ a_new_master_gives_no_role_until_it_leads, ROWS(asks) },
	};

	return harness_run("bus_link", tests, ROWS(tests));
}
