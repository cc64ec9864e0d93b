/*
 * The one owner of the compressors' headers: zlib, brotli and zstd, each where
 * configure found it.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMPRESS_H
#define COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accept_encoding.h"

/* The codings that this build can make: a mask of 1u << CODING_x. */
unsigned compress_codings(void);

/* Do files of this type and size become smaller?  type: with parameters or
 * without.  Images, video and archives are compressed already. */
bool compress_is_worth(const char *type, int64_t size);

/*
 * Codes len bytes into at most room bytes.  How many they are, or 0: there is
 * no room, or no such coding.  Takes up to 10 ms for 256 KiB.
 */
size_t compress_bytes(
	enum coding, const char *bytes, size_t len, char *to, size_t room);

#endif
