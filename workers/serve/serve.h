/*
 * From a request that is understood to its answer.  Knows nothing of sockets:
 * an answer is what stands in the exchange's output.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVE_H
#define SERVE_H

#include "common/span.h"

struct exchange;
struct exchange_service;

/* For the worker. */
extern const struct exchange_service serve_service;

/* Finds site and route, and whether anybody wants the request's content. */
void serve_route(struct exchange *);

/* Answers, once the content is here or nobody wants it. */
void serve_answer(struct exchange *);

/* Answers with an error: the site's page, or a small one of ours. */
void serve_error(struct exchange *, int status);

/* The same, and it is the connection's last answer. */
void serve_refuse(struct exchange *, int status);

#endif
