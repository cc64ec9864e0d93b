/*
 * A worker without a process with a module that is part of the test, mounted at
 * "/api".
 * SPDX-License-Identifier: MIT
 */
#ifndef FAKE_WORKER_MODULE_H
#define FAKE_WORKER_MODULE_H

#include "api/instance.h"
#include "api/prong.h"
#include "support/fake_worker.h"

struct fake_worker_module {
	struct fake_worker fake;
	struct conf_route conf;
	struct route route;
	struct prong_instance instance;
	char log[4096]; /* of the last fake_worker_module_log() */
};

/* The module's start function must not fail. */
void fake_worker_module_open(
	struct fake_worker_module *, const struct prong_module *);
void fake_worker_module_close(struct fake_worker_module *);

/* As fake_worker_ask(); the path is below "/api/", which it begins with. */
const char *fake_worker_module_ask(
	struct fake_worker_module *, const char *head);

/*
 * As fake_worker_begin(), and the module's handler has run: for those that
 * answer later.  fake_worker_end() takes the answer.
 */
struct exchange *fake_worker_module_begin(
	struct fake_worker_module *, const char *head);

/* The answer, which was asked for last, without its X-Request-Id, which is
 * another each time. */
const char *fake_worker_module_plain(
	struct fake_worker_module *, const char *answer);

/* What was written to the error log since the last call. */
const char *fake_worker_module_log(struct fake_worker_module *);

#endif
