/*
 * Rates and quantiles, from two answers to the command "top".
 * SPDX-License-Identifier: MIT
 */
#ifndef TOP_FIGURES_H
#define TOP_FIGURES_H

#include <jansson.h>

/*
 * Returns an object for the caller to release; prong(8) names its members.
 * What is counted by the second, and the quantiles, are null where earlier is
 * NULL or not older than now.
 */
json_t *top_figures(const json_t *earlier, const json_t *now);

#endif
