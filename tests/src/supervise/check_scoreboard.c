/*
 * Slots, and what is left of those given back.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/scoreboard.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf.h"
#include "support/harness.h"

static struct scoreboard sb;

static const char *const hosts_a[] = { "a.example", "www.a.example", NULL };
static const char *const hosts_b[] = { "b.example", NULL };
static const struct conf_site all_sites[] = { { .hosts = hosts_a },
	{ .hosts = hosts_b }, { .hosts = NULL } };

static void
setup(void)
{
	ck_assert_int_eq(scoreboard_open(&sb, 2), 0);
}

static void
teardown(void)
{
	scoreboard_close(&sb);
}

static struct scoreboard_sum
sum(void)
{
	struct scoreboard_sum s;

	ck_assert_int_eq(scoreboard_sum(&sb.view, true, &s), 0);
	return s;
}

static uint64_t
sum_requests(void)
{
	struct scoreboard_sum s = sum();

	scoreboard_sum_fini(&s);
	return s.totals.requests;
}

START_TEST(a_slot_is_taken_once_and_clean)
{
	struct slot *a = scoreboard_take(&sb, NULL);
	struct slot *b = scoreboard_take(&sb, NULL);

	ck_assert(a != NULL && b != NULL && a != b);
	ck_assert_ptr_null(scoreboard_take(&sb, NULL));
	a->requests = 7;
	strcpy(a->current.head, "GET /");
	scoreboard_inflight(&sb, a)->others = 1;
	scoreboard_give_back(&sb, a);
	ck_assert_ptr_eq(scoreboard_take(&sb, NULL), a);
	ck_assert_uint_eq(a->requests, 0);
	ck_assert_str_eq(a->current.head, "");
	ck_assert_uint_eq(scoreboard_inflight(&sb, a)->others, 0);
}
END_TEST

START_TEST(the_sum_counts_the_living_and_the_dead_once)
{
	struct slot *a = scoreboard_take(&sb, NULL);
	struct slot *b = scoreboard_take(&sb, NULL);
	struct scoreboard_sum s;

	a->requests = 7;
	a->refused[SLOT_REFUSED_LIMIT] = 2;
	a->counters.cache_hits = 3;
	b->requests = 5;
	site_counters_count(&a->no_site, 1, 404);
	scoreboard_give_back(&sb, a);
	s = sum();
	ck_assert_uint_eq(s.totals.requests, 12);
	ck_assert_uint_eq(s.totals.refused[SLOT_REFUSED_LIMIT], 2);
	ck_assert_uint_eq(s.totals.counters.cache_hits, 3);
	ck_assert_uint_eq(site_counters_requests(&s.sites[0]), 1);
	scoreboard_sum_fini(&s);
	scoreboard_give_back(&sb, b);
	s = sum();
	ck_assert_uint_eq(s.totals.requests, 12);
	ck_assert_uint_eq(s.totals.workers, 2);
	scoreboard_sum_fini(&s);
}
END_TEST

/* The master may be stopped at any moment while it adds a worker's counts. */
START_TEST(readers_do_not_see_half_of_a_change)
{
	struct slot *a = scoreboard_take(&sb, NULL);

	a->requests = 7;
	scoreboard_next_past(&sb)->totals.requests += 7;
	ck_assert_uint_eq(sum_requests(), 7);
	/* The slot's serial is in the totals, but it is not free yet. */
	scoreboard_next_past(&sb)->serials[0] = sb.head->slots[0].serial;
	scoreboard_exchange_past(&sb);
	ck_assert_uint_eq(sum_requests(), 7);
}
END_TEST

/* ---- sites -------------------------------------------------------------- */

static uint64_t
requests_of(const char *name)
{
	struct scoreboard_sum s = sum();
	uint64_t n = 0;

	for (uint32_t i = 0; i < s.nsites; i++)
		if (strcmp(sb.head->names[i], name) == 0)
			n += site_counters_requests(&s.sites[i]);
	scoreboard_sum_fini(&s);
	return n;
}

/* A worker of this generation answers some requests of a site. */
static struct slot *
serve(struct scoreboard_sites *sites, size_t site, unsigned n)
{
	struct slot *s = scoreboard_take(&sb, sites);
	struct site_counters *c = scoreboard_site_counters(&sb, s);

	while (n-- > 0)
		site_counters_count(&c[site], 1, 200);
	return s;
}

START_TEST(counts_of_a_site_follow_its_name_through_generations)
{
	const struct conf first = { .sites = all_sites, .nsites = 3 };
	/* Without a.example, so that the numbers differ. */
	const struct conf second = { .sites = all_sites + 1, .nsites = 2 };
	struct scoreboard_sites sites[2];
	struct slot *old, *new;

	ck_assert(scoreboard_add_sites(&sb, &first, &sites[0]));
	old = serve(&sites[0], 1, 3);
	ck_assert(scoreboard_add_sites(&sb, &second, &sites[1]));
	new = serve(&sites[1], 0, 4);
	ck_assert_uint_eq(requests_of("b.example"), 7);
	scoreboard_give_back(&sb, old);
	scoreboard_remove_sites(&sb, &sites[0]);
	ck_assert_uint_eq(requests_of("b.example"), 7);
	old = serve(&sites[1], 1, 2);
	ck_assert_uint_eq(requests_of("b.example"), 7);
	ck_assert_uint_eq(requests_of("*"), 2);
	scoreboard_give_back(&sb, old);
	scoreboard_give_back(&sb, new);
	scoreboard_remove_sites(&sb, &sites[1]);
	ck_assert_uint_eq(requests_of("a.example"), 0);
	ck_assert_uint_eq(requests_of("b.example"), 7);
	ck_assert_uint_eq(requests_of("*"), 2);
}
END_TEST

START_TEST(counters_of_a_worker_begin_at_zero)
{
	const struct conf conf = { .sites = all_sites, .nsites = 3 };
	struct scoreboard_sites sites;

	ck_assert(scoreboard_add_sites(&sb, &conf, &sites));
	for (int i = 0; i < 3; i++)
		scoreboard_give_back(&sb, serve(&sites, 2, 5));
	ck_assert_uint_eq(requests_of("*"), 15);
}
END_TEST

/* More names than there is room for, in more memory than there is. */
START_TEST(sites_without_room_are_counted_together)
{
	enum { MANY = SCOREBOARD_SITES + 10 };
	static char names[MANY][16];
	static const char *hosts[MANY][2];
	static struct conf_site many[MANY];
	const struct conf conf = { .sites = many, .nsites = MANY };
	struct scoreboard_sites sites;
	struct slot *s;

	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		hosts[i][0] = names[i];
		many[i].hosts = hosts[i];
	}
	ck_assert(!scoreboard_add_sites(&sb, &conf, &sites));
	s = serve(&sites, MANY - 1, 3);
	ck_assert_uint_eq(requests_of(SCOREBOARD_NO_SITE), 3);
	scoreboard_give_back(&sb, s);
	ck_assert_uint_eq(requests_of(SCOREBOARD_NO_SITE), 3);
	ck_assert_uint_eq(requests_of("7"), 0);
}
END_TEST

START_TEST(a_worker_without_room_for_sites_has_its_slot)
{
	const struct conf conf = { .sites = all_sites, .nsites = 3 };
	struct scoreboard_sites sites;
	struct slot *s;

	ck_assert(scoreboard_add_sites(&sb, &conf, &sites));
	memset(sb.used, true, SCOREBOARD_PAGES);
	s = scoreboard_take(&sb, &sites);
	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_null(scoreboard_site_counters(&sb, s));
	site_counters_count(&s->no_site, 1, 200);
	scoreboard_give_back(&sb, s);
	ck_assert_uint_eq(requests_of(SCOREBOARD_NO_SITE), 1);
}
END_TEST

/* ---- the memory --------------------------------------------------------- */

/* True when the child may write there. */
static bool
can_write(volatile char *at)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		*at = 1;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status);
}

/* As a worker that was taken over would try it; 0: all is as it should be. */
static int
attack(struct slot *own, struct slot *other, struct site_counters *counters)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = sb.fd;

	if (scoreboard_keep_own(&sb, own) == -1)
		return 1;
	if (!can_write((char *)own) || !can_write((char *)counters))
		return 2;
	if (can_write((char *)other) || can_write((char *)sb.head) ||
		can_write((char *)sb.head + sb.size - 1) ||
		can_write((char *)sb.head + sb.pages_at))
		return 3;
	if (mprotect(sb.head, page, PROT_READ | PROT_WRITE) == 0)
		return 4;
	if (fcntl(fd, F_GETFD) != -1)
		return 5;
	/* What is read is there. */
	return sb.head->nslots == 2 && other->requests == 5 ? 0 : 6;
}

START_TEST(a_worker_can_write_its_own_part_only)
{
	const struct conf conf = { .sites = all_sites, .nsites = 3 };
	struct scoreboard_sites sites;
	struct slot *own, *other;
	int status;
	pid_t pid;

	ck_assert(scoreboard_add_sites(&sb, &conf, &sites));
	own = scoreboard_take(&sb, &sites);
	other = scoreboard_take(&sb, &sites);
	other->requests = 5;
	pid = scoreboard_fork(&sb);
	if (pid == 0) {
		own->requests = 3;
		_exit(attack(own, other, scoreboard_site_counters(&sb, own)));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(own->requests, 3);
}
END_TEST

/* With the descriptor itself, before a worker closes it. */
START_TEST(the_memory_can_be_neither_resized_nor_mapped_for_writing)
{
	ck_assert_int_eq(ftruncate(sb.fd, 0), -1);
	ck_assert_int_eq(ftruncate(sb.fd, (off_t)sb.size * 2), -1);
	ck_assert_ptr_eq(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, sb.fd, 0),
		MAP_FAILED);
	ck_assert_int_eq(write(sb.fd, "x", 1), -1);
}
END_TEST

START_TEST(a_child_of_another_fork_has_no_memory)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit((int)((volatile struct scoreboard_head *)sb.head)
				->nslots);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 2);
}
END_TEST

/* A worker's words about itself. */
static const uint32_t states[] = { SLOT_EMPTY, SLOT_SERVING, SLOT_ENDING,
	SLOT_STATES, UINT32_MAX };

START_TEST(the_master_frees_a_slot_whatever_its_worker_wrote)
{
	struct slot *a = scoreboard_take(&sb, NULL), *b;

	a->requests = 7;
	a->state = states[_i];
	b = scoreboard_take(&sb, NULL);
	ck_assert_ptr_ne(a, b);
	ck_assert_int_eq(b->state, SLOT_STARTING);
	ck_assert_ptr_null(scoreboard_take(&sb, NULL));
	ck_assert_uint_eq(sum_requests(), 7);
	scoreboard_give_back(&sb, a);
	ck_assert_int_eq(a->state, SLOT_EMPTY);
	ck_assert_uint_eq(sum_requests(), 7);
	ck_assert_ptr_eq(scoreboard_take(&sb, NULL), a);
}
END_TEST

START_TEST(a_table_that_a_worker_has_filled_at_random_is_added)
{
	struct slot *s = scoreboard_take(&sb, NULL);

	memset(&s->no_site, _i == 0 ? 0xff : 0x5a, sizeof(s->no_site));
	ck_assert_uint_ne(sum_requests(), UINT64_MAX);
	scoreboard_give_back(&sb, s);
	ck_assert_uint_eq(sum_requests(), 0);
}
END_TEST

static const struct {
	uint64_t written, read;
} connections[] = {
	{ 0, 0 }, { 100000, 100000 },
	{ UINT64_MAX, INT32_MAX }, /* one less than none */
};

START_TEST(a_number_of_connections_is_bounded)
{
	struct slot *s = scoreboard_take(&sb, NULL);

	s->connections = connections[_i].written;
	ck_assert_uint_eq(scoreboard_connections(s), connections[_i].read);
	ck_assert_uint_eq(scoreboard_load(s), connections[_i].read);
	s->gauges.http2_load = connections[_i].written;
	ck_assert_uint_eq(scoreboard_load(s),
		connections[_i].read * 2 < INT32_MAX ? connections[_i].read * 2
						     : INT32_MAX);
	s->gauges.cpu_us = connections[_i].written;
	ck_assert_uint_eq(scoreboard_cpu_us(s), connections[_i].read);
}
END_TEST

static const struct {
	const char *doing, *text;
} lines[] = {
	{ "", "" },
	{ "GET /x HTTP/1.1\r\nHost: a\r\n", "GET /x HTTP/1.1" },
	{ "GET /\x1b[2J\n", "GET /\\x1b[2J" },
	{ "GET /\xc3\xa9\\", "GET /\\xc3\\xa9\\x5c" },
};

START_TEST(what_a_client_wrote_is_escaped)
{
	struct slot *s = scoreboard_take(&sb, NULL);
	char text[64];

	strcpy(s->current.head, lines[_i].doing);
	ck_assert_str_eq(scoreboard_line(&s->current, text, sizeof(text)),
		lines[_i].text);
}
END_TEST

START_TEST(a_full_slot_and_a_short_buffer_are_cut)
{
	struct slot *s = scoreboard_take(&sb, NULL);
	char text[16];

	memset(s->current.head, 0x01, sizeof(s->current.head));
	ck_assert_str_eq(scoreboard_line(&s->current, text, sizeof(text)),
		"\\x01\\x01\\x01");
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ a_slot_is_taken_once_and_clean, 0 },
		{ the_sum_counts_the_living_and_the_dead_once, 0 },
		{ readers_do_not_see_half_of_a_change, 0 },
		{ counts_of_a_site_follow_its_name_through_generations, 0 },
		{ counters_of_a_worker_begin_at_zero, 0 },
		{ sites_without_room_are_counted_together, 0 },
		{ a_worker_without_room_for_sites_has_its_slot, 0 },
		{ a_worker_can_write_its_own_part_only, 0 },
		{ the_memory_can_be_neither_resized_nor_mapped_for_writing, 0 },
		{ a_child_of_another_fork_has_no_memory, 0 },
		{ the_master_frees_a_slot_whatever_its_worker_wrote,
			ROWS(states) },
		{ a_table_that_a_worker_has_filled_at_random_is_added, 2 },
		{ a_number_of_connections_is_bounded, ROWS(connections) },
		{ what_a_client_wrote_is_escaped, ROWS(lines) },
		{ a_full_slot_and_a_short_buffer_are_cut, 0 },
	};

	return harness_run_with(&fixture, "scoreboard", tests, ROWS(tests));
}
