/*
 * From a pointer to a member to the struct that contains it.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTAINER_OF_H
#define CONTAINER_OF_H

#include <stddef.h>

#define container_of(pointer, type, member)                                    \
	((type *)((char *)(pointer)-offsetof(type, member)))

#endif
