/*
 * SHA-1 (RFC 3174), which the WebSocket handshake requires.
 * SPDX-License-Identifier: MIT
 */
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_LEN = 20, SHA1_MOST = 1024 * 1024 };

/* Hashes len bytes, at most SHA1_MOST. */
void sha1(uint8_t to[SHA1_LEN], const void *bytes, size_t len);

#endif
