/*
 * Why something was refused, for a person: one line, no newline.
 * SPDX-License-Identifier: MIT
 */
#ifndef REASON_H
#define REASON_H

enum { REASON_SIZE = 512 };

struct reason {
	char text[REASON_SIZE];
	int error; /* errno behind it, or 0 */
};

/* Writes the text, cut if it is too long, and error as 0.  Always -1, so that a
 * caller can say `return reason_set(...)`.  Keeps errno. */
int reason_set(struct reason *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
