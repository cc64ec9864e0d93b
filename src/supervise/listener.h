/*
 * A listening address and its sockets.  The sockets belong to the address, not
 * to a worker: the master keeps them over reloads and crashes, so that no
 * connection that the kernel has queued is lost.  TCP has one SO_REUSEPORT
 * socket for each worker; a unix socket and one of systemd is shared by all.
 * Never call shutdown(2) on one: that resets the queue in every process.
 * SPDX-License-Identifier: MIT
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "common/conf.h"
#include "common/error_text.h"

enum { LISTENER_BACKLOG = 4096 };

struct listener {
	struct listener *next;          /* in struct listeners */
	char *text;                     /* as configured */
	struct sockaddr_storage wanted; /* as configured */
	struct sockaddr_storage bound;  /* with the port the kernel chose */
	socklen_t address_len;
	bool is_shared; /* all workers share it: a unix socket, or one of
			   systemd */
	bool is_passed; /* by systemd: its name is not removed */
	dev_t dev; /* of the name, which is removed only if it is the same */
	ino_t ino;
	int *fds;
	size_t nfds;
	size_t nlistening; /* the first of the sockets; the rest is only bound
			    */
	int backlog;       /* for listener_listen(); 0: the default */
	unsigned users;    /* number of generations that use it */
};

/*
 * Binds the address for nworkers; listener_listen() follows.  Returns NULL with
 * the error text, which contains the remedy.
 */
struct listener *listener_open(
	const struct conf_listen *, size_t nworkers, struct error_text *);

/* Binds a unix socket that only its owner may connect to.  Returns as above. */
struct listener *listener_open_private(
	const struct conf_listen *, struct error_text *);

/* Returns a listener without a socket, for listener_adopt(); the name of the
 * address is not removed.  NULL with errno. */
struct listener *listener_adopt(const struct conf_listen *,
	const struct sockaddr_storage *, bool is_passed);

/* Takes fd over, also on failure.  Returns 0, or -1 with errno. */
int listener_add(struct listener *, int fd);

/* Sets whether listener_close() removes the name of a unix socket; that of
 * systemd is never removed. */
void listener_own_name(struct listener *, bool is_ours);

/* Closes this process's descriptors, while workers keep theirs, and removes
 * the name of a unix socket if it is still the same.  Does nothing for NULL. */
void listener_close(struct listener *);

/* Closes the descriptors only; listener_close() must follow. */
void listener_close_sockets(struct listener *);

/* Adds sockets for more workers; the number never decreases.  Returns 0, or
 * -1 with the error text; sockets that were added stay. */
int listener_grow(struct listener *, size_t nworkers, struct error_text *);

/* Listens: the kernel queues connections from now on.  Returns 0, or -1 with
 * the error text. */
int listener_listen(struct listener *, struct error_text *);

bool listener_is_at(const struct listener *, const struct conf_listen *);

/* Writes the address as it is bound: "127.0.0.1:8080", "[::1]:80",
 * "unix:/run/x".  Returns text. */
const char *listener_name(const struct listener *, char *text, size_t size);

#endif
