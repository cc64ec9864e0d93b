/*
 * Routes that send the client elsewhere.
 * SPDX-License-Identifier: MIT
 */
#ifndef REDIRECT_H
#define REDIRECT_H

#include "common/span.h"

struct exchange;

/* Answers a route with "redirect". */
void redirect_answer(struct exchange *);

/* 301 or 308 to a path of this site, which is decoded; the query goes along. */
void redirect_to_path(struct exchange *, int status, struct span path);

/* A decoded path as it stands in a URL; at is NULL: too long. */
struct span redirect_encode(struct exchange *, struct span path);

#endif
