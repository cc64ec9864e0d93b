/*
 * The CORS protocol, as a server speaks it (the Fetch standard, 3.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef CORS_H
#define CORS_H

#include <stdbool.h>

struct exchange;

/*
 * Adds what the route's "cors" says to the answer that is to come.  True: the
 * request was a preflight, and is answered.
 */
bool cors_answer(struct exchange *);

#endif
