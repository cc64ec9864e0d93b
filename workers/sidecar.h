/*
 * NAME.zst, NAME.br and NAME.gz: codings of NAME that somebody made before.
 * SPDX-License-Identifier: MIT
 */
#ifndef SIDECAR_H
#define SIDECAR_H

#include <sys/stat.h>

#include "accept_encoding.h"

struct root;

struct sidecars {
	unsigned have; /* a mask of 1u << CODING_x: these are open */
	int fd[CODING_COUNT];
	struct stat st[CODING_COUNT];
};

/*
 * Opens those of path, a file below root with this st, that are regular, not
 * empty and not older than it.
 */
void sidecars_open(struct sidecars *, const struct root *, const char *path,
	const struct stat *st);

/* Closes one, or those that are left in have. */
void sidecars_drop(struct sidecars *, enum coding);
void sidecars_close(struct sidecars *);

#endif
