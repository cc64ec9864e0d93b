/*
 * Selects the file of a route's root that answers a request.
 * SPDX-License-Identifier: MIT
 */
#ifndef TRY_FILES_H
#define TRY_FILES_H

struct exchange;
struct file;

/*
 * Finds the file of the request's path: the first existing one of "try" where
 * the route has it, else the path itself; the fallback when there is none. A
 * directory yields its index file or its listing. Returns 0 and a reference in
 * *out, which the caller releases; a status as file_cache_get() returns, where
 * 301 means that the path lacks a '/' at its end; LISTING_LATER; or
 * FILE_CACHE_WAITS.
 */
int try_files_find(struct exchange *, struct file **out);

#endif
