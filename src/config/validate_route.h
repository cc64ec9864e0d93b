/*
 * Checks the keys of a route against each other.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALIDATE_ROUTE_H
#define VALIDATE_ROUTE_H

#include <jansson.h>

struct reader;

/*
 * The finish() of the table of a route, a struct conf_route: reports keys that
 * exclude each other and sets the kind.
 */
void validate_route(struct reader *, const json_t *object, void *route);

#endif
