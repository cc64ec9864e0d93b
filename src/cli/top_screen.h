/*
 * The terminal of `prong top`: ncurses, or plain lines where there is none.
 * SPDX-License-Identifier: MIT
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct top_lines;

enum top_key {
	TOP_KEY_NONE,   /* the time is over */
	TOP_KEY_QUIT,   /* q, or the terminal has gone */
	TOP_KEY_REDRAW, /* the size has changed, or ^L */
};

/* Whether the program was built with ncurses. */
bool top_screen_is_built(void);

/* Takes over the terminal.  Returns false if it cannot move its cursor, or if
 * standard input or output is no terminal. */
bool top_screen_open(void);
void top_screen_close(void);

void top_screen_size(size_t *width, size_t *height);
void top_screen_draw(const struct top_lines *);

/* Waits for a key. */
enum top_key top_screen_wait(int ms);

#endif
