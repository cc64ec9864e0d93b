/*
 * The scoreboard as JSON, whatever a worker wrote into it.
 * SPDX-License-Identifier: MIT
 */
#include "common/scoreboard_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "supervise/scoreboard.h"
#include "support/harness.h"

enum { SLOTS = 6, LISTED = 32 };

static const char *const hosts[] = { "a.example", NULL };
static const struct conf_route routes[] = {
	{ .path = { "/x/", 3 }, .is_prefix = true },
};
static const struct conf_site sites[] = {
	{ .hosts = hosts, .routes = routes, .nroutes = 1 },
};
static const struct conf conf = { .sites = sites, .nsites = 1 };

static struct scoreboard sb;
static struct scoreboard_sites indices;

static void
set_up(void)
{
	ck_assert_int_eq(scoreboard_open(&sb, SLOTS), 0);
	ck_assert(scoreboard_add_sites(&sb, &conf, &indices));
}

static const struct conf *
find_conf(void *arg, uint32_t generation)
{
	ck_assert_ptr_eq(arg, &sb);
	return generation == 3 ? &conf : NULL;
}

static json_t *
write_json(void)
{
	const struct scoreboard_confs confs = { find_conf, &sb };
	json_error_t error;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	json_t *value;

	fputc('{', f);
	ck_assert_int_eq(scoreboard_json_write(f, &sb.view, &confs), 0);
	fputc('}', f);
	fclose(f);
	value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(value != NULL, "%s in %s", error.text, text);
	free(text);
	return value;
}

static struct slot *
take_slot(uint32_t worker)
{
	struct slot *s = scoreboard_take(&sb, &indices);

	s->index = worker;
	s->generation = 3;
	s->state = SLOT_SERVING;
	return s;
}

static void
put_running(struct slot *s, int row, uint64_t since, const char *head)
{
	struct slot_request *r = &scoreboard_inflight(&sb, s)->all[row];

	r->since = since;
	strcpy(r->head, head);
}

static json_int_t
number_of(const json_t *object, const char *name)
{
	const json_t *member = json_object_get(object, name);

	ck_assert_msg(json_is_integer(member), "%s", name);
	return json_integer_value(member);
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

START_TEST(sites_and_workers_have_their_counts)
{
	struct slot *s;
	json_t *all;
	const json_t *site, *worker;

	set_up();
	s = take_slot(5);
	s->requests = 7;
	s->gauges.by_state[SLOT_CONN_IDLE] = 4;
	s->gauges.cpu_us = 250000;
	s->refused[SLOT_REFUSED_MAINTENANCE] = 2;
	site_counters_count(scoreboard_site_counters(&sb, s), 1, 404);
	site_counters_observe(scoreboard_site_counters(&sb, s), 2000000, 1);
	all = write_json();
	site = json_array_get(json_object_get(all, "sites"), 0);
	worker = json_array_get(json_object_get(all, "workers"), 0);
	ck_assert_str_eq(text_of(site, "site"), "a.example");
	ck_assert_int_eq(number_of(site, "4xx"), 1);
	ck_assert_int_eq(number_of(site, "2xx"), 0);
	ck_assert_int_eq(json_integer_value(json_array_get(
				 json_object_get(site, "durations"), 1)),
		1);
	ck_assert_int_eq(number_of(worker, "worker"), 5);
	ck_assert_str_eq(text_of(worker, "state"), "serving");
	ck_assert(json_number_value(json_object_get(worker, "cpu_percent")) ==
		  25);
	ck_assert_int_eq(number_of(all, "requests"), 7);
	ck_assert_int_eq(
		number_of(json_object_get(all, "refused"), "maintenance"), 2);
	ck_assert_int_eq(
		number_of(json_object_get(all, "connections"), "idle"), 4);
	json_decref(all);
	scoreboard_close(&sb);
}
END_TEST

START_TEST(the_oldest_requests_come_first)
{
	struct slot *s;
	uint64_t now = (uint64_t)clock_now_ms();
	json_t *all, *running;

	set_up();
	for (uint32_t i = 0; i < SLOTS; i++) {
		s = take_slot(i);
		for (int k = 0; k < SLOT_INFLIGHT; k++)
			put_running(s, k, now - 1000 - i * 100 - (unsigned)k,
				"GET /x/y HTTP/1.1\r\nHost: a");
		scoreboard_inflight(&sb, s)->others = 1;
	}
	scoreboard_inflight(&sb, s)->all[SLOT_INFLIGHT - 1].route =
		SLOT_NO_ROUTE;
	all = write_json();
	running = json_object_get(all, "running");
	ck_assert_uint_eq(json_array_size(running), LISTED);
	ck_assert_int_eq(number_of(all, "running_others"),
		SLOTS * (SLOT_INFLIGHT + 1) - LISTED);
	for (size_t i = 1; i < LISTED; i++)
		ck_assert_int_ge(
			number_of(json_array_get(running, i - 1), "age_ms"),
			number_of(json_array_get(running, i), "age_ms"));
	ck_assert_int_eq(
		number_of(json_array_get(running, 0), "worker"), SLOTS - 1);
	ck_assert_str_eq(text_of(json_array_get(running, 0), "site"), "-");
	ck_assert_str_eq(text_of(json_array_get(running, 0), "route"), "");
	ck_assert_str_eq(
		text_of(json_array_get(running, 1), "site"), "a.example");
	ck_assert_str_eq(text_of(json_array_get(running, 1), "route"), "/x/*");
	ck_assert_str_eq(text_of(json_array_get(running, 1), "request"),
		"GET /x/y HTTP/1.1");
	json_decref(all);
	scoreboard_close(&sb);
}
END_TEST

/* The worker was taken over, or a pointer of a module went astray. */
START_TEST(any_bytes_of_a_worker_become_valid_json)
{
	struct slot *s;
	json_t *all;

	set_up();
	s = take_slot(0);
	memset(scoreboard_site_counters(&sb, s), _i,
		sizeof(struct site_counters));
	memset(scoreboard_inflight(&sb, s), _i, sizeof(struct slot_inflight));
	memset(s, _i, sizeof(*s));
	all = write_json();
	ck_assert_uint_eq(json_array_size(json_object_get(all, "workers")), 1);
	json_decref(all);
	scoreboard_close(&sb);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ sites_and_workers_have_their_counts, 1 },
		{ the_oldest_requests_come_first, 1 },
		{ any_bytes_of_a_worker_become_valid_json, 256 },
	};

	return harness_run("scoreboard_json", tests, ROWS(tests));
}
