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
#include <unistd.h>

/* Allocates only the used part of the text. */
struct send_queue_message {
	struct send_queue_message *next;
	struct channel_message m;
};

static void
free_message(struct send_queue_message *o)
{
	while (o->m.nfds > 0)
		close(o->m.fds[--o->m.nfds]);
	free(o);
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

static void
append_message(struct send_queue *box, struct send_queue_message *o)
{
	struct send_queue_message **at = &box->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = o;
	box->count++;
}

void
send_queue_append(struct send_queue *box, struct send_queue *more)
{
	struct send_queue_message **at = &box->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = more->first;
	box->count += more->count;
	*more = (struct send_queue){ .first = NULL };
}

static struct send_queue_message *
new_message(const struct channel_message *m)
{
	size_t len = m->len > 0 ? m->len : strnlen(m->text, CHANNEL_TEXT - 1);
	size_t size = offsetof(struct send_queue_message, m.text) + len + 1;
	struct send_queue_message *o = malloc(size);

	if (o == NULL)
		return NULL;
	o->next = NULL;
	memcpy(&o->m, m, offsetof(struct channel_message, text) + len);
	o->m.len = len;
	o->m.text[len] = '\0';
	return o;
}

int
send_queue_put(struct send_queue *box, const struct channel_message *m)
{
	struct send_queue_message *o = new_message(m);
	int error;

	if (o == NULL)
		return -1;
	if (copy_fds(&o->m, m) == -1) {
		error = errno;
		free_message(o);
		errno = error;
		return -1;
	}
	append_message(box, o);
	return 0;
}

int
send_queue_move(struct send_queue *box, struct channel_message *m)
{
	struct send_queue_message *o = new_message(m);

	if (o == NULL)
		return -1;
	m->nfds = 0;
	append_message(box, o);
	return 0;
}

static void
drop_message(struct send_queue *box, struct send_queue_message **at)
{
	struct send_queue_message *o = *at;

	*at = o->next;
	box->count--;
	free_message(o);
}

int
send_queue_flush(struct send_queue *box, int channel)
{
	while (box->first != NULL) {
		if (channel_send(channel, &box->first->m) == -1)
			return -1;
		drop_message(box, &box->first);
	}
	return 0;
}

static bool
take_message(struct send_queue *box, struct send_queue_message **at,
	struct channel_message *m)
{
	struct send_queue_message *o = *at;

	if (o == NULL)
		return false;
	memcpy(m, &o->m, offsetof(struct channel_message, text) + o->m.len + 1);
	o->m.nfds = 0;
	drop_message(box, at);
	return true;
}

bool
send_queue_take(struct send_queue *box, struct channel_message *m)
{
	return take_message(box, &box->first, m);
}

bool
send_queue_take_kind(struct send_queue *box, enum channel_kind kind,
	struct channel_message *m)
{
	struct send_queue_message **at = &box->first;

	while (*at != NULL && (*at)->m.kind != kind)
		at = &(*at)->next;
	return take_message(box, at, m);
}

void
send_queue_forget_orders(struct send_queue *box)
{
	struct send_queue_message **at = &box->first;

	while (*at != NULL) {
		if ((*at)->m.kind != CHANNEL_CONN &&
			(*at)->m.kind != CHANNEL_BUS)
			drop_message(box, at);
		else
			at = &(*at)->next;
	}
}

void
send_queue_fini(struct send_queue *box)
{
	while (box->first != NULL)
		drop_message(box, &box->first);
}
