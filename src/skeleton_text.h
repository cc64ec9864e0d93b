/*
 * What the files of a new module say.
 * SPDX-License-Identifier: MIT
 */
#ifndef SKELETON_TEXT_H
#define SKELETON_TEXT_H

struct skeleton_file {
	const char *name; /* "@NAME@" stands for the module's, here and below */
	int mode;
	const char *text;
};

enum { SKELETON_FILES = 5 };

extern const struct skeleton_file skeleton_files[SKELETON_FILES];

#endif
