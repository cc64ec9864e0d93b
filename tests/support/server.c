/*
 * Nothing here sleeps: where there is no event to wait for, poll(2) waits for
 * the end of the master and looks again every few milliseconds.
 * SPDX-License-Identifier: MIT
 */
#include "support/server.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/port.h"
#include "support/test_deadline.h"

enum { TICK = 5 }; /* milliseconds */

const char SERVER_CONF[] = "{\"workers\": 2,"
			   "\"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
			   "," SERVER_SITES "}";

/* ---- files -------------------------------------------------------------- */

static void
path_of(const struct server *s, const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", s->dir, name);
}

/* Directories on the way to path; mkdir says EEXIST for those there. */
static void
make_parents(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

/* By rename, so that a server never reads half of it. */
void
server_file(struct server *s, const char *name, const char *bytes, size_t len)
{
	char path[256], temporary[272];
	FILE *f;

	path_of(s, name, path);
	make_parents(path);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	f = fopen(temporary, "we");
	ck_assert_msg(f != NULL, "%s: %s", temporary, strerror(errno));
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(rename(temporary, path), 0);
}

void
server_text(struct server *s, const char *name, const char *text)
{
	server_file(s, name, text, strlen(text));
}

char *
server_pattern(size_t size)
{
	char *bytes = malloc(size + 1);
	unsigned x = (unsigned)size + 1;

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < size; i++) {
		x = x * 1103515245u + 12345u;
		bytes[i] = (char)(x >> 16);
	}
	return bytes;
}

char *
server_read(struct server *s, const char *name)
{
	char path[256], *text;
	struct stat st;
	ssize_t n;
	int fd;

	path_of(s, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return calloc(1, 1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	text = malloc((size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(text);
	n = read(fd, text, (size_t)st.st_size);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

bool
server_file_has(struct server *s, const char *name, const char *text, int ms)
{
	int64_t deadline = deadline_in(ms);
	bool found;
	char *all;

	do {
		all = server_read(s, name);
		found = strstr(all, text) != NULL;
		free(all);
	} while (!found && server_tick(s, deadline));
	return found;
}

bool
server_log_has(struct server *s, const char *text, int ms)
{
	return server_file_has(s, "stderr", text, ms);
}

/* ---- start -------------------------------------------------------------- */

void
server_init(struct server *s)
{
	*s = (struct server){ .dir = "/tmp/prong-test-XXXXXX",
		.port = port_take(),
		.tls_port = port_take() };
	s->own_descriptors = proc_descriptors(getpid());
	ck_assert_ptr_nonnull(mkdtemp(s->dir));
	chmod(s->dir, 0755);
	snprintf(s->root, sizeof(s->root), "%s/www", s->dir);
	snprintf(s->file, sizeof(s->file), "%s/prong.json", s->dir);
	snprintf(s->log, sizeof(s->log), "%s/stderr", s->dir);
	ck_assert_int_eq(mkdir(s->root, 0755), 0);
}

static void
spawn(struct server *s)
{
	const char *argv[8] = { "prong", "-c", s->file };
	int fd = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	ck_assert_int_ne(fd, -1);
	if (s->words != NULL)
		for (int i = 0; (argv[i + 1] = s->words[i]) != NULL;)
			i++;
	s->pid = program_start(&s->program, argv, fd, fd);
	close(fd);
}

bool
server_tick(struct server *s, long long deadline)
{
	struct pollfd p = { .fd = -1, .events = POLLIN };

	if (deadline_left(deadline) == 0)
		return false;
	if (s->pid > 0)
		p.fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	poll(&p, p.fd != -1 ? 1 : 0, TICK);
	if (p.revents != 0)
		poll(NULL, 0, TICK);
	if (p.fd != -1)
		close(p.fd);
	return true;
}

/* One request that was answered: it serves.  The connection stays open. */
static bool
has_answered(struct server *s, struct client *c)
{
	enum client_result result;
	struct response r;

	if (client_try_open(c, s->port) != CLIENT_OK)
		return false;
	client_say(c, "HEAD / HTTP/1.1\r\nHost: start\r\n\r\n");
	result = client_try_recv(c, &r, true);
	response_free(&r);
	if (result != CLIENT_OK)
		client_close(c);
	return result == CLIENT_OK;
}

static void
fail_with_log(struct server *s, const char *what)
{
	char *log = server_read(s, "stderr");

	ck_abort_msg("%s; its log:\n%.1500s", what, log);
}

static void
wait_until_it_answers(struct server *s, struct client *c)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (!has_answered(s, c)) {
		if (!proc_is_alive(s->pid))
			fail_with_log(s, "the server ended at its start");
		if (!server_tick(s, deadline))
			fail_with_log(s, "the server does not answer");
	}
}

/* Of the worker that has most. */
static int
most_sockets(struct server *s)
{
	pid_t pids[PROC_CHILDREN];
	size_t count = server_workers(s, pids);
	int n, most = 0;

	for (size_t i = 0; i < count; i++) {
		n = proc_sockets(pids[i]);
		most = n > most ? n : most;
	}
	return most;
}

/* Without the connection's: the end of its bytes comes when it is closed. */
static void
remember_sockets(struct server *s, struct client *c)
{
	client_finish_sending(c);
	ck_assert_msg(client_is_eof(c, DEADLINE), "a connection stays open");
	client_close(c);
	s->sockets = most_sockets(s);
}

void
server_start(struct server *s, const char *conf)
{
	pid_t pids[PROC_CHILDREN];
	struct client c;

	server_configure(s, conf);
	spawn(s);
	wait_until_it_answers(s, &c);
	s->workers = server_workers(s, pids);
	remember_sockets(s, &c);
}

void
server_serve(struct server *s, const char *conf)
{
	server_init(s);
	server_text(s, "www/index.html", "<p>home</p>\n");
	server_text(s, "www/hello.txt", "hello\n");
	server_start(s, conf);
}

bool
server_is_at_rest(struct server *s, int ms)
{
	int64_t deadline = deadline_in(ms);

	do
		if (most_sockets(s) <= s->sockets)
			return true;
	while (server_tick(s, deadline));
	return false;
}

/* ---- while it runs ------------------------------------------------------ */

void
server_signal(struct server *s, int signal)
{
	ck_assert_msg(kill(s->pid, signal) == 0, "kill: %s", strerror(errno));
}

void
server_halt(struct server *s, pid_t pid)
{
	int64_t deadline = deadline_in(DEADLINE);

	ck_assert_msg(kill(pid, SIGSTOP) == 0, "kill: %s", strerror(errno));
	while (!proc_is_halted(pid))
		ck_assert_msg(server_tick(s, deadline), "%d runs on", (int)pid);
}

pid_t
server_continue_later(pid_t stopped)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	poll(NULL, 0, 300);
	kill(stopped, SIGCONT);
	_exit(0);
}

void
server_shell(struct server *s, const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), "cd %s && %s", s->dir, command);
	ck_assert_int_eq(system(text), 0);
}

pid_t
server_pid_file(struct server *s)
{
	char *text = server_read(s, "prong.pid");
	pid_t pid = (pid_t)strtol(text, NULL, 10);

	free(text);
	return pid;
}

size_t
server_workers(struct server *s, pid_t workers[PROC_CHILDREN])
{
	size_t all = proc_children(s->pid, workers), n = 0;

	for (size_t i = 0; i < all; i++)
		if (proc_has_title(workers[i], "prong: worker"))
			workers[n++] = workers[i];
	return n;
}

static bool
share_none(const pid_t *a, size_t na, const pid_t *b, size_t nb)
{
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			if (a[i] == b[j])
				return false;
	return true;
}

bool
server_has_new_workers(
	struct server *s, size_t count, const pid_t *old, size_t nold, int ms)
{
	int64_t deadline = deadline_in(ms);
	pid_t pids[PROC_CHILDREN];
	size_t n;

	do {
		n = server_workers(s, pids);
		if (n == count && share_none(pids, n, old, nold))
			return true;
	} while (server_tick(s, deadline));
	return false;
}

void
server_replace_workers(struct server *s, int ms)
{
	pid_t workers[PROC_CHILDREN];
	size_t n = server_workers(s, workers);

	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(kill(workers[i], SIGKILL), 0);
	ck_assert(server_has_new_workers(s, n, workers, n, ms));
}

/* ---- stop --------------------------------------------------------------- */

/* "2026-11-23T10:08:00.123Z error master[812]: ..." */
static bool
is_error_line(const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);

	return space != NULL && strncmp(space, " error ", 7) == 0;
}

static bool
is_tolerated(const struct server *s, const char *line, size_t len)
{
	return s->tolerated != NULL &&
	       memmem(line, len, s->tolerated, strlen(s->tolerated)) != NULL;
}

static void
check_lines(struct server *s, char *log)
{
	size_t len;

	for (char *line = log; *line != '\0'; line += len) {
		len = strcspn(line, "\n");
		ck_assert_msg(
			!is_error_line(line, len) || is_tolerated(s, line, len),
			"an error in the log: %.*s", (int)len, line);
		len += line[len] == '\n';
	}
}

static void
check_temporary(struct server *s)
{
	char path[256];

	if (s->temporary == NULL)
		return;
	path_of(s, s->temporary, path);
	ck_assert_msg(access(path, F_OK) == -1, "%s is left", path);
}

static void
check_log(struct server *s)
{
	char *log = server_read(s, "stderr");
	char *report = strstr(log, "Sanitizer");

	if (report == NULL)
		report = strstr(log, "\n=="); /* valgrind's */
	ck_assert_msg(report == NULL, "a sanitizer's report: %.2000s", report);
	check_lines(s, log);
	free(log);
}

/* What the master does not wait for, its helper, ends when the master has. */
static void
check_no_child_is_left(void)
{
	int64_t deadline = deadline_in(DEADLINE);
	pid_t pids[PROC_CHILDREN];
	size_t n;

	while ((n = proc_children(getpid(), pids)) > 0 &&
		deadline_left(deadline) > 0)
		poll(NULL, 0, 10);
	ck_assert_msg(n == 0, "process %d is left", n > 0 ? (int)pids[0] : 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

void
server_discard(struct server *s)
{
	nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void
server_wait(struct server *s, int status)
{
	int got = program_wait(s->pid, DEADLINE);

	if (got == -1)
		fail_with_log(s, "the master does not end");
	if (got != status)
		fail_with_log(s, "the master's exit status is wrong");
	s->pid = 0;
}

void
server_finish(struct server *s, int status)
{
	if (s->pid != 0)
		server_wait(s, status);
	check_no_child_is_left();
	check_log(s);
	check_temporary(s);
	ck_assert_int_eq(proc_descriptors(getpid()), s->own_descriptors);
	server_discard(s);
}

void
server_stop_with(struct server *s, int signal)
{
	ck_assert_msg(server_is_at_rest(s, DEADLINE),
		"a worker has more sockets than at the start");
	server_signal(s, signal);
	server_finish(s, 0);
}

void
server_stop(struct server *s)
{
	server_stop_with(s, SIGTERM);
}
