/*
 * A worker on the bench with a module that is part of the test, mounted at
 * "/api".
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_MODULE_H
#define BENCH_MODULE_H

#include "api/instance.h"
#include "api/prong.h"
#include "support/bench_worker.h"

struct bench_module {
	struct bench bench;
	struct conf_route conf;
	struct route route;
	struct prong_instance instance;
	char log[4096]; /* of the last bench_module_log() */
};

/* The module's start function must not fail. */
void bench_module_open(struct bench_module *, const struct prong_module *);
void bench_module_close(struct bench_module *);

/* As bench_ask(); the path is below "/api/", which it begins with. */
const char *bench_module_ask(struct bench_module *, const char *head);

/*
 * As bench_begin(), and the module's handler has run: for those that answer
 * later.  bench_end() takes the answer.
 */
struct exchange *bench_module_begin(struct bench_module *, const char *head);

/* The answer, which was asked for last, without its X-Request-Id, which is
 * another each time. */
const char *bench_module_plain(struct bench_module *, const char *answer);

/* What was written to the error log since the last call. */
const char *bench_module_log(struct bench_module *);

#endif
