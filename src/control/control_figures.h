/*
 * The answer to `prong top`: the figures of the scoreboard.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_FIGURES_H
#define CONTROL_FIGURES_H

struct control_env;

/* Returns one line of JSON for the caller to free; NULL if there is no
 * memory. */
char *control_figures(const struct control_env *);

#endif
