/*
 * The validators of a file: its entity tag and whether its modification date
 * can be believed (RFC 9110 8.8).
 * SPDX-License-Identifier: MIT
 */
#ifndef FILE_VALIDATORS_H
#define FILE_VALIDATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "http/accept_encoding.h"

struct file_identity;

enum { FILE_TAG_SIZE = 40 }; /* of a tag with its quotes and a NUL */

/*
 * Makes a strong tag of the content; two codings of the same bytes have two
 * tags. Its length is always the same.
 */
void file_tag_content(
	const char *bytes, size_t len, enum coding, char tag[FILE_TAG_SIZE]);

/* Returns what the tag of a coding ends in, where that of the content has no
 * such ending: "-g"; "" for identity. */
const char *file_tag_ending(enum coding);

/* Makes that tag of a hash of the content, hash_bytes() with the coding as its
 * seed. */
void file_tag_hash(uint64_t hash, char tag[FILE_TAG_SIZE]);

/*
 * Makes a weak tag of what stat(2) tells: the bytes may have changed within one
 * tick of the clock, so it must not select a range (RFC 9110 13.1.5). The
 * change time is part of it, since programs set the modification time.
 */
void file_tag_identity(
	const struct file_identity *, enum coding, char tag[FILE_TAG_SIZE]);

/*
 * True for dates that reproducible builds give to every file: they say nothing
 * about the content.
 */
bool file_date_is_constant(time_t modified);

/*
 * True when a condition may rely on the modification date. It may not when the
 * date is constant or in the future, nor when the file was put in place after
 * the server started with a date that is older: its predecessor may have had
 * the same date. started is zero where that is unknown.
 */
bool file_date_is_reliable(const struct file_identity *,
	const struct timespec *started, time_t now);

#endif
