/*
 * The only file that includes ncurses, whose state is global.  Colours are used
 * where the terminal has them, unless NO_COLOR is set (https://no-color.org).
 * SPDX-License-Identifier: MIT
 */
#include "cli/top_screen.h"

#include <curses.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/top_lines.h"

enum { PAIR_ALARM = 1 };

bool
top_screen_is_built(void)
{
	return true;
}

/* True unless it is a "dumb" one. */
static bool
can_move_cursor(void)
{
	const char *move = tigetstr("cup");

	return move != NULL && move != (char *)-1;
}

static void
choose_colours(void)
{
	const char *none = getenv("NO_COLOR");

	if ((none != NULL && *none != '\0') || !has_colors() ||
		start_color() == ERR)
		return;
	use_default_colors();
	init_pair(PAIR_ALARM, COLOR_RED, -1);
}

bool
top_screen_open(void)
{
	SCREEN *screen;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL)
		return false;
	if (!can_move_cursor()) {
		endwin();
		delscreen(screen);
		return false;
	}
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	choose_colours();
	return true;
}

void
top_screen_close(void)
{
	endwin();
}

void
top_screen_size(size_t *width, size_t *height)
{
	*width = (size_t)(COLS > 0 ? COLS : 1);
	*height = (size_t)(LINES > 0 ? LINES : 1);
}

static attr_t
attributes_of(enum top_style style)
{
	switch (style) {
	case TOP_TITLE:
		return A_BOLD;
	case TOP_HEADING:
		return A_REVERSE;
	case TOP_ALARM:
		return A_BOLD | COLOR_PAIR(PAIR_ALARM);
	case TOP_PLAIN:
		break;
	}
	return A_NORMAL;
}

void
top_screen_draw(const struct top_lines *lines)
{
	erase();
	for (size_t i = 0; i < lines->n; i++) {
		attrset((int)attributes_of(lines->all[i].style));
		mvaddstr((int)i, 0, lines->all[i].text);
	}
	attrset(A_NORMAL);
	refresh();
}

/* getch(3X) would return at once, and for ever, where the terminal has gone. */
enum top_key
top_screen_wait(int ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int key;

	if (poll(&in, 1, ms) == 1 && (in.revents & (POLLHUP | POLLERR)))
		return TOP_KEY_QUIT;
	key = getch();
	if (key == 'q' || key == 'Q')
		return TOP_KEY_QUIT;
	if (key == KEY_RESIZE || key == '\f')
		clear();
	return key == ERR ? TOP_KEY_NONE : TOP_KEY_REDRAW;
}
