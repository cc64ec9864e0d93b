/*
 * Routes with a document root.
 * SPDX-License-Identifier: MIT
 */
#ifndef STATIC_FILE_H
#define STATIC_FILE_H

struct exchange;

/* RFC 9110 9.3.1, 13, 14: a file, a part of it, or why not. */
void static_file_answer(struct exchange *);

#endif
