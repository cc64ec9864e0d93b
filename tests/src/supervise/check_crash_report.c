/*
 * What is said about a request that a worker died of.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/crash_report.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "supervise/generation.h"
#include "support/harness.h"

#define HEAD "GET /a?b HTTP/1.1\r\nHost: a\r\n"

static const char *const hosts[] = { "a.example", "b.example", NULL };
static struct conf_route routes[] = {
	{ .path = { "/api/", 5 }, .is_prefix = true },
	{ .path = { "/", 1 } },
};
static struct conf_site sites[] = {
	{ .routes = routes, .nroutes = 2 },
	{ .hosts = hosts, .routes = routes, .nroutes = 2 },
};
static struct conf conf = { .sites = sites, .nsites = 2 };
static struct generation generation = { .conf = &conf };

static const struct {
	struct slot_request request;
	const char *text;
} rows[] = {
	{ { 0, SLOT_NO_ROUTE, 0, "", HEAD }, "GET /a?b HTTP/1.1" },
	{ { 0, 0, 0, "", HEAD }, "GET /a?b HTTP/1.1 (route /api/*)" },
	{ { 1, 1, 0, "", HEAD }, "GET /a?b HTTP/1.1 (route / of a.example)" },
	{ { 1, 0, 0, "x-7", HEAD },
		"GET /a?b HTTP/1.1 (route /api/* of a.example, request id "
		"x-7)" },
	{ { 0, SLOT_NO_ROUTE, 0, "\x1b[2J", HEAD },
		"GET /a?b HTTP/1.1 (request id \\x1b[2J)" },
	/* Nonsense that a wild pointer wrote. */
	{ { 2, 0, 0, "", HEAD }, "GET /a?b HTTP/1.1" },
	{ { 1, 2, 0, "", HEAD }, "GET /a?b HTTP/1.1" },
	{ { 4000000000, 4000000000, 0, "", HEAD }, "GET /a?b HTTP/1.1" },
};

START_TEST(a_request_is_described_by_what_is_known)
{
	struct error_text text;

	ck_assert(crash_report_describe(&rows[_i].request, &generation, &text));
	ck_assert_str_eq(text.text, rows[_i].text);
}
END_TEST

static const struct {
	uint32_t loading;
	const char *module;
} loads[] = {
	{ 0, NULL },
	{ 1, NULL }, /* a route to files */
	{ 3, NULL },
	{ 5, "m" },
	{ 6, NULL },
	{ UINT32_MAX, NULL },
};

START_TEST(a_module_that_was_being_loaded_is_named)
{
	struct conf_route last = { .module.name = "m" };
	struct conf_site all[] = { sites[0], sites[1],
		{ .routes = &last, .nroutes = 1 } };
	struct conf three = { .sites = all, .nsites = 3 };
	struct generation g = { .conf = &three };
	const char *name = crash_report_module(loads[_i].loading, &g);

	ck_assert_pstr_eq(name, loads[_i].module);
}
END_TEST

static const struct {
	uint32_t step;
	const char *late, *end;
} steps[] = {
	{ SLOT_STEP_NONE, "", "signal 9" },
	{ SLOT_STEP_USER, ", while changing user and groups",
		"signal 9 while changing user and groups" },
	{ SLOT_STEP_KEYS, ", while reading keys and certificates",
		"signal 9 while reading keys and certificates" },
	{ SLOT_STEP_MODULES, ", while loading modules",
		"signal 9 while loading modules" },
	{ SLOT_STEPS, "", "signal 9" },
	{ UINT32_MAX, "", "signal 9" },
};

START_TEST(a_start_that_fails_or_hangs_names_its_step)
{
	struct slot slot = { .step = steps[_i].step };
	struct proc p = {
		.state = PROC_LEAVING, .slot = &slot, .generation = &generation
	};
	struct error_text text;

	ck_assert_str_eq(crash_report_start(&p, &text), steps[_i].late);
	crash_report_exit(&p, SIGKILL, &text);
	ck_assert_str_eq(text.text, steps[_i].end);
}
END_TEST

static const struct {
	struct proc p;
	int status;
	bool is_foreign;
} kills[] = {
	{ { .state = PROC_SERVING }, SIGKILL, true },
	{ { .state = PROC_STARTING }, SIGKILL, true },
	{ { .state = PROC_LEAVING }, SIGKILL, false },
	{ { .state = PROC_SERVING, .health = PROC_ABORTED }, SIGKILL, false },
	{ { .state = PROC_SERVING, .why.text = "it sent nonsense" }, SIGKILL,
		false },
	{ { .state = PROC_SERVING }, SIGSEGV, false },
	{ { .state = PROC_SERVING }, 1 << 8, false },
};

START_TEST(a_kill_by_another_process_may_be_for_want_of_memory)
{
	struct proc p = kills[_i].p;
	struct slot slot = { .state = SLOT_SERVING };
	struct error_text text;

	p.slot = &slot;
	p.generation = &generation;
	crash_report_exit(&p, kills[_i].status, &text);
	ck_assert_int_eq(strstr(text.text, "out of memory?") != NULL,
		kills[_i].is_foreign);
}
END_TEST

static const struct {
	const char *head;
	uint32_t call, calling, job;
	enum proc_health health;
	const char *text;
} activities[] = {
	{ HEAD, 0, 0, 0, 0, "signal 11 while serving GET /a?b HTTP/1.1" },
	{ HEAD, 0, 0, 5, 0,
		"signal 11 while serving GET /a?b HTTP/1.1, or during a job of "
		"module \"m\"" },
	{ HEAD, 0, 0, 5, PROC_ABORTED,
		"signal 11 while serving GET /a?b HTTP/1.1" },
	{ "", SLOT_CALL_JOB, 5, 0, 0,
		"signal 11 at the end of a job of module \"m\"" },
	{ "", SLOT_CALL_JOB, 5, 5, 0,
		"signal 11 at the end of a job of module \"m\", or during a "
		"job of module \"m\"" },
	{ "", 0, 0, 5, 0, "signal 11 during a job of module \"m\"" },
	{ "", 0, 0, 0, 0, "signal 11" },
};

START_TEST(what_the_loop_did_and_a_job_beside_it_are_named)
{
	struct conf_route last = { .module.name = "m" };
	struct conf_site all[] = { sites[0], sites[1],
		{ .routes = &last, .nroutes = 1 } };
	struct conf three = { .sites = all, .nsites = 3 };
	struct generation g = { .conf = &three };
	struct slot slot = { .state = SLOT_SERVING,
		.current = { .route = SLOT_NO_ROUTE },
		.call = activities[_i].call,
		.calling = activities[_i].calling,
		.job = activities[_i].job };
	struct proc p = { .state = PROC_SERVING,
		.slot = &slot,
		.generation = &g,
		.health = activities[_i].health };
	struct error_text text;

	strcpy(slot.current.head, activities[_i].head);
	crash_report_exit(&p, SIGSEGV, &text);
	ck_assert_str_eq(text.text, activities[_i].text);
}
END_TEST

START_TEST(sigsys_is_of_a_filter_around_the_server)
{
	struct slot slot = { .step = SLOT_STEP_SANDBOX };
	struct proc p = {
		.state = PROC_STARTING, .slot = &slot, .generation = &generation
	};
	struct error_text text;

	crash_report_exit(&p, SIGSYS, &text);
	ck_assert_str_eq(text.text,
		"signal 31 while entering its sandbox; a filter forbids a "
		"system call: SystemCallFilter= of the unit, or the seccomp "
		"profile of a container?");
}
END_TEST

START_TEST(an_idle_worker_is_not_suspected)
{
	struct slot_request none = { .id = "7" };
	struct error_text text;

	ck_assert(!crash_report_describe(&none, &generation, &text));
}
END_TEST

START_TEST(a_slot_without_terminators_is_cut)
{
	struct slot_request r = { .route = SLOT_NO_ROUTE };
	struct error_text text;

	memset(r.id, 'i', sizeof(r.id));
	memset(r.head, 'h', sizeof(r.head));
	ck_assert(crash_report_describe(&r, &generation, &text));
	ck_assert_uint_lt(strlen(text.text), 400);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_request_is_described_by_what_is_known, ROWS(rows) },
		{ a_module_that_was_being_loaded_is_named, ROWS(loads) },
		{ a_start_that_fails_or_hangs_names_its_step, ROWS(steps) },
		{ a_kill_by_another_process_may_be_for_want_of_memory,
			ROWS(kills) },
		{ what_the_loop_did_and_a_job_beside_it_are_named,
			ROWS(activities) },
		{ sigsys_is_of_a_filter_around_the_server, 0 },
		{ an_idle_worker_is_not_suspected, 0 },
		{ a_slot_without_terminators_is_cut, 0 },
	};

	return harness_run("crash_report", tests, ROWS(tests));
}
