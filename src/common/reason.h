/*
 * The text of an error, for people: one line without a newline.
 * SPDX-License-Identifier: MIT
 */
#ifndef REASON_H
#define REASON_H

enum { REASON_SIZE = 512 };

struct reason {
	char text[REASON_SIZE];
	int error; /* errno behind it, or 0 */
};

/*
 * Formats the text, cut if it is too long, and sets error to 0.  Always returns
 * -1, so that a caller can write `return reason_set(...)`.  errno is preserved.
 */
int reason_set(struct reason *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "no memory for WHAT".  Always -1. */
int reason_no_memory(struct reason *, const char *what);

#endif
