/*
 * The texts of the files of a new module.
 * SPDX-License-Identifier: MIT
 */
#ifndef SKELETON_TEXT_H
#define SKELETON_TEXT_H

struct scaffold_file {
	/* "@NAME@" stands for the module's name, also in text */
	const char *name;
	int mode;
	const char *text;
};

enum { SCAFFOLD_FILES = 5 };

extern const struct scaffold_file scaffold_files[SCAFFOLD_FILES];

#endif
