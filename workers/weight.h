/*
 * Weights in Accept and its kin (RFC 9110 12.4.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef WEIGHT_H
#define WEIGHT_H

#include "common/span.h"

enum { WEIGHT_MOST = 1000 };

/* A qvalue, "0.8", in thousandths; -1 for anything else. */
int weight_parse(struct span qvalue);

#endif
