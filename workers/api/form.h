/*
 * The parts of a form: small ones in memory, large ones in unnamed files.
 * SPDX-License-Identifier: MIT
 */
#ifndef FORM_H
#define FORM_H

#include "api/prong.h"
#include "common/span.h"

enum {
	/* parts per form; more are refused with 413 */
	FORM_PARTS = 1000,
	/* parts in files of their own; more are refused with 413 */
	FORM_FILES = 100,
	FORM_PART = 64 * 1024, /* bytes of a part in memory */
	/* bytes in memory for all parts; larger fields are refused with 413 */
	FORM_MEMORY = 1024 * 1024
};

struct body_memory;
struct form;

/*
 * Starts a form of multipart/form-data. dir is the directory for its files,
 * borrowed. The memory of the form is accounted for in memory, which may be
 * NULL.
 */
struct form *form_new_multipart(
	struct span boundary, const char *dir, struct body_memory *memory);

/*
 * Parses the next run of bytes. Returns 0, 400, 413, 500 with errno when a
 * file cannot be written, or 503 when other requests have left no memory. After
 * an error nothing more is parsed.
 */
int form_take(struct form *, struct span);

/*
 * Ends the form: returns 0, 400 when it is incomplete, or what form_take()
 * returned.
 */
int form_end(struct form *);

/*
 * Parses a complete application/x-www-form-urlencoded form; *status is as
 * form_take() returns it.
 */
struct form *form_new_urlencoded(
	struct span text, struct body_memory *memory, int *status);

/* Returns why the form is refused: a sentence without a full stop. */
const char *form_why(const struct form *);

/* Returns the parts in the order sent; never NULL. */
const struct prong_part *form_parts(const struct form *, unsigned *count);

/* Frees the form and closes its files. NULL is fine. */
void form_free(struct form *);

#endif
