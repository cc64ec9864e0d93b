/*
 * Listening sockets that were open before we were: passed by systemd
 * (sd_listen_fds(3)), or by the master whose successor we are.
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

/* What stands for an address in PRONG_SOCKETS: the socket to the old master. */
#define INHERITED_UPGRADE "heir"

struct inherited_socket {
	int fd;
	struct sockaddr_storage address;
	char *name; /* systemd's; NULL: it came from another master */
	bool is_used;
};

struct inherited {
	struct inherited_socket *all;
	size_t n;
};

/*
 * What the environment lists: LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PID, and
 * PRONG_SOCKETS.  0, or -1 with the reason when a descriptor is no listening
 * socket; inherited_close() in any case.
 */
int inherited_open(struct inherited *, struct error_text *);
void inherited_close(struct inherited *);

/*
 * A listener on what was passed for an address: by the address itself, or by
 * name for "systemd:NAME", which may be several.  0, and *l, which is NULL when
 * nothing was passed; or -1 with the reason.  Those of systemd stay with us
 * too, so that an address may leave the configuration and come back.
 */
int inherited_adopt(struct inherited *, const struct conf_listen *,
	struct listener **l, struct error_text *);

/* The first configuration serves: closes what another master had and we do
 * not want, tells of what systemd passed in vain. */
void inherited_settle(struct inherited *, struct log *);

#endif
