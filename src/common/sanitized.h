/*
 * Whether this is a build with AddressSanitizer, which reads /proc, traces its
 * own process, executes a symbolizer and replaces functions of libc.
 * SPDX-License-Identifier: MIT
 */
#ifndef SANITIZED_H
#define SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#endif
