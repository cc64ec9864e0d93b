/*
 * The view of `prong top` as lines of text.
 * SPDX-License-Identifier: MIT
 */
#ifndef TOP_LINES_H
#define TOP_LINES_H

#include <jansson.h>
#include <stddef.h>

enum {
	TOP_WIDTH = 512, /* most columns */
	TOP_ROWS = 512,  /* most lines */
};

enum top_style {
	TOP_PLAIN,
	TOP_TITLE,
	TOP_HEADING,
	TOP_ALARM, /* something that an operator should look at */
};

struct top_line {
	enum top_style style;
	char text[TOP_WIDTH + 1]; /* printable ASCII, no newline */
};

struct top_lines {
	size_t n;
	struct top_line all[TOP_ROWS];
};

/*
 * Renders what top_figures() returned.  No line is longer than width, and there
 * are at most height lines; lists that do not fit end with a line that counts
 * the rest.  message stands in the last line, unless it is NULL.
 */
void top_lines_render(struct top_lines *, const json_t *figures, size_t width,
	size_t height, const char *message);

#endif
