/*
 * The "checks" of the configuration: requests that the first worker of a new
 * generation sends itself, like the canary's.
 * SPDX-License-Identifier: MIT
 */
#ifndef CHECKS_H
#define CHECKS_H

struct worker;

/*
 * Sends them one after the other.  on_done() is called, at once or later, with
 * NULL or with a text that names the first check whose response is not as
 * wanted, what came, and what was wanted.  The requests are neither logged nor
 * counted.
 */
void checks_start(
	struct worker *, void (*on_done)(struct worker *, const char *why));

#endif
