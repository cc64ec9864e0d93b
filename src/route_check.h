/*
 * What the keys of a route say together.
 * SPDX-License-Identifier: MIT
 */
#ifndef ROUTE_CHECK_H
#define ROUTE_CHECK_H

#include <jansson.h>

struct reader;

/* Complains where keys of a route, a struct conf_route, do not fit; sets its
 * kind. */
void route_check(struct reader *, const json_t *object, void *route);

#endif
