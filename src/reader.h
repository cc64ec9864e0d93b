/*
 * Walks a JSON value along the directive tables into a struct conf, and
 * collects all complaints on the way.
 * SPDX-License-Identifier: MIT
 */
#ifndef READER_H
#define READER_H

#include <jansson.h>
#include <stdbool.h>

#include "common/conf.h"
#include "complaint.h"
#include "config_text.h"
#include "directive.h"
#include "locate.h"

enum { READER_DEPTH = 12 };

struct reader {
	struct conf *conf;
	struct arena *arena;            /* the configuration's */
	const char *dir;                /* where relative paths start */
	const struct config_text *text; /* NULL: no positions */
	struct complaints *complaints;
	struct step steps[READER_DEPTH]; /* where we are */
	size_t nsteps;
};

/* Every row of the table, then its finish().  base: what the table fills. */
void reader_read(
	struct reader *, const struct directive_table *, json_t *, void *base);

/* Down to a member or an element, for messages; and up again. */
void reader_enter(struct reader *, const char *key);
void reader_enter_index(struct reader *, size_t index);
void reader_leave(struct reader *);

/* "sites[0].root: MESSAGE", at the value (or its key) where we are. */
void reader_complain(struct reader *, enum locate_what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "must be WHAT; this is VALUE" */
void reader_reject(struct reader *, const json_t *, const char *what);

/* Is the key there, and not null? */
bool reader_has(const json_t *object, const char *key);

/* An absolute path, from the directory of the file.  The arena's. */
const char *reader_resolve(struct reader *, const char *path);

/* Where the value stands where we are; line 0: in no file. */
struct position reader_position(struct reader *);

/* Can one enter yet another value? */
bool reader_has_depth(const struct reader *);

/* Memory that lives as long as the configuration; cleared. */
void *reader_alloc(struct reader *, size_t count, size_t size);
const char *reader_keep(struct reader *, const char *text);

#endif
