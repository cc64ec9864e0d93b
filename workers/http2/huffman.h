/*
 * The Huffman code of HPACK (RFC 7541 5.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef HUFFMAN_H
#define HUFFMAN_H

#include <stddef.h>

#include "common/span.h"

/* Returns how many bytes the encoded text has. */
size_t huffman_length(struct span);

/* Writes the encoded text, and returns its end. */
char *huffman_put(char *to, struct span);

#endif
