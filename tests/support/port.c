/*
 * To ask the kernel for a free port, close it and let a server bind it is a
 * race: any client may get it meanwhile, or connect to itself there.  So each
 * test process takes a block of ports below those that clients get, by the
 * name of an abstract socket: the kernel gives it to one, and takes it back.
 * SPDX-License-Identifier: MIT
 */
#include "support/port.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST = 10000, EACH = 16, BLOCKS = 1400 }; /* to 32399 */

static bool
take_block(int block)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1;

	ck_assert_int_ne(fd, -1);
	len += (socklen_t)snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
		"prong-test-ports-%d", block);
	if (bind(fd, (struct sockaddr *)&name, len) == 0)
		return true;
	close(fd);
	return false;
}

static int
find_block(void)
{
	int start = (int)getpid() % BLOCKS;

	for (int i = 0; i < BLOCKS; i++)
		if (take_block((start + i) % BLOCKS))
			return (start + i) % BLOCKS;
	ck_abort_msg("no block of ports is free");
}

/* True if no program listens there that does not know of blocks. */
static bool
is_free(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free;

	ck_assert_int_ne(fd, -1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	is_free = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return is_free;
}

int
port_take(void)
{
	static int block = -1, next;
	int port;

	if (block == -1)
		block = find_block();
	for (int i = 0; i < EACH; i++) {
		port = FIRST + block * EACH + next++ % EACH;
		if (is_free(port))
			return port;
	}
	ck_abort_msg("no port of block %d is free", block);
}
