/*
 * The fixture of the tests of the file cache: a docroot in a temporary
 * directory, and a cache over it.  Its clock is now_ms.
 * SPDX-License-Identifier: MIT
 */
#ifndef FAKE_CACHE_H
#define FAKE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

#include "common/conf.h"
#include "file/docroot.h"
#include "file/file.h"
#include "file/file_cache.h"

enum { LARGEST = 4096, PROBE_MS = 1000, YOUNG_MS = 50 };

extern char dir[64];
extern struct conf_route route;
extern struct docroot docroot;
extern struct arena arena;
extern struct file_cache cache;
extern int64_t now_ms;
extern struct rlimit descriptors;

void fake_cache_open(void);
void fake_cache_close(void);
const char *path_of(const char *name);
void write_content(const char *name, const char *content, size_t len);
/* As if it were written right now, whenever the cache gets to look: its clock
 * goes ahead of ours. */
void write_young(const char *name, const char *content, size_t len);
void set_modified(const char *name, time_t second);
void write_file(const char *name, const char *content);
void write_sized(const char *name, size_t len);
void make_directory(const char *name);
int get(const char *path, struct file **out);
struct file *get_file(const char *path);
int get_status(const char *path);
bool has_content(const struct file *f, const char *content);
void assert_content(const char *path, const char *content);
/* Is path answered from memory?  Asks after its file was taken away. */
bool is_cached(const char *path);
int open_descriptors(void);

#endif
