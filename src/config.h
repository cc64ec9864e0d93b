/*
 * The configuration: from a file to a struct conf, and back to text.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_CONFIG_H
#define PRONG_CONFIG_H

#include <stddef.h>
#include <stdio.h>

#include "common/conf.h"

/*
 * Reads and checks the whole file.  The caller's, conf_free(); NULL after one
 * line or more on errors, "FILE:LINE:COLUMN: error: WHERE: WHAT" each, in the
 * order of the file.  Opens nothing for writing and looks up no name but that
 * of the user.  prong.json(5).
 */
struct conf *config_read(const char *file, FILE *errors);

/*
 * What it says of places, control and pid_file, right or wrong as the rest may
 * be: nothing else may be read from it.  NULL when it is no JSON, as above.
 */
struct conf *config_read_places(const char *file, FILE *errors);

/* As config_read(), for a text in memory; name stands for the file. */
struct conf *config_parse(
	const char *name, const char *text, size_t len, FILE *errors);

/*
 * One site with the files below dir, access log on stdout; listen NULL: the
 * default address.  As above.
 */
struct conf *config_from_directory(
	const char *dir, const char *listen, FILE *errors);

/* The effective configuration, every key with its value: a JSON text that
 * config_parse() accepts. */
void config_dump(const struct conf *, FILE *);

/* JSON Schema (draft 2020-12) of the file; conf/prong.schema.json. */
void config_schema(FILE *);

#endif
