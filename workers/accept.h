/*
 * The Accept field (RFC 9110 12.5.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "common/span.h"

/*
 * How much a client wants a media type, "text/html": 0, not at all, to 1000.
 * value: of the field, several lines joined with ", "; empty: it wants all.
 * The most specific range counts; elements that are no media range, and
 * parameters other than q, are passed over.
 */
int accept_weight(struct span value, struct span type);

#endif
