/*
 * What a worker gives up for good when it has all that it needs, so that an
 * attacker that takes it over afterwards gets no more than that.  The layers
 * are those of enum slot_sandbox.
 * SPDX-License-Identifier: MIT
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct conf_route;
struct worker;

/* Of all modules together, since they share a process. */
struct sandbox_needs {
	bool has_modules;
	bool files; /* one declares some */
	bool connect;
	/* The first route whose module declares nothing, and is not held to
	 * that ("auto"); or whose module executes programs.  NULL: none.  With
	 * one of them files and connections are not limited. */
	const struct conf_route *undeclared, *exec;
	bool preload; /* "auto" and LD_PRELOAD: the same */
};

/* True if the worker reaches nothing but what is declared. */
static inline bool
sandbox_is_strict(const struct sandbox_needs *n)
{
	return n->undeclared == NULL && n->exec == NULL && !n->preload;
}

/*
 * Enters it, and says on the scoreboard and in the log of worker 0 which layers
 * there are.  0, or -1 with the reason if the configuration requires one that
 * cannot be had.
 */
int sandbox_enter(struct worker *, char *why, size_t size);

#endif
