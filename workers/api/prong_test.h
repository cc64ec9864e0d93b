/*
 * Tests of a module without a server: the module is linked into the test
 * program, with libprong-test, and asked in the same process; so debuggers,
 * sanitizers and valgrind see all of it.  See prong-module(3).
 *
 *     struct prong_test *t = prong_test_new(&prong_module, "{}");
 *     const struct prong_test_answer *a =
 *             prong_test_ask(t, "GET", "/hello/you", NULL, NULL, 0);
 *
 *     assert(a->status == 200);
 *     prong_test_free(t);
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_TEST_H
#define PRONG_TEST_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

struct prong_test;

struct prong_test_answer {
	int status;       /* 0: no response came within ten seconds */
	const char *head; /* status line and field lines */
	const char *body; /* decoded, followed by a NUL */
	size_t len;
	bool is_complete; /* false: the connection ended before the content */
};

/*
 * Starts the module as worker 0 of one, mounted at "/", with this "config", or
 * an empty one for NULL.  NULL means that start() has failed, which standard
 * error explains; the error log goes there, too.
 */
struct prong_test *prong_test_new(
	const struct prong_module *, const char *config);

/* Stops the module and frees everything. */
void prong_test_free(struct prong_test *);

/*
 * Sends a request on a connection of its own, runs the loop until the response
 * is complete, and returns it; it is valid until the next call.  fields are
 * lines that each end with CR LF, or NULL; body may be NULL.  Host and
 * Content-Length are added.
 */
const struct prong_test_answer *prong_test_ask(struct prong_test *,
	const char *method, const char *target, const char *fields,
	const void *body, size_t len);

/* Returns the value of the first field of the name; NULL when there is none.
 * It is valid until the next call of a function of this header. */
const char *prong_test_field(struct prong_test *, const char *name);

/* Runs the loop for so many milliseconds: timers and jobs of the module go on.
 */
void prong_test_run(struct prong_test *, int64_t milliseconds);

/* Returns the instance, for functions of the module. */
struct prong_instance *prong_test_instance(struct prong_test *);

#ifdef __cplusplus
}
#endif

#endif
