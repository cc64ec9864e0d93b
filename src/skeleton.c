/*
 * Nothing that is there is written over; where the disk fails, what was
 * written stays, and is named.
 * SPDX-License-Identifier: MIT
 */
#include "skeleton.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "skeleton_text.h"

static const char mark[] = "@NAME@";

enum { NAME_MOST = 64 };

/* Of C, and of a file: it becomes one or the other here and there. */
static bool
is_identifier(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MOST || isdigit((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return true;
}

/* text with the name for each mark. */
static void
put(FILE *to, const char *text, const char *name)
{
	const char *at;

	while ((at = strstr(text, mark)) != NULL) {
		fwrite(text, 1, (size_t)(at - text), to);
		fputs(name, to);
		text = at + strlen(mark);
	}
	fputs(text, to);
}

static void
make_path(const struct skeleton_file *file, const char *name, char *to,
	size_t size)
{
	const char *at = strstr(file->name, mark);

	if (at == NULL)
		snprintf(to, size, "%s/%s", name, file->name);
	else
		snprintf(to, size, "%s/%.*s%s%s", name, (int)(at - file->name),
			file->name, name, at + strlen(mark));
}

static int
write_file(const struct skeleton_file *file, const char *name, FILE *errors)
{
	char path[PATH_MAX];
	FILE *to;
	bool failed;

	make_path(file, name, path, sizeof(path));
	to = fopen(path, "wxe");
	if (to != NULL) {
		put(to, file->text, name);
		failed = fchmod(fileno(to), (mode_t)file->mode) == -1;
		failed = ferror(to) != 0 || failed;
		if (fclose(to) == 0 && !failed)
			return 0;
	}
	fprintf(errors, "prong: %s: %s\n", path, strerror(errno));
	return -1;
}

/* Where the program was built, pkg-config(1) is told by a file beside it. */
static bool
is_installed(const char *program, char *dir, size_t size)
{
	char file[PATH_MAX], *slash;

	if (realpath(program, file) == NULL)
		return true;
	slash = strrchr(file, '/');
	*slash = '\0';
	snprintf(dir, size, "%s", file);
	strncat(file, "/prong-uninstalled.pc", sizeof(file) - strlen(file) - 1);
	return access(file, R_OK) == -1;
}

static void
tell(const char *name, const char *program, FILE *out)
{
	char dir[PATH_MAX];

	fprintf(out, "%s is there; go on with\n\n", name);
	if (!is_installed(program, dir, sizeof(dir)))
		fprintf(out, "    export PRONG=%s/prong PKG_CONFIG_PATH=%s\n",
			dir, dir);
	fprintf(out,
		"    cd %s\n    make check\n    make run\n\n"
		"prong-module(3) describes what a module may do.\n",
		name);
}

int
skeleton_write(const char *name, const char *program, FILE *out, FILE *errors)
{
	if (!is_identifier(name)) {
		fprintf(errors,
			"prong: %s: a module's name is an identifier of C: "
			"letters, digits and '_', at most %d\n",
			name, NAME_MOST);
		return -1;
	}
	if (mkdir(name, 0777) == -1) {
		fprintf(errors, "prong: %s: %s\n", name,
			errno == EEXIST ? "it is there already; choose another "
					  "name, or remove it"
					: strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < SKELETON_FILES; i++)
		if (write_file(&skeleton_files[i], name, errors) == -1)
			return -1;
	tell(name, program, out);
	return 0;
}
