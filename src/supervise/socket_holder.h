/*
 * Finds the process that listens on an address (proc(5)).
 * SPDX-License-Identifier: MIT
 */
#ifndef SOCKET_HOLDER_H
#define SOCKET_HOLDER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct socket_holder {
	pid_t pid;
	char name[64]; /* the beginning of its command line, printable */
	/* A process of a prong whose master was killed: it ends when it notices
	 * that. */
	bool is_left_over;
};

enum socket_holder_result {
	SOCKET_HOLDER_NONE,   /* no socket listens there */
	SOCKET_HOLDER_HIDDEN, /* only root sees the processes of other users */
	SOCKET_HOLDER_FOUND,
};

/* Finds a process that listens on the port or path of the address: the master
 * of several; those whose master was killed come last. */
enum socket_holder_result socket_holder_find(
	const struct sockaddr_storage *, struct socket_holder *);

#endif
