/*
 * Preloaded: epoll_ctl(2) refuses to add descriptors while the file that
 * $REFUSE_EPOLL names has a line "KIND ERRNO"; KIND is "connections", TCP
 * sockets that were accepted; "listeners"; or "all".
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
is_listener(int fd)
{
	int yes = 0;
	socklen_t len = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &len) == 0 &&
	       yes != 0;
}

static int
is_connection(int fd)
{
	struct sockaddr_in6 peer;
	socklen_t len = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
	       (peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6);
}

static int
is_of_kind(int fd, const char *kind)
{
	if (strcmp(kind, "connections") == 0)
		return is_connection(fd);
	if (strcmp(kind, "listeners") == 0)
		return is_listener(fd);
	return strcmp(kind, "all") == 0;
}

/* 0: taken. */
static int
refusal(int fd)
{
	const char *path = getenv("REFUSE_EPOLL");
	FILE *from = path == NULL ? NULL : fopen(path, "re");
	char kind[32];
	int error = 0;

	if (from == NULL)
		return 0;
	if (fscanf(from, "%31s %d", kind, &error) != 2 || !is_of_kind(fd, kind))
		error = 0;
	fclose(from);
	return error;
}

int
epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	int error = op == EPOLL_CTL_ADD ? refusal(fd) : 0;

	if (error == 0)
		return (int)syscall(SYS_epoll_ctl, epoll, op, fd, event);
	errno = error;
	return -1;
}
