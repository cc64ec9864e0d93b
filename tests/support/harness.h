/*
 * main() of a test program: one suite, its tests as a table.
 * SPDX-License-Identifier: MIT
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <check.h>
#include <stddef.h>

/* rows: how often the test runs, with _i from 0; 0 is the same as 1. */
struct harness_test {
	const TTest *test;
	size_t rows;
};

/* What surrounds the tests; any may be NULL. */
struct harness_fixture {
	void (*setup)(void), (*teardown)(void); /* each, in its process */
	void (*setup_all)(void), (*teardown_all)(void); /* once, in main()'s */
};

/* Seconds for one test: only one that hangs needs them, on any machine. */
enum { HARNESS_TIMEOUT = 120 };

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Runs the tests, each in a process of its own that inherits its orphans; ends
 * what a failed one left behind.  For return from main().
 */
int harness_run(const char *name, const struct harness_test *, size_t count);
int harness_run_with(const struct harness_fixture *, const char *name,
	const struct harness_test *, size_t count);

#endif
