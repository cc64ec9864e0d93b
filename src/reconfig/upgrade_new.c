/*
 * A message is a datagram: its kind, and a text.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervise/inherited.h"

enum { ERRORS_MAX = 64 * 1024, ROOM_LIMIT = 1000 /* milliseconds */ };

/* ---- words -------------------------------------------------------------- */

void
upgrade_send(int fd, enum upgrade_message word, const char *text)
{
	char bytes[1 + ERROR_TEXT_SIZE];
	size_t len = strnlen(text, ERROR_TEXT_SIZE - 1);

	bytes[0] = (char)word;
	memcpy(bytes + 1, text, len);
	(void)!send(fd, bytes, 1 + len, MSG_NOSIGNAL);
}

void
upgrade_send_failed(int fd, const struct error_text *why)
{
	upgrade_send(fd, UPGRADE_FAILED, why->text);
}

enum upgrade_message
upgrade_recv(int fd, struct error_text *why)
{
	char bytes[1 + ERROR_TEXT_SIZE];
	ssize_t n = recv(fd, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return UPGRADE_NOTHING;
	if (n <= 0)
		return UPGRADE_GONE;
	bytes[n] = '\0';
	error_text_set(why, "%s", bytes + 1);
	return (enum upgrade_message)bytes[0];
}

/* ---- the new master ----------------------------------------------------- */

/* Finds the descriptor in the last line of PRONG_SOCKETS. */
static int
find_fd(void)
{
	const char *list = getenv("PRONG_SOCKETS"), *last;
	char *end;
	long fd;

	if (list == NULL)
		return -1;
	last = strrchr(list, '\n');
	fd = strtol(last == NULL ? list : last + 1, &end, 10);
	return strcmp(end, "=" INHERITED_UPGRADE) == 0 ? (int)fd : -1;
}

static void
on_message(struct ev_loop *loop, ev_io *w, int events)
{
	struct upgrade_peer *h = w->data;
	struct error_text waiting;
	enum upgrade_message word = upgrade_recv(w->fd, &waiting);

	(void)events;
	if (word == UPGRADE_NOTHING)
		return;
	upgrade_peer_close(h, loop);
	h->on_released(h->arg, word == UPGRADE_RELEASED ? waiting.text : "");
}

void
upgrade_peer_open(struct upgrade_peer *h,
	void (*on_released)(void *, const char *waiting), void *arg)
{
	*h = (struct upgrade_peer){
		.fd = find_fd(), .on_released = on_released, .arg = arg
	};
	h->is_forced = h->fd != -1 && getenv(UPGRADE_FORCE) != NULL;
	ev_init(&h->io, on_message);
	h->io.data = h;
	if (h->fd != -1)
		fcntl(h->fd, F_SETFD, FD_CLOEXEC);
}

void
upgrade_peer_close(struct upgrade_peer *h, struct ev_loop *loop)
{
	if (h->fd == -1)
		return;
	if (loop != NULL)
		ev_io_stop(loop, &h->io);
	close(h->fd);
	h->fd = -1;
}

bool
upgrade_peer_is_waiting(const struct upgrade_peer *h)
{
	return h->fd != -1;
}

void
upgrade_peer_tell_ready(
	struct upgrade_peer *h, struct ev_loop *loop, bool takes_connections)
{
	if (h->fd == -1)
		return;
	upgrade_send(h->fd, UPGRADE_READY,
		takes_connections ? UPGRADE_TAKES_CONNS : "");
	ev_io_set(&h->io, h->fd, EV_READ);
	ev_io_start(loop, &h->io);
}

void
upgrade_peer_tell_failed(struct upgrade_peer *h, const struct error_text *why)
{
	if (h->fd != -1)
		upgrade_send_failed(h->fd, why);
}

/* Earlier masters ignore errors without text, and take no other message before
 * READY, for which there has to be room: none is sent before the last one was
 * read. */
void
upgrade_peer_tell_progress(const struct upgrade_peer *h)
{
	int unread;

	if (h->fd != -1 && ioctl(h->fd, SIOCOUTQ, &unread) == 0 && unread == 0)
		upgrade_send(h->fd, UPGRADE_ERRORS, "");
}

/* The old master reads concurrently: if the channel is full, there will be
 * room in a moment. */
static bool
has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, ROOM_LIMIT) == 1 && (p.revents & POLLOUT);
}

void
upgrade_peer_tell_errors(struct upgrade_peer *h, const char *errors)
{
	size_t left = strnlen(errors, ERRORS_MAX);

	while (h->fd != -1 && left > 0 && has_room(h->fd)) {
		struct error_text piece;
		size_t n =
			left < ERROR_TEXT_SIZE - 1 ? left : ERROR_TEXT_SIZE - 1;

		error_text_set(&piece, "%.*s", (int)n, errors);
		upgrade_send(h->fd, UPGRADE_ERRORS, piece.text);
		errors += n;
		left -= n;
	}
}
