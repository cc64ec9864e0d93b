/*
 * dlopen(3), of a copy or of the file.  <link.h> and <ev.h> do not go together.
 * SPDX-License-Identifier: MIT
 */
#include "api/module_library.h"

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/heritage.h"
#include "common/library.h"

enum { PATH_LEN = 4096 };

/* dlerror(3) begins with the path, or that of a library it needs. */
static void
say_why(const char *path, char *why, size_t size)
{
	const char *error = dlerror();
	size_t len = strlen(path);

	if (strncmp(error, path, len) == 0 && error[len] == ':')
		error += len + strspn(error + len, ": ");
	snprintf(why, size, "module \"%s\": %s", path, error);
}

/*
 * The loader knows the copy by its name in /proc/self/fd, which means nothing
 * to a debugger, a profiler or a sanitizer: they get the name of the file.
 * glibc frees the name with the library.
 */
static void
set_name(void *library, const char *path)
{
#ifdef __GLIBC__
	struct link_map *map;
	char *name;

	if (dlinfo(library, RTLD_DI_LINKMAP, &map) == -1 ||
		strcmp(map->l_name, path) == 0)
		return;
	name = strdup(path);
	if (name == NULL)
		return;
	free(map->l_name);
	map->l_name = name;
#else
	(void)library, (void)path;
#endif
}

/* The loader maps segments whose end is not there, and dies where it reads
 * them. */
static bool
is_cut_short(int fd)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) segment;
	struct stat st;

	if (fstat(fd, &st) == -1 ||
		pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
		memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		off_t at = (off_t)(head.e_phoff + i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) !=
			(ssize_t)sizeof(segment))
			return true;
		if (segment.p_type == PT_LOAD &&
			(segment.p_offset > (ElfW(Off))st.st_size ||
				segment.p_filesz > (ElfW(Off))st.st_size -
							   segment.p_offset))
			return true;
	}
	return false;
}

/* NULL where there is no copy, or it cannot be loaded from there: because there
 * is no /proc, or a library that it needs is found by $ORIGIN. */
static void *
open_copy(const struct heritage_file *copy)
{
	char name[32];
	void *library;

	if (copy == NULL || copy->fd == -1)
		return NULL;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", copy->fd);
	library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		set_name(library, copy->path);
	return library;
}

void *
module_library_open(const char *dir, const char *module,
	const struct heritage_file *copy, char *why, size_t size)
{
	char path[PATH_LEN];
	void *library;

	if (copy != NULL && copy->fd != -1 && is_cut_short(copy->fd)) {
		snprintf(why, size,
			"module \"%s\": the file is cut short: was it still "
			"being copied?  Replace it with mv or install",
			copy->path);
		return NULL;
	}
	library = open_copy(copy);
	if (library != NULL)
		return library;
	library_path(dir, module, path, sizeof(path));
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		say_why(path, why, size);
	return library;
}
