/*
 * Stands in for top_screen.c where the program is built without ncurses.
 * SPDX-License-Identifier: MIT
 */
#include "cli/top_screen.h"

bool
top_screen_is_built(void)
{
	return false;
}

bool
top_screen_open(void)
{
	return false;
}

void
top_screen_close(void)
{
}

void
top_screen_size(size_t *width, size_t *height)
{
	*width = 80;
	*height = 24;
}

void
top_screen_draw(const struct top_lines *lines)
{
	(void)lines;
}

enum top_key
top_screen_wait(int ms)
{
	(void)ms;
	return TOP_KEY_QUIT;
}
