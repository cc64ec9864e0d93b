/*
 * LISTEN_FDS counts from descriptor 3.  PRONG_SOCKETS has a line FD=ADDRESS for
 * each socket of the old master of an upgrade, FD=systemd:NAME for those that
 * systemd had passed to it, and a last line for upgrade_new.c.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervise/listener.h"

enum { FIRST_FD = 3, MOST_FDS = 65536 };

static const char by_name[] = "systemd:";

/* ---- what was passed ---------------------------------------------------- */

static bool
is_listening(int fd)
{
	int on = 0, type = 0;
	socklen_t len = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 &&
	       on != 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_STREAM;
}

/* Takes the descriptor over.  The process that opened it may have left it
 * blocking, and an accept(2) that waits would block a worker. */
static int
add_descriptor(
	struct inherited *in, int fd, const char *name, struct error_text *why)
{
	struct inherited_socket *s;
	socklen_t len = sizeof(s->address);

	if (!is_listening(fd))
		return error_text_set(why,
			"the inherited descriptor %d is no listening stream "
			"socket; a socket unit needs Accept=no",
			fd);
	s = realloc(in->all, (in->n + 1) * sizeof(*in->all));
	if (s == NULL)
		return error_text_no_memory(why, "the inherited sockets");
	in->all = s;
	s = &in->all[in->n++];
	*s = (struct inherited_socket){ .fd = fd };
	if (name != NULL && (s->name = strdup(name)) == NULL)
		return error_text_no_memory(why, "the inherited sockets");
	if (getsockname(fd, (struct sockaddr *)&s->address, &len) == -1 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
		fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return error_text_set(why, "the inherited descriptor %d: %s",
			fd, strerror(errno));
	return 0;
}

static int
take_from_systemd(struct inherited *in, struct error_text *why)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	char *list, *rest;
	long count;
	int rc = 0;

	if (pid == NULL || fds == NULL || strtol(pid, NULL, 10) != getpid())
		return 0;
	list = rest = strdup(names == NULL ? "" : names);
	if (list == NULL)
		return error_text_no_memory(why, "the inherited sockets");
	count = strtol(fds, NULL, 10);
	for (int i = 0; rc == 0 && i < count && i < MOST_FDS; i++) {
		const char *name = strsep(&rest, ":");

		rc = add_descriptor(
			in, FIRST_FD + i, name == NULL ? "" : name, why);
	}
	free(list);
	return rc;
}

static int
take_line(struct inherited *in, const char *line, struct error_text *why)
{
	const char *address = strchr(line, '=');

	if (address++ == NULL)
		return 0;
	if (strcmp(address, INHERITED_UPGRADE) == 0)
		return 0;
	if (strncmp(address, by_name, strlen(by_name)) == 0)
		address += strlen(by_name);
	else
		address = NULL;
	return add_descriptor(in, (int)strtol(line, NULL, 10), address, why);
}

static int
take_from_master(struct inherited *in, struct error_text *why)
{
	const char *sockets = getenv("PRONG_SOCKETS");
	char *list, *rest;
	int rc = 0;

	if (sockets == NULL)
		return 0;
	list = rest = strdup(sockets);
	if (list == NULL)
		return error_text_no_memory(why, "the inherited sockets");
	while (rc == 0 && rest != NULL)
		rc = take_line(in, strsep(&rest, "\n"), why);
	free(list);
	return rc;
}

int
inherited_open(struct inherited *in, struct error_text *why)
{
	*in = (struct inherited){ .n = 0 };
	if (take_from_systemd(in, why) == -1)
		return -1;
	return take_from_master(in, why);
}

static void
close_unused(struct inherited_socket *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	free(s->name);
	s->name = NULL;
}

void
inherited_close(struct inherited *in)
{
	for (size_t i = 0; i < in->n; i++)
		close_unused(&in->all[i]);
	free(in->all);
	*in = (struct inherited){ .n = 0 };
}

/* ---- what is wanted ----------------------------------------------------- */

static bool
is_for(const struct inherited_socket *s, const struct conf_listen *l)
{
	if (s->fd == -1)
		return false;
	if (strncmp(l->text, by_name, strlen(by_name)) == 0)
		return s->name != NULL &&
		       strcmp(s->name, l->text + strlen(by_name)) == 0;
	return memcmp(&s->address, &l->address, l->address_len) == 0;
}

static int
append_socket(struct listener **l, struct inherited_socket *s,
	const struct conf_listen *from)
{
	int fd;

	if (*l == NULL)
		*l = listener_adopt(from, &s->address, s->name != NULL);
	if (*l == NULL)
		return -1;
	fd = fcntl(s->fd, F_DUPFD_CLOEXEC, FIRST_FD);
	if (fd == -1 || listener_add(*l, fd) == -1)
		return -1;
	s->is_used = true;
	return 0;
}

int
inherited_adopt(struct inherited *in, const struct conf_listen *from,
	struct listener **l, struct error_text *why)
{
	*l = NULL;
	for (size_t i = 0; in != NULL && i < in->n; i++) {
		if (!is_for(&in->all[i], from) ||
			append_socket(l, &in->all[i], from) == 0)
			continue;
		error_text_set(why, "%s: %s", from->text, strerror(errno));
		why->error = errno;
		listener_close(*l);
		*l = NULL;
		return -1;
	}
	return 0;
}

/* "127.0.0.1:80", "[::1]:80", "unix:/run/x". */
static void
print_address(const struct sockaddr_storage *at, char *text, size_t size)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)at;
	char host[NI_MAXHOST], port[8];
	bool is_ipv6 = at->ss_family == AF_INET6;

	if (at->ss_family == AF_UNIX)
		snprintf(text, size, "unix:%s", un->sun_path);
	else if (getnameinfo((const struct sockaddr *)at,
			 is_ipv6 ? sizeof(struct sockaddr_in6)
				 : sizeof(struct sockaddr_in),
			 host, sizeof(host), port, sizeof(port),
			 NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(text, size, "a socket of family %d", at->ss_family);
	else
		snprintf(text, size, is_ipv6 ? "[%s]:%s" : "%s:%s", host, port);
}

static void
warn_unused(const struct inherited_socket *s, struct log *log)
{
	bool has_name = s->name != NULL && *s->name != '\0';
	char address[NI_MAXHOST + 16];

	print_address(&s->address, address, sizeof(address));
	log_warnx(log, "systemd passed %s%s%s%s%s, but \"listen\" lacks it",
		address, has_name ? " (" : "", has_name ? by_name : "",
		has_name ? s->name : "", has_name ? ")" : "");
}

/*
 * The configuration no longer has the address, and the old master cannot close
 * it: its workers have the socket but accept nothing, so clients that connect
 * would wait until the last of them exits.  shutdown(2) ends the socket in all
 * processes.
 */
static void
end_listening(const struct inherited_socket *s)
{
	if (s->fd == -1 || s->is_used)
		return;
	if (s->address.ss_family == AF_UNIX)
		unlink(((const struct sockaddr_un *)&s->address)->sun_path);
	shutdown(s->fd, SHUT_RD);
}

void
inherited_settle(struct inherited *in, struct log *log)
{
	for (size_t i = 0; i < in->n; i++) {
		struct inherited_socket *s = &in->all[i];

		if (s->name != NULL) {
			if (!s->is_used)
				warn_unused(s, log);
			continue;
		}
		end_listening(s);
		close_unused(s);
	}
}
