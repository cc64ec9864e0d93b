/*
 * Serialises JSON for responses.
 * SPDX-License-Identifier: MIT
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

#include "common/span.h"

struct exchange;

/*
 * Returns the compact text in memory that lives until it was sent; at is NULL
 * when the value cannot be serialised.
 */
struct span json_text(struct exchange *, const json_t *);

#endif
