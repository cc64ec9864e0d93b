/*
 * A list, oldest first.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/send_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Allocates only the used part of the text. */
struct send_queue_message {
	struct send_queue_message *next;
	struct channel_message m;
};

static void
free_message(struct send_queue_message *e)
{
	while (e->m.nfds > 0)
		close(e->m.fds[--e->m.nfds]);
	free(e);
}

/* Replaces the descriptors by duplicates.  Returns 0, or -1 with errno, and
 * those that were duplicated are in place. */
static int
copy_fds(struct channel_message *to, const struct channel_message *from)
{
	for (to->nfds = 0; to->nfds < from->nfds; to->nfds++) {
		int fd = fcntl(from->fds[to->nfds], F_DUPFD_CLOEXEC, 0);

		if (fd == -1)
			return -1;
		to->fds[to->nfds] = fd;
	}
	return 0;
}

/* Returns where the next message belongs. */
static struct send_queue_message **
find_end(struct send_queue *q)
{
	struct send_queue_message **at = &q->first;

	while (*at != NULL)
		at = &(*at)->next;
	return at;
}

static void
append_message(struct send_queue *q, struct send_queue_message *e)
{
	*find_end(q) = e;
	q->count++;
}

void
send_queue_append(struct send_queue *q, struct send_queue *more)
{
	*find_end(q) = more->first;
	q->count += more->count;
	*more = (struct send_queue){ .first = NULL };
}

static struct send_queue_message *
new_message(const struct channel_message *m)
{
	size_t len = m->len > 0 ? m->len : strnlen(m->text, CHANNEL_TEXT - 1);
	size_t size = offsetof(struct send_queue_message, m.text) + len + 1;
	struct send_queue_message *e = malloc(size);

	if (e == NULL)
		return NULL;
	e->next = NULL;
	memcpy(&e->m, m, offsetof(struct channel_message, text) + len);
	e->m.len = len;
	e->m.text[len] = '\0';
	return e;
}

int
send_queue_put(struct send_queue *q, const struct channel_message *m)
{
	struct send_queue_message *e = new_message(m);
	int error;

	if (e == NULL)
		return -1;
	if (copy_fds(&e->m, m) == -1) {
		error = errno;
		free_message(e);
		errno = error;
		return -1;
	}
	append_message(q, e);
	return 0;
}

int
send_queue_move(struct send_queue *q, struct channel_message *m)
{
	struct send_queue_message *e = new_message(m);

	if (e == NULL)
		return -1;
	m->nfds = 0;
	append_message(q, e);
	return 0;
}

static void
drop_message(struct send_queue *q, struct send_queue_message **at)
{
	struct send_queue_message *e = *at;

	*at = e->next;
	q->count--;
	free_message(e);
}

int
send_queue_flush(struct send_queue *q, int channel)
{
	while (q->first != NULL) {
		if (channel_send(channel, &q->first->m) == -1)
			return -1;
		drop_message(q, &q->first);
	}
	return 0;
}

static bool
take_message(struct send_queue *q, struct send_queue_message **at,
	struct channel_message *m)
{
	struct send_queue_message *e = *at;

	if (e == NULL)
		return false;
	memcpy(m, &e->m, offsetof(struct channel_message, text) + e->m.len + 1);
	e->m.nfds = 0;
	drop_message(q, at);
	return true;
}

bool
send_queue_take(struct send_queue *q, struct channel_message *m)
{
	return take_message(q, &q->first, m);
}

bool
send_queue_take_kind(
	struct send_queue *q, enum channel_kind kind, struct channel_message *m)
{
	struct send_queue_message **at = &q->first;

	while (*at != NULL && (*at)->m.kind != kind)
		at = &(*at)->next;
	return take_message(q, at, m);
}

void
send_queue_forget_orders(struct send_queue *q)
{
	struct send_queue_message **at = &q->first;

	while (*at != NULL) {
		if ((*at)->m.kind != CHANNEL_CONN &&
			(*at)->m.kind != CHANNEL_BUS)
			drop_message(q, at);
		else
			at = &(*at)->next;
	}
}

/* message_check() turned SO_LINGER off, but a worker that has kept a copy of
 * the descriptor can turn it on again. */
void
send_queue_close_fds(struct channel_message *m)
{
	static const struct linger off;

	while (m->nfds > 0) {
		setsockopt(m->fds[--m->nfds], SOL_SOCKET, SO_LINGER, &off,
			sizeof(off));
		close(m->fds[m->nfds]);
	}
}

void
send_queue_fini(struct send_queue *q)
{
	while (q->first != NULL) {
		send_queue_close_fds(&q->first->m);
		drop_message(q, &q->first);
	}
}
