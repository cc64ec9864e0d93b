/*
 * Reads the configuration from a file into a struct conf, and writes it back as
 * text.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include <stddef.h>
#include <stdio.h>

#include "common/conf.h"

struct config_errors;
struct config_source;

/* Adds an error for each directory that cannot be opened.  The source is NULL
 * if there is no file. */
typedef void config_check_disks(
	struct conf *, const struct config_source *, struct config_errors *);

/*
 * Reads and checks the whole file.  Returns NULL after writing one or more
 * lines to errors, "FILE:LINE:COLUMN: error: KEY: MESSAGE" each, in the order
 * of the file.  The caller releases the result with conf_free().  Opens nothing
 * for writing and looks up no name except that of the user.  The function
 * checks what the configuration needs of disks; NULL: no disk but the file's is
 * accessed.  prong.json(5).
 */
struct conf *config_read(const char *file, config_check_disks *, FILE *errors);

/* Like config_read(), for a command that runs with fewer rights than the
 * master: certificates and keys that it may not read are warnings, not errors.
 */
struct conf *config_read_for_command(
	const char *file, config_check_disks *, FILE *errors);

/* Like config_read(file, NULL), but reads no certificate and looks up no user
 * either: the configuration may be for another machine. */
struct conf *config_read_alone(const char *file, FILE *errors);

/* Like config_read(file, NULL) for a text in memory; name is used in messages.
 */
struct conf *config_parse(
	const char *name, const char *text, size_t len, FILE *errors);

/*
 * Returns a configuration with one site that serves the files below dir and
 * logs accesses to stdout; listen NULL means the default address.  Ownership
 * and errors are as in config_read().
 */
struct conf *config_from_directory(const char *dir, const char *listen,
	config_check_disks *, FILE *errors);

/*
 * Writes the effective configuration, every key with its value, as a JSON text
 * that config_parse() accepts.
 */
void config_dump(const struct conf *, FILE *);

/* Returns the same on one line, which the caller frees, or NULL if there is no
 * memory. */
char *config_dump_line(const struct conf *);

/*
 * Writes the JSON Schema (draft 2020-12) of the file; conf/prong.schema.json is
 * a copy.
 */
void config_schema(FILE *);

#endif
