/*
 * The directive types that only sites and routes have.  value.c calls these
 * functions.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALUE_ROUTE_H
#define VALUE_ROUTE_H

#include "config/value_list.h"

VALUE_LIST(route);
VALUE_LIST(listing);
VALUE_LIST(fields);
VALUE_LIST(networks);

#endif
