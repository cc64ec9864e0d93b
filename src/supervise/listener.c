/*
 * A listening address, from bind to close.
 *
 *   probe (TCP: is the port free?) -> bind, once per worker -> listen -> close
 * SPDX-License-Identifier: MIT
 */
#include "supervise/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/close_fd.h"
#include "supervise/socket_holder.h"

enum {
	UNIX_MODE = 0666, /* permissions as for a TCP port: all users */
	PRIVATE_MODE = 0600,
};

static const char *
unix_path(const struct listener *l)
{
	return ((const struct sockaddr_un *)&l->wanted)->sun_path;
}

static bool
is_unix(const struct listener *l)
{
	return l->wanted.ss_family == AF_UNIX;
}

static int
explain_unix(const struct listener *l, struct error_text *why)
{
	const char *remedy = "";

	switch (errno) {
	case EEXIST:
		return error_text_set(why,
			"%s: a file that is no socket has this name; remove "
			"it or change the address",
			l->text);
	case ENOENT:
		remedy = "; create its directory or change the address";
		break;
	case EACCES:
		remedy = "; let this user write there or change the address";
		break;
	}
	return error_text_set(
		why, "%s: %s%s", l->text, strerror(errno), remedy);
}

static int
explain_use(const struct listener *l, struct error_text *why)
{
	struct socket_holder holder;

	if (socket_holder_find(&l->wanted, &holder) != SOCKET_HOLDER_FOUND)
		return error_text_set(why,
			"%s: address in use; another server listens there: "
			"stop it or change the address",
			l->text);
	if (holder.is_left_over)
		return error_text_set(why,
			"%s: address in use; pid %ld (%s) of a server whose "
			"master was killed still listens there: kill it",
			l->text, (long)holder.pid, holder.name);
	return error_text_set(why,
		"%s: address in use; another server listens there, pid %ld "
		"(%s): stop it or change the address",
		l->text, (long)holder.pid, holder.name);
}

static int
explain_errno(const struct listener *l, struct error_text *why)
{
	char text[ERROR_TEXT_ERRNO];

	switch (errno) {
	case EADDRINUSE:
		return explain_use(l, why);
	case EADDRNOTAVAIL:
		return error_text_set(why,
			"%s: no interface of this machine has that address: "
			"change the address",
			l->text);
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return error_text_set(why,
			"%s: this kernel, container or sandbox has no %s "
			"(ipv6.disable, RestrictAddressFamilies=): remove the "
			"address from \"listen\"",
			l->text,
			is_unix(l)                        ? "Unix sockets"
			: l->wanted.ss_family == AF_INET6 ? "IPv6"
							  : "IPv4");
	case EACCES:
		if (is_unix(l))
			break;
		return error_text_set(why,
			"%s: permission denied; ports below 1024 need root or "
			"CAP_NET_BIND_SERVICE",
			l->text);
	}
	if (is_unix(l))
		return explain_unix(l, why);
	return error_text_set(why, "%s: %s", l->text,
		error_text_errno(errno, text, sizeof(text)));
}

static int
explain_error(const struct listener *l, struct error_text *why)
{
	int error = errno;

	explain_errno(l, why);
	why->error = error;
	return -1;
}

static int
set_option(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

static bool
is_loopback(const struct sockaddr_storage *address)
{
	const void *at = address;
	const struct sockaddr_in *ip4 = at;
	const struct sockaddr_in6 *ip6 = at;

	if (address->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&ip6->sin6_addr);
	return ntohl(ip4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/*
 * Loopback connections need no congestion control.  Where the system's default
 * paces output (bbr), it sets a timer for every packet: a response of 100 KiB
 * costs twice as much, one of 10 MiB four times.  Pacing cannot be turned off
 * after accept(2), so it is set on the listener.  A failure does no harm.
 */
static void
stop_pacing(int fd)
{
#ifdef TCP_CONGESTION
	static const char control[] = "reno";

	setsockopt(
		fd, IPPROTO_TCP, TCP_CONGESTION, control, sizeof(control) - 1);
#else
	(void)fd;
#endif
}

/* Accepted sockets inherit these from the listener (Linux, BSD). */
static int
set_options(int fd, const struct sockaddr_storage *address, bool is_probe)
{
	int family = address->ss_family;

	if (is_loopback(address))
		stop_pacing(fd);
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR) == -1)
		return -1;
	if (family == AF_INET6 &&
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1)
		return -1;
	if (!is_probe && set_option(fd, SOL_SOCKET, SO_REUSEPORT) == -1)
		return -1;
	/* The kernel passes a connection on when its request has arrived, or
	 * after a second: the worker can read and answer at once, and need
	 * not have the kernel watch it (28 % of the cost of a short
	 * connection). */
	if (set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) == -1)
		return -1;
	return set_option(fd, IPPROTO_TCP, TCP_NODELAY);
}

static int
open_tcp(const struct sockaddr_storage *address, socklen_t len, bool is_probe)
{
	int family = address->ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (set_options(fd, address, is_probe) == -1 ||
		bind(fd, (const struct sockaddr *)address, len) == -1)
		return close_keeping_errno(fd);
	return fd;
}

/*
 * Two servers of one user could share a port with SO_REUSEPORT without an
 * error, so the port is bound without it first.  This also finds the port if it
 * is 0.
 */
static int
probe_port(struct listener *l)
{
	socklen_t len = sizeof(l->bound);
	int fd = open_tcp(&l->wanted, l->address_len, true);

	if (fd == -1)
		return -1;
	if (getsockname(fd, (struct sockaddr *)&l->bound, &len) == -1)
		return close_keeping_errno(fd);
	close(fd);
	return 0;
}

/* Takes fd over; it is closed if there is no memory. */
static int
add_socket(struct listener *l, int fd)
{
	int *fds = realloc(l->fds, (l->nfds + 1) * sizeof(*fds));

	if (fds == NULL)
		return close_keeping_errno(fd);
	l->fds = fds;
	l->fds[l->nfds++] = fd;
	return 0;
}

/* Returns true if a server listens on the socket; otherwise a crash left the
 * name behind. */
static bool
is_answered(const struct listener *l)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd == -1)
		return true;
	rc = connect(fd, (const struct sockaddr *)&l->wanted, l->address_len);
	rc = rc == -1 && (errno == ECONNREFUSED || errno == ENOENT);
	close(fd);
	return !rc;
}

static int
remove_stale(const struct listener *l)
{
	struct stat st;

	if (lstat(unix_path(l), &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (S_ISSOCK(st.st_mode) && !is_answered(l))
		return unlink(unix_path(l));
	errno = S_ISSOCK(st.st_mode) ? EADDRINUSE : EEXIST;
	return -1;
}

static int
note_name(struct listener *l)
{
	struct stat st;

	if (lstat(unix_path(l), &st) == -1)
		return -1;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

/* Sets the mode before bind(2): a later chmod(2) would follow a symbolic
 * link that another user has put there. */
static int
bind_with_mode(int fd, const struct listener *l, mode_t mode)
{
	mode_t old = umask(~mode & 0777);
	int rc = bind(fd, (const struct sockaddr *)&l->wanted, l->address_len);

	umask(old);
	return rc;
}

static int
open_unix(struct listener *l, mode_t mode)
{
	int fd;

	if (remove_stale(l) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (bind_with_mode(fd, l, mode) == -1)
		return close_keeping_errno(fd);
	if (note_name(l) == -1) {
		unlink(unix_path(l));
		return close_keeping_errno(fd);
	}
	return add_socket(l, fd);
}

/* Returns NULL with errno. */
static struct listener *
make_listener(const struct conf_listen *from)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->text = strdup(from->text);
	if (l->text == NULL) {
		free(l);
		return NULL;
	}
	l->wanted = from->address;
	l->bound = from->address;
	l->address_len = from->address_len;
	l->is_shared = from->address.ss_family == AF_UNIX;
	return l;
}

static struct listener *
open_listener(const struct conf_listen *from, size_t nworkers, mode_t mode,
	struct error_text *why)
{
	struct listener *l;
	int rc;

	if (from->address_len == 0) {
		error_text_set(why,
			"%s: systemd passed no socket of that name; is the "
			"socket unit started, and FileDescriptorName= right?",
			from->text);
		return NULL;
	}
	l = make_listener(from);
	if (l == NULL) {
		error_text_no_memory(why, from->text);
		return NULL;
	}
	rc = is_unix(l) ? open_unix(l, mode) : probe_port(l);
	if (rc == -1)
		explain_error(l, why);
	else
		rc = listener_grow(l, nworkers, why);
	if (rc == 0)
		return l;
	listener_close(l);
	return NULL;
}

struct listener *
listener_open(
	const struct conf_listen *from, size_t nworkers, struct error_text *why)
{
	return open_listener(from, nworkers, UNIX_MODE, why);
}

struct listener *
listener_open_private(const struct conf_listen *from, struct error_text *why)
{
	return open_listener(from, 1, PRIVATE_MODE, why);
}

struct listener *
listener_adopt(const struct conf_listen *from,
	const struct sockaddr_storage *at, bool is_passed)
{
	struct listener *l = make_listener(from);

	if (l == NULL)
		return NULL;
	l->wanted = l->bound = *at;
	l->is_passed = is_passed;
	l->is_shared = is_passed || is_unix(l);
	return l;
}

void
listener_own_name(struct listener *l, bool is_ours)
{
	l->ino = 0;
	if (is_ours && is_unix(l) && !l->is_passed)
		note_name(l);
}

int
listener_add(struct listener *l, int fd)
{
	if (add_socket(l, fd) == -1)
		return -1;
	l->nlistening = l->nfds;
	return 0;
}

int
listener_grow(struct listener *l, size_t nworkers, struct error_text *why)
{
	while (!l->is_shared && l->nfds < nworkers) {
		int fd = open_tcp(&l->bound, l->address_len, false);

		if (fd == -1 || add_socket(l, fd) == -1)
			return explain_error(l, why);
	}
	return 0;
}

int
listener_listen(struct listener *l, struct error_text *why)
{
	int backlog = l->backlog > 0 ? l->backlog : LISTENER_BACKLOG;

	/* Of a socket that listens already, listen(2) changes the backlog. */
	for (size_t i = l->backlog > 0 ? 0 : l->nlistening; i < l->nfds; i++) {
		if (listen(l->fds[i], backlog) == -1)
			return explain_error(l, why);
		if (i == l->nlistening)
			l->nlistening++;
	}
	return 0;
}

void
listener_close_sockets(struct listener *l)
{
	for (size_t i = 0; i < l->nfds; i++)
		close(l->fds[i]);
	l->nfds = l->nlistening = 0;
}

/* Another server may have replaced the name. */
static void
remove_name(const struct listener *l)
{
	struct stat st;

	if (l->ino != 0 && lstat(unix_path(l), &st) == 0 &&
		st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(unix_path(l));
}

void
listener_close(struct listener *l)
{
	if (l == NULL)
		return;
	listener_close_sockets(l);
	remove_name(l);
	free(l->fds);
	free(l->text);
	free(l);
}

bool
listener_is_at(const struct listener *l, const struct conf_listen *from)
{
	if (from->address_len == 0)
		return strcmp(l->text, from->text) == 0;
	return l->address_len == from->address_len &&
	       memcmp(&l->wanted, &from->address, from->address_len) == 0;
}

const char *
listener_name(const struct listener *l, char *text, size_t size)
{
	char host[NI_MAXHOST], port[8];

	if (is_unix(l) ||
		getnameinfo((const struct sockaddr *)&l->bound, l->address_len,
			host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(text, size, "%s", l->text);
	else if (l->bound.ss_family == AF_INET6)
		snprintf(text, size, "[%s]:%s", host, port);
	else
		snprintf(text, size, "%s:%s", host, port);
	return text;
}
