/*
 * From root to the user that serves.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

struct conf;

/*
 * Becomes conf->user for good (user_become()), and executes nothing that is
 * more than it.  0, or -1 with errno.
 */
int privileges_drop(const struct conf *);

#endif
