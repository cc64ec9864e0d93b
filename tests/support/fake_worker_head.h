/*
 * Request heads for the tests of the code that judges them.
 * SPDX-License-Identifier: MIT
 */
#ifndef FAKE_WORKER_HEAD_H
#define FAKE_WORKER_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "http/http1.h"
#include "http/request.h"

/* The defaults of prong.json(5). */
extern const struct conf_limits fake_worker_limits;

/* What a connection makes of bytes: http1_parse(), then request_check(). */
int fake_worker_verdict(
	struct request *, const char *bytes, size_t len, struct arena *);

/*
 * Fails the test unless every beginning of the head is not complete, or is
 * refused as the whole is, and unless the whole gets the same verdict whatever
 * follows it.
 */
void fake_worker_check_pieces(struct span head, int verdict);

/* Numbers that are the same in every run, from a seed that is not 0. */
uint32_t fake_worker_random(uint64_t *seed, uint32_t below);

/* A parser as a worker makes it at start. */
struct http1 fake_worker_http1(void);

#endif
