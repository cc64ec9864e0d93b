/*
 * Implements sd_notify(3) without its library.  No function waits: a manager
 * that does not read its socket misses a notification.
 * SPDX-License-Identifier: MIT
 */
#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

enum { TEXT = 1024 };

/*
 * Converts "/path", or "@name" in the abstract name space.  Returns 0 for any
 * other name and for one that is too long.
 */
static socklen_t
make_address(const char *name, struct sockaddr_un *un)
{
	size_t len = strlen(name);

	if ((*name != '/' && *name != '@') || len >= sizeof(un->sun_path))
		return 0;
	*un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(un->sun_path, name, len);
	if (*name == '/')
		len++;
	else
		un->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static int
open_socket(const char *name)
{
	struct sockaddr_un un;
	socklen_t len = name == NULL ? 0 : make_address(name, &un);
	int fd;

	if (len == 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&un, len) == -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * Returns half of the allowed interval in seconds; 0 if the watchdog is off or
 * for another process.
 */
static double
watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return (double)strtoull(usec, NULL, 10) / 1e6 / 2;
}

static void
send_text(struct notify *n, const char *text)
{
	if (n->fd != -1)
		(void)!send(
			n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Sends the first lines and a status, cut to one line. */
__attribute__((format(printf, 3, 0))) static void
send_status(struct notify *n, const char *first, const char *fmt, va_list args)
{
	char status[TEXT / 2], text[TEXT];

	vsnprintf(status, sizeof(status), fmt, args);
	status[strcspn(status, "\n")] = '\0';
	snprintf(text, sizeof(text), "%s\nSTATUS=%s", first, status);
	send_text(n, text);
}

static void
on_beat(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	send_text(w->data, "WATCHDOG=1");
}

void
notify_open(struct notify *n)
{
	*n = (struct notify){ .fd = open_socket(getenv("NOTIFY_SOCKET")),
		.interval = watchdog_interval() };
	ev_timer_init(&n->beat, on_beat, n->interval, n->interval);
	n->beat.data = n;
}

void
notify_close(struct notify *n)
{
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

void
notify_start(struct notify *n, struct ev_loop *loop)
{
	if (n->fd != -1 && n->interval > 0)
		ev_timer_start(loop, &n->beat);
}

void
notify_stop(struct notify *n, struct ev_loop *loop)
{
	ev_timer_stop(loop, &n->beat);
}

void
notify_ready(struct notify *n, const char *fmt, ...)
{
	char first[64];
	va_list args;

	snprintf(first, sizeof(first), "READY=1\nMAINPID=%ld", (long)getpid());
	va_start(args, fmt);
	send_status(n, first, fmt, args);
	va_end(args);
}

void
notify_reloading(struct notify *n)
{
	char text[128];

	snprintf(text, sizeof(text),
		"RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reloading",
		clock_now_us());
	send_text(n, text);
}

void
notify_stopping(struct notify *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_status(n, "STOPPING=1", fmt, args);
	va_end(args);
}

__attribute__((format(printf, 3, 4))) static void
send_status_line(struct notify *n, const char *first, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send_status(n, first, fmt, args);
	va_end(args);
}

void
notify_failed(struct notify *n, const char *why, int error)
{
	char first[32] = "STOPPING=1";

	if (error != 0)
		snprintf(first, sizeof(first), "ERRNO=%d", error);
	send_status_line(n, first, "not started: %s", why);
}

void
notify_successor(struct notify *n, pid_t pid)
{
	char first[64];

	snprintf(first, sizeof(first), "MAINPID=%ld", (long)pid);
	send_status_line(n, first, "upgraded: pid %ld serves", (long)pid);
}
