/*
 * Collects the errors of a configuration and prints them in the order of the
 * file.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "common/arena.h"
#include "config/locate.h"

/*
 * Further errors are only counted: a file with that many is probably the wrong
 * file.
 */
enum { COMPLAINTS_MAX = 100 };

struct complaint {
	struct position at; /* line 0: the whole file */
	unsigned order;
	const char *text;
};

struct complaints {
	struct arena arena;
	unsigned count; /* may exceed the number of rows */
	struct complaint rows[COMPLAINTS_MAX];
};

/* The texts live until complaints_fini(). */
void complaints_init(struct complaints *);
void complaints_fini(struct complaints *);

/* Adds an error, formatted like printf(3) as one line without a newline. */
void complaints_add(struct complaints *, struct position, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void complaints_vadd(struct complaints *, struct position, const char *fmt,
	va_list) __attribute__((format(printf, 3, 0)));

/*
 * Sorts and prints the errors, "NAME:LINE:COLUMN: error: TEXT" each, or "NAME:
 * TEXT" for the whole file.
 */
void complaints_print(struct complaints *, const char *name, FILE *);

#endif
