/*
 * Reading memory that another process may write meanwhile: each word is read
 * once, so that what the reader checks is what it uses.
 * SPDX-License-Identifier: MIT
 */
#ifndef READ_ONCE_H
#define READ_ONCE_H

#include <stddef.h>
#include <stdint.h>

/* The value of a number there; the compiler may not read it again. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))

typedef uint64_t __attribute__((may_alias)) read_once_word;

/* Copies a struct, which consists of whole words. */
static inline void
read_once_copy(void *to, const void *from, size_t size)
{
	const volatile read_once_word *f = from;
	read_once_word *t = to;

	for (size_t i = 0; i < size / sizeof(*t); i++)
		t[i] = f[i];
}

/* Adds the numbers of one struct, all of a word, to those of another. */
static inline void
read_once_add(void *to, const void *from, size_t size)
{
	const volatile read_once_word *f = from;
	read_once_word *t = to;

	for (size_t i = 0; i < size / sizeof(*t); i++)
		t[i] += f[i];
}

#endif
