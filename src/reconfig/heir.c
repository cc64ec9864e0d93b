/*
 * A word is a datagram: its number, and a text behind it.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/heir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- words -------------------------------------------------------------- */

static void
say(int talk, enum heir_word word, const char *text)
{
	char bytes[1 + ERROR_TEXT_SIZE];
	size_t len = strnlen(text, ERROR_TEXT_SIZE - 1);

	bytes[0] = (char)word;
	memcpy(bytes + 1, text, len);
	(void)!send(talk, bytes, 1 + len, MSG_NOSIGNAL);
}

void
heir_say(int talk, enum heir_word word)
{
	say(talk, word, "");
}

void
heir_say_failed(int talk, const struct error_text *why)
{
	say(talk, HEIR_FAILED, why->text);
}

enum heir_word
heir_hear(int talk, struct error_text *why)
{
	char bytes[1 + ERROR_TEXT_SIZE];
	ssize_t n = recv(talk, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return HEIR_SILENT;
	if (n <= 0)
		return HEIR_GONE;
	bytes[n] = '\0';
	error_text_set(why, "%s", bytes + 1);
	return (enum heir_word)bytes[0];
}

/* ---- the new master ----------------------------------------------------- */

/* The last line of the list. */
static int
find_talk(void)
{
	const char *list = getenv("PRONG_SOCKETS"), *last;
	char *end;
	long fd;

	if (list == NULL)
		return -1;
	last = strrchr(list, '\n');
	fd = strtol(last == NULL ? list : last + 1, &end, 10);
	return strcmp(end, "=" HEIR_TALK) == 0 ? (int)fd : -1;
}

static void
on_words(struct ev_loop *loop, ev_io *w, int events)
{
	struct heir *h = w->data;
	struct error_text unused;

	(void)events;
	if (heir_hear(w->fd, &unused) == HEIR_SILENT)
		return;
	heir_close(h, loop);
	h->on_yours(h->arg);
}

void
heir_open(struct heir *h, void (*on_yours)(void *), void *arg)
{
	*h = (struct heir){
		.talk = find_talk(), .on_yours = on_yours, .arg = arg
	};
	ev_init(&h->words, on_words);
	h->words.data = h;
	if (h->talk != -1)
		fcntl(h->talk, F_SETFD, FD_CLOEXEC);
}

void
heir_close(struct heir *h, struct ev_loop *loop)
{
	if (h->talk == -1)
		return;
	if (loop != NULL)
		ev_io_stop(loop, &h->words);
	close(h->talk);
	h->talk = -1;
}

bool
heir_is_waiting(const struct heir *h)
{
	return h->talk != -1;
}

void
heir_tell_ready(struct heir *h, struct ev_loop *loop, bool takes_connections)
{
	if (h->talk == -1)
		return;
	say(h->talk, HEIR_READY, takes_connections ? HEIR_TAKES : "");
	ev_io_set(&h->words, h->talk, EV_READ);
	ev_io_start(loop, &h->words);
}

void
heir_tell_failed(struct heir *h, const struct error_text *why)
{
	if (h->talk != -1)
		heir_say_failed(h->talk, why);
}
