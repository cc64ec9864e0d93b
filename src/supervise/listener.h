/*
 * A listening address and its sockets.  They belong to the address, not to a
 * worker: the master keeps them over reloads and crashes, so that nothing the
 * kernel queued is lost.  TCP: one SO_REUSEPORT socket for every worker; unix
 * sockets and those from systemd: one that all share.  Never shutdown(2) one:
 * that resets the queue in every process. SPDX-License-Identifier: MIT
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
	struct listener *next;          /* in the master's set */
	char *text;                     /* as configured */
	struct sockaddr_storage wanted; /* as configured */
	struct sockaddr_storage bound;  /* with the port the kernel chose */
	socklen_t address_len;
	bool is_shared; /* for all workers: a unix socket, or systemd's */
	bool is_passed; /* by systemd: its name is not ours to remove */
	dev_t dev;      /* of its name, so that we remove only ours */
	ino_t ino;
	int *fds;
	size_t nfds;
	size_t nlistening; /* the first ones; the rest is bound only */
	unsigned users;    /* generations that listen here */
};

/*
 * Binds the address for nworkers; listen(2) comes later.  NULL with the
 * reason, which says what to do about it.
 */
struct listener *listener_open(
	const struct conf_listen *, size_t nworkers, struct error_text *);

/* The same for a unix socket that only its owner may connect to. */
struct listener *listener_open_private(
	const struct conf_listen *, struct error_text *);

/* One without a socket, for those that listen already at an address.  Its name
 * is not ours.  NULL with errno. */
struct listener *listener_adopt(const struct conf_listen *,
	const struct sockaddr_storage *, bool is_passed);

/* Takes fd over in any case.  0, or -1 with errno. */
int listener_add(struct listener *, int fd);

/* Is the name of a unix socket ours to remove?  systemd's never is. */
void listener_own_name(struct listener *, bool is_ours);

/* Closes our descriptors (workers keep theirs) and removes the name of a unix
 * socket if it is still ours.  NULL is fine. */
void listener_close(struct listener *);

/* The descriptors alone; listener_close() is still to come. */
void listener_close_sockets(struct listener *);

/* More sockets, for more workers; there are never fewer.  0, or -1 with the
 * reason; sockets that were added stay. */
int listener_grow(struct listener *, size_t nworkers, struct error_text *);

/* From now on the kernel queues connections.  0, or -1 with the reason. */
int listener_listen(struct listener *, struct error_text *);

bool listener_is_at(const struct listener *, const struct conf_listen *);

/* The address as it is bound: "127.0.0.1:8080", "[::1]:80", "unix:/run/x".
 * Returns text. */
const char *listener_name(const struct listener *, char *text, size_t size);

#endif
