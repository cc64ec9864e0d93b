/*
 * JSON for the wire.
 * SPDX-License-Identifier: MIT
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "common/span.h"
#include "prong.h"

struct exchange;

/* Without spaces, in memory that lives until it is sent; at is NULL: the value
 * cannot be written. */
struct span json_text(struct exchange *, const json_t *);

#endif
