/*
 * From root to the user that serves.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

struct conf;

/*
 * Becomes conf->user for good: groups, group, user, and no way back
 * (setresuid(2)).  Nothing when no user is set, or we are it.  0, or -1 with
 * errno.
 */
int privileges_drop(const struct conf *);

#endif
