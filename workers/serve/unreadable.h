/*
 * Warns at the start about files that the workers may not read.
 * SPDX-License-Identifier: MIT
 */
#ifndef UNREADABLE_H
#define UNREADABLE_H

struct docroot;
struct log;

/*
 * Logs a warning with the first names if files or directories at the top of the
 * document root cannot be read by user.  Looks at no more than a thousand.
 */
void unreadable_warn(const struct docroot *, const char *user, struct log *);

#endif
