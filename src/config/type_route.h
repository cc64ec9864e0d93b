/*
 * The directive types that only sites and routes have.  type.c calls these
 * functions.
 * SPDX-License-Identifier: MIT
 */
#ifndef TYPE_ROUTE_H
#define TYPE_ROUTE_H

#include "config/type_list.h"

TYPE_LIST(route);
TYPE_LIST(listing);
TYPE_LIST(fields);
TYPE_LIST(networks);

#endif
