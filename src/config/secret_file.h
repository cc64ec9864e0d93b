/*
 * Reads files with certificates and keys into memory that is wiped when the
 * configuration is freed.
 * SPDX-License-Identifier: MIT
 */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#include "common/span.h"

struct conf_stamp;
struct reader;

enum secret_file_flag {
	SECRET_FILE_IS_KEY = 1, /* warns if others may read it */
};

/*
 * Returns the content of the file; empty after an error was reported at the key
 * of the current object, for a file that a command may not read, which is a
 * warning, and where no file is to be read.  stamp may be NULL.
 */
struct span secret_file_read(struct reader *, const char *key, const char *path,
	unsigned flags, struct conf_stamp *stamp);

#endif
