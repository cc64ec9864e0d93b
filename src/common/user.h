/*
 * The change of user, for good.
 * SPDX-License-Identifier: MIT
 */
#ifndef USER_H
#define USER_H

struct conf;

/*
 * Becomes conf->user: groups, group, user, and no way back (setresuid(2)).
 * Nothing when no user is set, or the process is it already.  0, or -1 with
 * errno.
 */
int user_become(const struct conf *);

#endif
