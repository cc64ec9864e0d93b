/*
 * Routes with a document root.
 * SPDX-License-Identifier: MIT
 */
#ifndef STATIC_FILE_H
#define STATIC_FILE_H

struct exchange;
struct file;

/*
 * RFC 9110 9.3.1, 13, 14: a file, a part of it, or why not.  Where x->docroot
 * is set, that is x->file below it, whatever the method.
 */
void static_file_answer(struct exchange *);

/* Answers with the file, whose reference it takes over, or with the status
 * for want of one: for who looked for it meanwhile. */
void static_file_found(struct exchange *, int status, struct file *);

#endif
