/*
 * libprong-test: a worker without a process, with one site and one route, and
 * its clients on the same loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEST_STATE_H
#define TEST_STATE_H

#include <ev.h>

#include "api/prong_test.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/list.h"
#include "common/slot.h"
#include "conn/worker_state.h"
#include "serve/serve_state.h"
#include "test/test_response.h"

enum { TEST_TIMEOUT_MS = 10 * 1000, TEST_CLIENTS = 4096 };

struct prong_test {
	struct worker worker;
	struct serve_state serve;
	struct conf conf;
	struct conf_site site;
	struct conf_route route;
	struct conf_listen listen;
	struct heritage heritage;
	struct slot slot;
	struct slot_inflight inflight;
	struct prong_module module;
	ev_prepare sweep;
	ev_check turn;
	ev_timer guard; /* the end of a wait */
	ev_io readable; /* the client's end */
	bool is_over;   /* the wait */
	int client;
	struct list clients; /* of prong_test_open() */
	int64_t advanced_ms; /* by prong_test_advance() */
	struct test_response response;
	struct prong_test_answer answer;
};

/* Runs the loop until t->is_over, or for so many milliseconds. */
void test_run_loop(struct prong_test *, int64_t milliseconds);

/* Returns the client's end of a new connection; -1 when there are no
 * descriptors or no room for one, which standard error explains. */
int test_connect(struct prong_test *);

/* Sends all, while the loop runs. */
void test_send(struct prong_test *, int fd, const char *bytes, size_t len);

/* Takes the time for the worker, once a turn. */
void test_take_time(struct prong_test *);

/* Ends all clients. */
void test_close_clients(struct prong_test *);

#endif
