/*
 * Quality values, the weights in Accept and similar fields (RFC 9110 12.4.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef QVALUE_H
#define QVALUE_H

#include "common/span.h"

enum { QVALUE_MAX = 1000 };

/*
 * Parses a qvalue such as "0.8" and returns it in thousandths, or -1 when the
 * text is not a qvalue.
 */
int qvalue_parse(struct span qvalue);

#endif
