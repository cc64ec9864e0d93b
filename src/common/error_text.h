/*
 * The text of an error, for people: one line without a newline.
 * SPDX-License-Identifier: MIT
 */
#ifndef ERROR_TEXT_H
#define ERROR_TEXT_H

#include <stddef.h>

enum { ERROR_TEXT_SIZE = 512, ERROR_TEXT_ERRNO = 160 };

struct error_text {
	char text[ERROR_TEXT_SIZE];
	int error; /* errno behind it, or 0 */
};

/*
 * Formats the text, cut if it is too long, and sets error to 0.  Always returns
 * -1, so that a caller can write `return error_text_set(...)`.  errno is
 * preserved.
 */
int error_text_set(struct error_text *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "no memory for WHAT".  Always -1. */
int error_text_no_memory(struct error_text *, const char *what);

/*
 * Writes what strerror(3) says and, for a limit of descriptors, its number and
 * how to raise it.  Returns text.
 */
const char *error_text_errno(int error, char *text, size_t size);

#endif
