/*
 * The states in which a worker may send each kind of message.  What a message
 * may hold is in common/channel.c.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/message_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/utf8.h"
#include "supervise/proc.h"

#define IN(state)  (1u << PROC_##state)
#define SENT(kind) (1u << CHANNEL_##kind)

/* LEAVING is a valid state for all: a worker may have sent the message just
 * before it was told to drain. */
struct rule {
	unsigned states;       /* 0: only the master sends it */
	unsigned never_behind; /* kinds of messages that it must not have sent
				  before */
	bool is_served;        /* the worker was sent GO */
};

static const struct rule rules[CHANNEL_KINDS] = {
	[CHANNEL_READY] = { .states = IN(STARTING) | IN(LEAVING),
		.never_behind = SENT(READY) | SENT(FAILED) },
	[CHANNEL_FAILED] = { .states = IN(STARTING) | IN(LEAVING),
		.never_behind = SENT(READY) | SENT(FAILED) },
	[CHANNEL_RECYCLE] = { .states = IN(SERVING) | IN(LEAVING),
		.never_behind = SENT(RECYCLE),
		.is_served = true },
	[CHANNEL_CONN] = { .states = IN(SERVING) | IN(LEAVING),
		.is_served = true },
	[CHANNEL_BUS] = { .states = IN(SERVING) | IN(LEAVING),
		.is_served = true },
	[CHANNEL_ONCE] = { .states = IN(SERVING) | IN(LEAVING),
		.is_served = true },
};

static int
get_option(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value
								     : -1;
}

static bool
is_connection(int fd)
{
	int domain = get_option(fd, SO_DOMAIN);

	return (domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX) &&
	       get_option(fd, SO_TYPE) == SOCK_STREAM &&
	       get_option(fd, SO_ACCEPTCONN) == 0;
}

static bool
are_connections(const struct channel_message *m)
{
	static const struct linger off;

	for (int i = 0; i < m->nfds; i++)
		if (!is_connection(m->fds[i]) ||
			setsockopt(m->fds[i], SOL_SOCKET, SO_LINGER, &off,
				sizeof(off)) == -1)
			return false;
	return true;
}

static int
check_state(
	const struct proc *p, enum channel_kind kind, struct error_text *what)
{
	const struct rule *r = &rules[kind];
	const char *name = channel_limits(kind)->name;

	if (r->states == 0)
		return error_text_set(
			what, "sent %s, which only the master sends", name);
	if ((p->channel.sent & r->never_behind) != 0)
		return error_text_set(what, "sent %s behind %s", name,
			p->channel.sent & SENT(FAILED)    ? "FAILED"
			: p->channel.sent & SENT(RECYCLE) ? "RECYCLE"
							  : "READY");
	if ((r->states & (1u << p->state)) == 0 ||
		(r->is_served && !p->has_served))
		return error_text_set(what, "sent %s while it was %s", name,
			proc_state_name(p->state));
	return 0;
}

int
message_check_content(const struct channel_message *m, struct error_text *what)
{
	const struct channel_limits *l = channel_limits(m->kind);

	if (m->len < l->min_text || m->len > l->max_text)
		return error_text_set(what, "sent %s with %zu bytes of text",
			l->name, m->len);
	if (m->nfds < l->min_fds || m->nfds > l->max_fds)
		return error_text_set(
			what, "sent %s with %d descriptors", l->name, m->nfds);
	if (!are_connections(m))
		return error_text_set(what,
			"sent %s with a descriptor that is not a connection",
			l->name);
	return 0;
}

int
message_check(struct proc *p, const struct channel_message *m,
	struct error_text *what)
{
	if (check_state(p, m->kind, what) == -1 ||
		message_check_content(m, what) == -1)
		return -1;
	p->channel.sent |= 1u << m->kind;
	return 0;
}

void
message_text(const struct channel_message *m, struct error_text *out)
{
	char text[ERROR_TEXT_SIZE];
	size_t used = 0;

	for (size_t i = 0, n;
		i < m->len && used + UTF8_LENGTH_MAX < sizeof(text) - 1;
		i += n) {
		n = utf8_shown_length(m->text + i, m->len - i);
		if (n > 0) {
			memcpy(text + used, m->text + i, n);
			used += n;
			continue;
		}
		n = 1;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"\\x%02x", (unsigned char)m->text[i]);
	}
	text[used] = '\0';
	error_text_set(out, "%s", text);
}
