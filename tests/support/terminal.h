/*
 * A program in a terminal of its own (pty(7)), and what it wrote there.
 * SPDX-License-Identifier: MIT
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { TERMINAL_TEXT = 65536 };

struct terminal {
	int fd;
	pid_t pid;
	size_t used;
	char text[TERMINAL_TEXT]; /* with escapes, and a NUL */
};

/* Starts argv; argv[0] "prong" is the prong to test.  type is for $TERM. */
void terminal_start(struct terminal *, const char *const *argv,
	const char *type, int columns, int rows);

/* Is this text, or does it get within the deadline, among what it wrote?  What
 * stands before its end is forgotten then. */
bool terminal_shows(struct terminal *, const char *text);

void terminal_resize(struct terminal *, int columns, int rows);
void terminal_type(struct terminal *, const char *keys);

/* Reads until the program ends, and closes the terminal.  Returns the status
 * of program_wait(). */
int terminal_end(struct terminal *);

#endif
