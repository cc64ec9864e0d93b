/*
 * Memory of a large table that is read at random. A search in it costs a walk
 * of the page tables more often than not, unless it lies in huge pages.
 * SPDX-License-Identifier: MIT
 */
#ifndef HUGE_TABLE_H
#define HUGE_TABLE_H

#include <stddef.h>

/* Returns zeroed memory, never NULL, whose pages exist once they are touched.
 */
void *huge_table_new(size_t size);
void huge_table_free(void *, size_t size);

/* Puts the table into huge pages as far as it fills them: all of it is in
 * memory then. Takes less than a millisecond. */
void huge_table_collapse(void *, size_t size);

#endif
