/*
 * The server's side of the CORS protocol (Fetch standard 3.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef CORS_H
#define CORS_H

#include <stdbool.h>

struct exchange;

/*
 * Adds the fields of the route's "cors" to the response. Returns true when the
 * request was a preflight, which is then answered.
 */
bool cors_answer(struct exchange *);

#endif
