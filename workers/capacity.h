/*
 * How many connections a worker may hold.
 * SPDX-License-Identifier: MIT
 */
#ifndef CAPACITY_H
#define CAPACITY_H

#include <stddef.h>

struct worker;

/* As many as the file asks for, or as there can be descriptors, which is
 * logged; 0: too few to be worth it. */
size_t capacity_connections(struct worker *);

#endif
