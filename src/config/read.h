/*
 * Reads a JSON value into a struct conf, guided by the directive tables, and
 * collects all errors on the way.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include <jansson.h>
#include <stdbool.h>

#include "common/conf.h"
#include "config/directive.h"
#include "config/errors.h"
#include "config/json_position.h"
#include "config/source.h"

enum { READER_DEPTH = 12 };

struct reader {
	struct conf *conf;
	struct arena *arena;                /* owned by the configuration */
	const char *dir;                    /* the base of relative paths */
	const struct config_source *source; /* NULL: positions are unknown */
	struct config_errors *errors;
	struct json_step
		steps[READER_DEPTH]; /* the path of the current value */
	size_t nsteps;
	/* A command reads it with the rights of its user: a certificate or key
	 * that it may not read is a warning. */
	bool is_command;
	bool is_alone; /* no other file is read, no user looked up */
};

/*
 * Reads an object: every row of the table, then the table's finish().  base is
 * the struct that the table fills.
 */
void reader_read(
	struct reader *, const struct directive_table *, json_t *, void *base);

/*
 * Enter a member or an element of the current value, and leave it again.
 * Errors are reported at the current value.
 */
void reader_enter(struct reader *, const char *key);
void reader_enter_index(struct reader *, size_t index);
void reader_leave(struct reader *);

/*
 * Reports an error "sites[0].root: MESSAGE" at the position of the current
 * value or its key.
 */
void reader_report(struct reader *, enum json_position_of, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Reports an error at the value of a member of the current value. */
void reader_report_at(struct reader *, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a warning, which begins like an error with the path of the current
 * value, to those of the configuration. */
void reader_warn(struct reader *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports "must be WHAT; this is VALUE". */
void reader_reject(struct reader *, const json_t *, const char *what);

/* Returns whether the object has the key with a value other than null. */
bool reader_has(const json_t *object, const char *key);

/*
 * Returns path as an absolute path; a relative one starts from the directory of
 * the file.  The arena owns the result.
 */
const char *reader_resolve(struct reader *, const char *path);

/*
 * Returns the position of the current value; its line is 0 if there is no file.
 * The file in it belongs to the source.
 */
struct json_position reader_position(struct reader *);

/* Returns whether another value may be entered. */
bool reader_has_depth(const struct reader *);

/* Return cleared memory and a copy of the text, owned by the configuration. */
void *reader_alloc(struct reader *, size_t count, size_t size);
const char *reader_keep(struct reader *, const char *text);

#endif
