/*
 * Which file of a route's root answers a request.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOOKUP_H
#define LOOKUP_H

struct exchange;
struct file;

/*
 * The file that the path names, or the first that "try" names and that is
 * there; else the fallback; of a directory its index file or its listing.  0
 * and *out, a reference for the caller; or a status, as file_cache_get() has
 * them, of which 301 asks for a '/' at the end of the path; LISTING_LATER; or
 * FILE_CACHE_WAITS.
 */
int lookup_find(struct exchange *, struct file **out);

#endif
