/*
 * Asks the server once a second.  Where the terminal cannot be drawn on, each
 * view is printed below the one before.
 * SPDX-License-Identifier: MIT
 */
#include "cli/top.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/control_client.h"
#include "cli/server_commands.h"
#include "cli/top_figures.h"
#include "cli/top_lines.h"
#include "cli/top_screen.h"
#include "common/clock.h"

enum {
	INTERVAL_MS = 1000,
	ANSWER_S = 2, /* the longest wait for an answer */
	PLAIN_WIDTH = 120,
};

struct top {
	char control[SERVER_CONTROL_PATH];
	json_t *earlier, *now; /* answers; NULL: none */
	bool is_current;       /* the last question was answered */
	struct top_lines lines;
};

/* ---- samples ------------------------------------------------------------- */

/* Returns NULL if there is no answer. */
static json_t *
ask_again(const char *control)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	struct error_text unused;
	json_t *answer;
	int fd = control_client_open(control);

	if (fd == -1)
		return NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	answer = control_client_ask(
		fd, json_pack("{s:s}", "command", "top"), &unused);
	control_client_close(fd);
	if (json_is_true(json_object_get(answer, "ok")))
		return answer;
	json_decref(answer);
	return NULL;
}

static void
take_sample(struct top *t)
{
	json_t *answer = ask_again(t->control);

	t->is_current = answer != NULL;
	if (answer == NULL)
		return;
	json_decref(t->earlier);
	t->earlier = t->now;
	t->now = answer;
}

static void
render_view(struct top *t, size_t width, size_t height)
{
	json_t *figures = top_figures(t->earlier, t->now);
	char message[TOP_WIDTH];

	snprintf(message, sizeof(message),
		"no server answers on %s: these are the last figures",
		t->control);
	top_lines_render(&t->lines, figures, width, height,
		t->is_current ? NULL : message);
	json_decref(figures);
}

/* ---- without a screen ---------------------------------------------------- */

static void
wait_ms(int ms)
{
	poll(NULL, 0, ms);
}

static int
print_json(const struct top *t)
{
	json_t *figures = top_figures(t->earlier, t->now);

	json_dumpf(figures, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
	putchar('\n');
	json_decref(figures);
	return commands_flush();
}

static int
print_lines(struct top *t)
{
	render_view(t, PLAIN_WIDTH, TOP_ROWS);
	for (size_t i = 0; i < t->lines.n; i++)
		printf("%s\n", t->lines.all[i].text);
	return commands_flush();
}

static int
print_once(struct top *t, bool is_json)
{
	wait_ms(INTERVAL_MS);
	take_sample(t);
	if (t->is_current)
		return is_json ? print_json(t) : print_lines(t);
	fprintf(stderr, "prong: top: no server answers on %s any more\n",
		t->control);
	return COMMANDS_FAILED;
}

/* True if a line with q was entered within a second. */
static bool
is_quit_entered(int *fd)
{
	struct pollfd in = { .fd = *fd, .events = POLLIN };
	char bytes[64];
	ssize_t n;

	if (poll(&in, 1, INTERVAL_MS) != 1)
		return false;
	n = read(*fd, bytes, sizeof(bytes));
	if (n > 0)
		return bytes[0] == 'q';
	*fd = -1;
	return false;
}

static int
print_on(struct top *t)
{
	int in = STDIN_FILENO, rc;

	for (;;) {
		rc = print_lines(t);
		putchar('\n');
		if (rc != COMMANDS_DONE || is_quit_entered(&in))
			return rc;
		take_sample(t);
	}
}

/* ---- on the screen ------------------------------------------------------- */

static void
draw_view(struct top *t)
{
	size_t width, height;

	top_screen_size(&width, &height);
	render_view(t, width, height);
	top_screen_draw(&t->lines);
}

static void
show_views(struct top *t)
{
	int64_t due = clock_now_ms();
	enum top_key key = TOP_KEY_NONE;

	while (key != TOP_KEY_QUIT) {
		draw_view(t);
		key = top_screen_wait(
			(int)(due - clock_now_ms() > 0 ? due - clock_now_ms()
						       : 0));
		if (clock_now_ms() < due)
			continue;
		take_sample(t);
		due = clock_now_ms() + INTERVAL_MS;
	}
}

static int
run_views(const struct options *o, struct top *t)
{
	if (o->is_once || o->is_json)
		return print_once(t, o->is_json);
	if (!top_screen_is_built()) {
		fprintf(stderr, "prong: top: this program was built without "
				"ncurses; --once and --json work\n");
		return COMMANDS_FAILED;
	}
	if (!top_screen_open())
		return print_on(t);
	show_views(t);
	top_screen_close();
	return COMMANDS_DONE;
}

int
top_run(const struct options *o)
{
	struct server_answer first;
	struct top *t;
	int rc = server_commands_ask(o, OPTIONS_TOP, &first);

	if (rc != COMMANDS_DONE)
		return rc;
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		json_decref(first.json);
		return COMMANDS_FAILED;
	}
	strcpy(t->control, first.control);
	t->now = first.json;
	t->is_current = true;
	rc = run_views(o, t);
	json_decref(t->earlier);
	json_decref(t->now);
	free(t);
	return rc;
}
