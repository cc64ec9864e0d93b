/*
 * SPDX-License-Identifier: MIT
 */
#include "support/config_files.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"

static char dir[64];

void
config_files_enter(void)
{
	strcpy(dir, "/tmp/prong-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

const char *
config_files_dir(void)
{
	return dir;
}

void
config_files_leave(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

void
config_files_write(const struct config_file *files)
{
	FILE *to;

	mkdir("d", 0755);
	mkdir("d/dir", 0755);
	for (; files->name != NULL; files++) {
		to = fopen(files->name, "w");
		ck_assert_ptr_nonnull(to);
		fputs(files->text, to);
		fclose(to);
	}
}

char *
config_files_read(const char *name, struct conf **conf)
{
	char *text = NULL;
	size_t len;
	FILE *errors = open_memstream(&text, &len);

	*conf = config_read(name, NULL, errors);
	fclose(errors);
	return text;
}
