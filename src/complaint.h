/*
 * What is wrong with a configuration: collected, then told at once in the
 * order of the file.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "common/arena.h"
#include "locate.h"

/* Who makes more mistakes has given us the wrong file. */
enum { COMPLAINTS_MAX = 100 };

struct complaint {
	struct position at; /* line 0: the whole file */
	unsigned order;
	const char *text;
};

struct complaints {
	struct arena arena;
	unsigned count; /* more than rows may hold */
	struct complaint rows[COMPLAINTS_MAX];
};

void complaints_init(struct complaints *);
void complaints_fini(struct complaints *);

/* printf(3); one line, no newline. */
void complaints_add(struct complaints *, struct position, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void complaints_vadd(struct complaints *, struct position, const char *fmt,
	va_list) __attribute__((format(printf, 3, 0)));

/* "NAME:LINE:COLUMN: error: TEXT" a line; for a whole file "NAME: TEXT". */
void complaints_print(struct complaints *, const char *name, FILE *);

#endif
