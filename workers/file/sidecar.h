/*
 * Sidecars: precompressed variants NAME.zst, NAME.br and NAME.gz of a file
 * NAME.
 * SPDX-License-Identifier: MIT
 */
#ifndef SIDECAR_H
#define SIDECAR_H

#include <stdbool.h>
#include <sys/stat.h>

#include "http/accept_encoding.h"

struct root;

struct sidecars {
	unsigned have; /* the open ones, a mask of 1u << CODING_x */
	int fd[CODING_COUNT];
	struct stat st[CODING_COUNT];
};

/*
 * Opens the sidecars of path, a file below root with attributes st, that are
 * regular, not empty and at most two seconds older than the file. possible: a
 * mask of those to look for. Close them with sidecars_close(). Returns 0, or
 * the errno of one that exists and cannot be opened.
 */
int sidecars_open(struct sidecars *, const struct root *, const char *path,
	const struct stat *st, unsigned possible);

/* Returns the length of what stands before .gz, .br or .zst in any case, and
 * the coding; 0: the name does not end so. */
size_t sidecar_stem(const char *name, enum coding *);

/* True for a name that ends in .gz, .br or .zst. */
bool sidecar_is_name(const char *path);

/*
 * False for two seconds after it was modified: a compressor may still be
 * writing to it.
 */
bool sidecar_is_settled(const struct stat *);

/* sidecars_drop() closes one; sidecars_close() closes those left in have. */
void sidecars_drop(struct sidecars *, enum coding);
void sidecars_close(struct sidecars *);

#endif
