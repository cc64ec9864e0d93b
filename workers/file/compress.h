/*
 * The only user of the compression libraries: zlib, brotli and zstd, each where
 * configure found it.
 * SPDX-License-Identifier: MIT
 */
#ifndef COMPRESS_H
#define COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/accept_encoding.h"

/* Returns the codings that this build supports, a mask of 1u << CODING_x. */
unsigned compress_codings(void);

/*
 * True when files of this type and size are worth compressing. type may have
 * parameters. Images, video and archives are compressed already.
 */
bool compress_is_worth(const char *type, int64_t size);

/*
 * Compresses len bytes into at most room bytes. Returns the compressed size, or
 * 0 when the result does not fit or the coding is not supported. It takes up to
 * 10 ms for 256 KiB.
 */
size_t compress_bytes(
	enum coding, const char *bytes, size_t len, char *to, size_t room);

#endif
