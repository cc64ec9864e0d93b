/*
 * Listening sockets that were passed to this process by systemd
 * (sd_listen_fds(3)), or by the old master of an upgrade.
 * SPDX-License-Identifier: MIT
 */
#ifndef INHERITED_H
#define INHERITED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/conf.h"
#include "common/error_text.h"
#include "common/log.h"

struct listener;

/* Stands in place of an address in PRONG_SOCKETS: the socket to the old
 * master.  Masters of earlier versions write this word, too: it must stay. */
#define INHERITED_UPGRADE "heir"

struct inherited_socket {
	int fd;
	struct sockaddr_storage address;
	char *name; /* the name from systemd; NULL: passed by the old master */
	bool is_used;
};

struct inherited {
	struct inherited_socket *all;
	size_t n;
};

/*
 * Reads LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID and PRONG_SOCKETS. Returns 0, or
 * -1 with the error text if a descriptor is not a listening socket.  The caller
 * must call inherited_close() in both cases.
 */
int inherited_open(struct inherited *, struct error_text *);
void inherited_close(struct inherited *);

/*
 * Sets *l to a listener on a socket that was passed for the address: with this
 * address, or with the name of "systemd:NAME", which several may have; NULL if
 * none was passed.  Returns 0, or -1 with the error text.  Sockets of systemd
 * stay open here too, so that an address may leave the configuration and come
 * back.
 */
int inherited_adopt(struct inherited *, const struct conf_listen *,
	struct listener **l, struct error_text *);

/* The first configuration serves: closes sockets of the old master that it
 * does not use, and logs those of systemd that it does not use. */
void inherited_settle(struct inherited *, struct log *);

#endif
