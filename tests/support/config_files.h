/*
 * A configuration of several files, in a directory of its own.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_FILES_H
#define CONFIG_FILES_H

struct conf;

struct config_file {
	const char *name, *text;
};

/* Makes a temporary directory and changes to it; for a fixture's setup. */
void config_files_enter(void);

/* Returns its path. */
const char *config_files_dir(void);

/* Removes that directory. */
void config_files_leave(void);

/* Writes files, up to one without a name; there are directories "d" and
 * "d/dir". */
void config_files_write(const struct config_file *);

/* Reads a configuration, which is NULL if it has errors.  Returns these, which
 * the caller frees. */
char *config_files_read(const char *name, struct conf **conf);

#endif
