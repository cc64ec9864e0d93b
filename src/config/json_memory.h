/*
 * Memory for jansson while it parses.  Its parser does not outlive every
 * malloc(3) that fails (load.c asserts that a token has kept all its bytes), so
 * in the master a parse is left as a whole instead:
 *
 *	struct json_memory memory;
 *
 *	json_memory_enter(&memory);
 *	if (setjmp(memory.failure) == 0)
 *		... json_loadb() ... json_decref() ...
 *	json_memory_leave(&memory);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef JSON_MEMORY_H
#define JSON_MEMORY_H

#include <jansson.h>
#include <setjmp.h>

struct json_block;

struct json_memory {
	jmp_buf failure; /* malloc(3) failed: longjmp(3) with 1 */
	struct json_memory *outer;
	struct json_block *first; /* all that is allocated */
	json_malloc_t malloc;     /* what jansson used before */
	json_free_t free;
};

/*
 * Between the two, jansson's memory belongs to *memory: values made before must
 * not be freed, and all that were made meanwhile are freed by the second.  They
 * may nest.
 */
void json_memory_enter(struct json_memory *);
void json_memory_leave(struct json_memory *);

/* Frees a text of json_dumps(3), between the two or elsewhere. */
void json_memory_free(void *text);

#endif
