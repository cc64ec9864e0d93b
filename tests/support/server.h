/*
 * A prong with a configuration, a document root and a directory of its own,
 * from start to the conditions that every stop must meet.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "support/paths.h"
#include "support/procfs.h"
#include "support/test_program.h"

struct server {
	char dir[64];  /* holds all below */
	char root[80]; /* document root */
	char file[80]; /* configuration */
	char log[80];  /* standard error, and the error log */
	int port;
	int tls_port; /* $TLS in a configuration */

	/* The test may set these between init and start. */
	struct program program;
	const char *const *words; /* NULL: "-c" and file */
	const char *tolerated;    /* text of error lines that may come */
	const char
		*temporary; /* a file below dir that must be gone at the end */

	pid_t pid;
	size_t workers;      /* when it had started */
	int own_descriptors; /* of the test */
	int sockets;         /* most of any worker, at the start */
};

/*
 * Two workers that serve $ROOT, no drain delay.  In a configuration $PORT,
 * $TLS, $ROOT and $DIR stand for the server's.
 */
extern const char SERVER_CONF[];

/* SERVER_CONF with one more top-level member, a literal: "\"k\": 1". */
#define SERVER_CONF_WITH(member)                                               \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	"," member "," SERVER_SITES "}"
#define SERVER_TIMEOUTS "\"timeouts\": {\"drain_delay\": \"0s\"}"
#define SERVER_SITES                                                           \
	"\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]"

/* Makes the directories and takes a port. */
void server_init(struct server *);

/* A file below dir ("www/a.txt" is in the document root); directories on the
 * way are made. */
void server_file(
	struct server *, const char *name, const char *bytes, size_t len);
void server_text(struct server *, const char *name, const char *text);

/* size bytes that depend on size and place.  The caller frees them. */
char *server_pattern(size_t size);

/* Writes the configuration with its $ words replaced. */
void server_configure(struct server *, const char *conf);

/* Starts it and waits until it answers. */
void server_start(struct server *, const char *conf);

/* server_init, "/index.html" and "/hello.txt" ("hello\n"), server_start. */
void server_serve(struct server *, const char *conf);

void server_signal(struct server *, int signal);

/* SIGSTOP to the master or a worker; it stands still on return. */
void server_halt(struct server *, pid_t);

/* A child that sends SIGCONT to the process after 300 ms; returns its pid, for
 * waitpid(2). */
pid_t server_continue_later(pid_t);

/* Runs a command of the shell in the server's directory; it has to succeed. */
void server_shell(struct server *, const char *command);

/* Returns the pid in the file "prong.pid" of the server's directory. */
pid_t server_pid_file(struct server *);

/* The workers that live, in the order of their birth. */
size_t server_workers(struct server *, pid_t workers[PROC_CHILDREN]);

/* Has each worker, or gets within ms, no more sockets than at the start? */
bool server_is_at_rest(struct server *, int ms);

/* Waits until it has this many, none of them with a pid of the old ones. */
bool server_has_new_workers(
	struct server *, size_t count, const pid_t *old, size_t nold, int ms);

/* Kills each worker; within ms as many new ones must have come. */
void server_replace_workers(struct server *, int ms);

/* Is, or gets within ms, this text into the log?  Or any file below dir. */
bool server_log_has(struct server *, const char *text, int ms);
bool server_file_has(
	struct server *, const char *name, const char *text, int ms);

/* The whole of a file below dir.  The caller frees it. */
char *server_read(struct server *, const char *name);

/*
 * TERM, or another signal, and the closing conditions: exit 0, no child left,
 * no line at error level, no sanitizer's report, no socket more than at
 * the start in a worker (before the signal; open files may be in its cache),
 * no descriptor more in the test.  The directory is removed.
 */
void server_stop(struct server *);
void server_stop_with(struct server *, int signal);

/* The same for a server that was told to end already, or was killed: status
 * is what the master's exit must be. */
void server_finish(struct server *, int status);

/* Only waits for the master; server_finish() is still to come. */
void server_wait(struct server *, int status);

/* Removes the directory of a server that was never started. */
void server_discard(struct server *);

/* Waits a little or until the master ends; false when the deadline passed. */
bool server_tick(struct server *, long long deadline);

#endif
