/*
 * The Accept field (RFC 9110 12.5.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCEPT_MEDIA_H
#define ACCEPT_MEDIA_H

#include "common/span.h"

/*
 * Returns the client's weight for the media type, "text/html", from 0 (not
 * acceptable) to 1000. value is the field's value, several lines joined with ",
 * "; an empty value accepts every type. The most specific matching range
 * decides. Elements that are not a media range, and parameters other than q,
 * are ignored.
 */
int accept_media_qvalue(struct span value, struct span type);

/*
 * The weight of the elements that name the type itself, case ignored; 0 when
 * none does. A range of all subtypes does not name a type.
 */
int accept_media_named(struct span value, struct span type);

#endif
