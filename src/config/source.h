/*
 * The files that a configuration is read from: FILE and what it includes.  The
 * values of all files are merged into one tree; for each value of the tree the
 * source knows the file, the line and the column where it was written.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <jansson.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/arena.h"
#include "config/errors.h"
#include "config/json_position.h"
#include "config/text.h"

struct directive_table;

/* The depth of a path that a source can follow. */
enum { SOURCE_DEPTH = 16 };

/* Bytes of all files and variables. */
enum { SOURCE_BYTES_MAX = 64 * 1024 * 1024 };

/* A path from the root of a tree to a value. */
struct source_path {
	const struct json_step *steps;
	size_t n;
};

struct source_file {
	const char *name; /* for messages; NULL: the main file */
	const struct source_file *parent; /* that includes it, or NULL */
	struct source_file *next;
	dev_t device;
	ino_t inode;
	struct config_text text;
};

/* Where a value was written. */
struct source_origin {
	const struct source_file *file;
	struct source_path path; /* in the tree of that file */
};

/* The value at a path of the merged tree was written somewhere else. */
struct source_mount {
	struct source_path at;
	struct source_origin origin;
	struct source_mount *next; /* the one that was added before */
};

struct config_source {
	struct arena arena;
	struct source_file main;  /* the first of the list */
	struct source_file *last; /* of the list */
	size_t nfiles, size;      /* size: bytes of all texts */
	const char *main_path;
	size_t dir_len; /* of its directory, where patterns of "include" begin
			 */
	struct source_mount *mounts; /* the last one first */
	json_t **expanded;           /* see environment.h */
	size_t nexpanded;
};

/* Reads the main file; "-" is standard input.  Returns 0, or -1 after adding
 * one error; config_source_fini() is due in either case.  The caller owns
 * file. */
int config_source_open(
	struct config_source *, const char *file, struct config_errors *);

/* Like config_source_open() for the text of a main file in memory. */
int config_source_init(struct config_source *, const char *file,
	const char *bytes, size_t len, struct config_errors *);

void config_source_fini(struct config_source *);

/*
 * Parses the main file, replaces variables, reads and merges what it includes.
 * Returns the tree, whose reference the caller owns, or NULL after adding an
 * error; if there are errors, the tree may lack values.  It is called within
 * json_memory_enter(), and failure is that of the struct json_memory.
 */
json_t *config_source_parse(
	struct config_source *, jmp_buf *failure, struct config_errors *);

/*
 * Returns where the value was written that the steps lead to in the tree, or
 * its key.  The line is 0 for an empty source.
 */
struct json_position config_source_find(const struct config_source *,
	const struct json_step *, size_t n, enum json_position_of);

/* A value in the text of a file, from which the positions of what is in it are
 * found without a look at the text before. */
struct source_spot {
	const struct source_file *file;
	size_t offset;
	struct json_position at;
};

/* Returns false if what is in the value was written in other places, too. */
bool config_source_find_spot(const struct config_source *,
	const struct json_step *, size_t n, struct source_spot *);

/* Like config_source_find(), with the steps from the value of the spot. */
struct json_position source_spot_find(
	const struct source_spot *, const struct json_step *, size_t n);

/*
 * Reads once more, for positions alone, a file that was read without an error.
 * The source is empty where there is none (file NULL) or it has errors now; it
 * is released with config_source_fini() in either case.
 */
void config_source_reopen(struct config_source *, const char *file);

/* True for the string that stands for a value made of a variable alone. */
bool config_source_is_expanded(const struct config_source *, const json_t *);

/* ---- for include.c ------------------------------------------------------- */

/* Returns a copy of the path with a further step, owned by the source. */
struct source_path source_path_join(
	struct config_source *, struct source_path, struct json_step);

/* Returns the origin of the value at the path of the merged tree. */
struct source_origin source_find_origin(
	struct config_source *, struct source_path);

/* Records the origin of the value at the path. */
void source_mount(
	struct config_source *, struct source_path, struct source_origin);

/* Reads a file that parent includes.  Returns NULL after adding an error, which
 * is at the position if the file cannot be read. */
struct source_file *source_include(struct config_source *,
	const struct source_file *parent, const char *name,
	struct json_position, struct config_errors *);

/* Parses the text of a file and replaces the variables. */
json_t *source_parse_file(struct config_source *, const struct source_file *,
	struct config_errors *);

/* Replaces the variables in the tree of a file.  Takes the reference of the
 * value and returns that of what it becomes. */
json_t *source_expand(struct config_source *, const struct source_file *,
	json_t *value, struct config_errors *);

/* Called when all files are read, before config_source_is_expanded(). */
void source_sort_expanded(struct config_source *);

/* Returns the position of a value, or of its key, in its file. */
struct json_position source_position(
	struct source_origin, enum json_position_of);

#endif
