/*
 * Where a build records a profile of itself (configure
 * --enable-tuning=record), a process that ends by _exit(2) has to write it
 * before.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROFILE_H
#define PROFILE_H

#ifdef RECORD_PROFILE
void __gcov_dump(void);
#define profile_write() __gcov_dump()
#else
#define profile_write() ((void)0)
#endif

#endif
