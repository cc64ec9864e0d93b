/*
 * The parts of a form, kept: small ones in memory, large ones in files without
 * a name.
 * SPDX-License-Identifier: MIT
 */
#ifndef FORM_H
#define FORM_H

#include "common/span.h"
#include "prong.h"

enum {
	FORM_PARTS = 1000,        /* at most: 413 */
	FORM_FILES = 100,         /* of these in files of their own: 413 */
	FORM_PART = 64 * 1024,    /* bytes of a part in memory */
	FORM_MEMORY = 1024 * 1024 /* of all of them; fields past it: 413 */
};

struct form;

/* multipart/form-data; dir: for the files, borrowed. */
struct form *form_new_multipart(struct span boundary, const char *dir);

/* The next run of it: 0; 400, 413, or 500 with errno for a file.  After that
 * nothing more is taken. */
int form_take(struct form *, struct span);

/* All of it was taken: 0, 400, or what form_take() said. */
int form_end(struct form *);

/* application/x-www-form-urlencoded, all of it; *status as of form_take(). */
struct form *form_new_urlencoded(struct span text, int *status);

/* Why it is refused: a sentence without a full stop. */
const char *form_why(const struct form *);

/* Its rows, in their order; never NULL. */
const struct prong_part *form_parts(const struct form *, unsigned *count);

/* Closes the files, too.  NULL is fine. */
void form_free(struct form *);

#endif
