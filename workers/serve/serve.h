/*
 * Answers requests that were checked.  It uses no socket: a response is queued
 * in the exchange's output.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVE_H
#define SERVE_H

#include "common/span.h"

struct exchange;
struct exchange_service;

/* The table for the worker. */
extern const struct exchange_service serve_service;

/* Finds site and route, and decides whether the request's content is read. */
void serve_route(struct exchange *);

/* Responds; called when the content has arrived or is not needed. */
void serve_answer(struct exchange *);

/* Responds with an error: the site's page, or a small built-in one. */
void serve_error(struct exchange *, int status);

/* Like serve_error(), as the last response of the connection. */
void serve_refuse(struct exchange *, int status);

#endif
