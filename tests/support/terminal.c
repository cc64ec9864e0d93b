/*
 * openpty(3), setsid(2), TIOCSCTTY: a change of the size is told to the
 * foreground process group of a controlling terminal only.
 * SPDX-License-Identifier: MIT
 */
#include "support/terminal.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "support/test_deadline.h"
#include "support/test_program.h"

_Noreturn static void
run_child(int fd, const char *const *argv, const char *type)
{
	const char *path = argv[0];

	if (strcmp(path, "prong") == 0)
		path = program_prong();
	setsid();
	if (ioctl(fd, TIOCSCTTY, 0) == -1)
		_exit(126);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	setenv("TERM", type, 1);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	execv(path, (char *const *)argv);
	_exit(127);
}

void
terminal_start(struct terminal *t, const char *const *argv, const char *type,
	int columns, int rows)
{
	const struct winsize size = { .ws_col = (unsigned short)columns,
		.ws_row = (unsigned short)rows };
	int other;

	ck_assert_int_eq(openpty(&t->fd, &other, NULL, NULL, &size), 0);
	t->used = 0;
	t->text[0] = '\0';
	t->pid = fork();
	ck_assert_int_ne(t->pid, -1);
	if (t->pid == 0) {
		close(t->fd);
		run_child(other, argv, type);
	}
	close(other);
}

/* False at the end, which is EIO on Linux, or when the deadline has passed. */
static bool
read_more(struct terminal *t, int64_t deadline)
{
	struct pollfd in = { .fd = t->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&in, 1, deadline_left(deadline)) != 1)
		return false;
	if (t->used > TERMINAL_TEXT / 2) {
		memmove(t->text, t->text + t->used / 2, t->used - t->used / 2);
		t->used -= t->used / 2;
	}
	n = read(t->fd, t->text + t->used, TERMINAL_TEXT - t->used - 1);
	if (n <= 0)
		return n == -1 && errno == EINTR;
	t->used += (size_t)n;
	t->text[t->used] = '\0';
	return true;
}

bool
terminal_shows(struct terminal *t, const char *text)
{
	int64_t deadline = deadline_in(DEADLINE);
	const char *at;

	while ((at = strstr(t->text, text)) == NULL)
		if (!read_more(t, deadline))
			return false;
	at += strlen(text);
	t->used -= (size_t)(at - t->text);
	memmove(t->text, at, t->used + 1);
	return true;
}

void
terminal_resize(struct terminal *t, int columns, int rows)
{
	const struct winsize size = { .ws_col = (unsigned short)columns,
		.ws_row = (unsigned short)rows };

	ck_assert_int_eq(ioctl(t->fd, TIOCSWINSZ, &size), 0);
}

void
terminal_type(struct terminal *t, const char *keys)
{
	ck_assert_int_eq(write(t->fd, keys, strlen(keys)), strlen(keys));
}

int
terminal_end(struct terminal *t)
{
	int64_t deadline = deadline_in(DEADLINE);
	int status;

	while (read_more(t, deadline))
		;
	status = program_wait(t->pid, DEADLINE);
	close(t->fd);
	return status;
}
