/*
 * Routes with a document root.
 * SPDX-License-Identifier: MIT
 */
#ifndef STATIC_FILE_H
#define STATIC_FILE_H

struct exchange;
struct file;

/*
 * Responds with a file, a part of it, or an error (RFC 9110 9.3.1, 13, 14).  If
 * x->docroot is set, the file is x->file below it, with any method.
 */
void static_file_answer(struct exchange *);

/* Responds with the file, whose reference it takes over, or with the status if
 * there is none; for code that found the file asynchronously. */
void static_file_found(struct exchange *, int status, struct file *);

#endif
