/*
 * The child reads the configuration, writes its errors into a pipe and exits
 * with 0 or 1.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/config_checker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/child.h"

enum { TEXT_MAX = 256 * 1024, CHUNK = 4096 };

/* ---- the child ----------------------------------------------------------- */

/* The alarm ends the child if the master dies meanwhile. */
static _Noreturn void
run_check(const struct conf_reader *reader, int fd, double limit)
{
	struct conf *conf;
	FILE *errors;

	child_forget_master(&fd, 1);
	alarm((unsigned)limit + 2);
	errors = fdopen(fd, "w");
	if (errors == NULL)
		_exit(1);
	conf = reader->read_text(reader->arg, errors);
	fclose(errors);
	_exit(conf == NULL);
}

/* ---- the master ---------------------------------------------------------- */

/*
 * Output that is too long is read and discarded, so that the child does not
 * block.
 */
static bool
read_chunk(struct config_checker *c)
{
	char bytes[CHUNK], *text;
	ssize_t n;

	errno = 0;
	n = read(c->errors.fd, bytes, sizeof(bytes));
	if (n <= 0)
		return n == -1 && errno == EINTR;
	if (c->len + (size_t)n >= TEXT_MAX)
		return true;
	text = realloc(c->text, c->len + (size_t)n + 1);
	/* Without memory for them the errors are cut short. */
	if (text == NULL)
		return true;
	c->text = text;
	memcpy(c->text + c->len, bytes, (size_t)n);
	c->len += (size_t)n;
	c->text[c->len] = '\0';
	return true;
}

/* Reads from the pipe; at EOF the exit of the child will be handled. */
static void
on_errors(struct ev_loop *loop, ev_io *io, int events)
{
	/* Epoll refused it: its exit will tell. */
	if (events & EV_ERROR)
		return;
	if (!read_chunk(io->data) && errno != EAGAIN)
		ev_io_stop(loop, io);
}

static void
on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct config_checker *c = timer->data;

	(void)loop;
	(void)events;
	c->is_late = true;
	kill(c->pid, SIGKILL);
}

static void
watch_child(struct config_checker *c, pid_t pid, int fd, double limit)
{
	c->pid = pid;
	c->is_late = false;
	c->limit_seconds = limit;
	c->text = NULL;
	c->len = 0;
	ev_io_init(&c->errors, on_errors, fd, EV_READ);
	ev_timer_init(&c->limit, on_limit, limit, 0.);
	c->errors.data = c->limit.data = c;
	ev_io_start(c->loop, &c->errors);
	ev_timer_start(c->loop, &c->limit);
}

int
config_checker_start(struct config_checker *c, struct ev_loop *loop,
	const struct conf_reader *reader, double limit, struct error_text *why)
{
	sigset_t old;
	int ends[2];
	pid_t pid;

	assert(c->pid == 0);
	if (reader->is_once)
		return error_text_set(why,
			"the configuration came from standard input, which "
			"cannot be read again; start prong with -c FILE to be "
			"able to reload");
	if (pipe2(ends, O_CLOEXEC) == -1)
		return error_text_set(why, "checker: %s", strerror(errno));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	child_block_signals(&old);
	pid = fork();
	if (pid == 0)
		run_check(reader, ends[1], limit);
	child_unblock_signals(&old);
	close(ends[1]);
	if (pid == -1) {
		close(ends[0]);
		return error_text_set(
			why, "checker: fork: %s", strerror(errno));
	}
	c->loop = loop;
	watch_child(c, pid, ends[0], limit);
	return 0;
}

static void
release_child(struct config_checker *c)
{
	ev_io_stop(c->loop, &c->errors);
	ev_timer_stop(c->loop, &c->limit);
	close(c->errors.fd);
	free(c->text);
	c->text = NULL;
	c->pid = 0;
}

static void
set_error_text(
	const struct config_checker *c, int status, struct error_text *why)
{
	if (c->is_late)
		error_text_set(why,
			"reading the configuration took longer than %g s",
			c->limit_seconds);
	else if (WIFSIGNALED(status))
		error_text_set(why,
			"reading the configuration crashed: signal %d",
			WTERMSIG(status));
	else
		error_text_set(why, "the configuration has errors");
}

bool
config_checker_reap(struct config_checker *c, pid_t pid, int status)
{
	struct error_text why;
	char *text;

	if (pid != c->pid)
		return false;
	while (read_chunk(c))
		;
	set_error_text(c, status, &why);
	text = c->text;
	c->text = NULL;
	release_child(c);
	c->on_done(c->arg, status == 0, text != NULL ? text : "", &why);
	free(text);
	return true;
}

void
config_checker_stop(struct config_checker *c)
{
	if (c->pid == 0)
		return;
	kill(c->pid, SIGKILL);
	release_child(c);
}

struct conf *
config_checker_read_again(const struct conf_reader *reader, char **errors)
{
	size_t size = 0;
	FILE *file = open_memstream(errors, &size);
	struct conf *conf;

	if (file == NULL)
		return NULL;
	conf = reader->read_text(reader->arg, file);
	fclose(file);
	return conf;
}
