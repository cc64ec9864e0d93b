/*
 * How many connections a worker may have.
 * SPDX-License-Identifier: MIT
 */
#ifndef CAPACITY_H
#define CAPACITY_H

#include <stddef.h>

#include "common/conf.h"
#include "common/log.h"

/* As many as the file asks for, or as there can be descriptors, with a warning
 * when the second is less; 0: too few to be worth it. */
size_t capacity_connections(const struct conf *, struct log *);

#endif
