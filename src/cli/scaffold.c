/*
 * No existing file is overwritten.  If a write fails, the files written so far
 * remain and the error names the one that failed.
 * SPDX-License-Identifier: MIT
 */
#include "cli/scaffold.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/skeleton_text.h"

static const char mark[] = "@NAME@";

enum { NAME_MOST = 64 };

/* The name becomes a C identifier and a file name. */
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

/* Writes the text with the name in place of each mark. */
static void
write_text(FILE *to, const char *text, const char *name)
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
make_path(const struct scaffold_file *file, const char *name, char *to,
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
write_file(const struct scaffold_file *file, const char *name, FILE *errors)
{
	char path[PATH_MAX];
	FILE *to;
	bool failed;

	make_path(file, name, path, sizeof(path));
	to = fopen(path, "wxe");
	if (to != NULL) {
		write_text(to, file->text, name);
		failed = fchmod(fileno(to), (mode_t)file->mode) == -1;
		failed = ferror(to) != 0 || failed;
		if (fclose(to) == 0 && !failed)
			return 0;
	}
	fprintf(errors, "prong: %s: %s\n", path, strerror(errno));
	return -1;
}

/*
 * Returns false if the program runs from its build tree, where a file beside it
 * is for pkg-config(1).
 */
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
print_next_steps(const char *name, const char *program, FILE *out)
{
	char dir[PATH_MAX];

	fprintf(out, "created %s; continue with\n\n", name);
	if (!is_installed(program, dir, sizeof(dir)))
		fprintf(out, "    export PRONG=%s/prong PKG_CONFIG_PATH=%s\n",
			dir, dir);
	fprintf(out,
		"    cd %s\n    make check\n    make run\n\n"
		"prong-module(3) describes what a module may do.\n",
		name);
}

int
scaffold_write(const char *name, const char *program, FILE *out, FILE *errors)
{
	if (!is_identifier(name)) {
		fprintf(errors,
			"prong: %s: the name of a module must be a C "
			"identifier: "
			"letters, digits and '_', at most %d\n",
			name, NAME_MOST);
		return -1;
	}
	if (mkdir(name, 0777) == -1) {
		fprintf(errors, "prong: %s: %s\n", name,
			errno == EEXIST
				? "already exists; choose another name or "
				  "remove it"
				: strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < SCAFFOLD_FILES; i++)
		if (write_file(&scaffold_files[i], name, errors) == -1)
			return -1;
	print_next_steps(name, program, out);
	return 0;
}
