/*
 * A client of the control socket:
 *
 *   read a line -> on_request ... control_answer -> write the line -> again
 *
 * While a request waits for its answer nothing more is read from its client.
 * SPDX-License-Identifier: MIT
 */
#include "control/control.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/control_request.h"
#include "supervise/inherited.h"

enum { TIMEOUT = 10 /* seconds */ };

#define ACCEPT_PAUSE 0.1 /* seconds */

/* The answer if there is no memory for another one. */
static char no_memory[] =
	"{\"ok\":false,\"reason\":\"no memory for the answer; "
	"the error log has the outcome\"}\n";

static void
drop_answer(struct control_client *c)
{
	if (c->answer != no_memory)
		free(c->answer);
	c->answer = NULL;
}

static void
client_close(struct control_client *c)
{
	struct control_client **at = &c->control->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->control->nclients--;
	ev_timer_stop(c->control->loop, &c->timeout);
	ev_io_stop(c->control->loop, &c->io);
	close(c->io.fd);
	drop_answer(c);
	free(c);
}

static void
watch_client(struct control_client *c, int events)
{
	ev_io_stop(c->control->loop, &c->io);
	ev_io_modify(&c->io, events);
	if (events != 0)
		ev_io_start(c->control->loop, &c->io);
}

/* ---- answers ------------------------------------------------------------ */

static void
finish_answer(struct control_client *c)
{
	struct ev_loop *loop = c->control->loop;
	bool has_line = memchr(c->line, '\n', c->used) != NULL;

	drop_answer(c);
	if (c->is_last && !has_line && !c->until_eof) {
		client_close(c);
		return;
	}
	watch_client(c, c->until_eof ? 0 : EV_READ);
	if (c->until_eof)
		ev_timer_stop(loop, &c->timeout);
	else
		ev_timer_again(loop, &c->timeout);
	if (has_line && !c->until_eof)
		ev_feed_event(loop, &c->io, EV_READ);
}

static void
write_answer(struct control_client *c)
{
	ssize_t n = send(c->io.fd, c->answer + c->sent, c->len - c->sent,
		MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		client_close(c);
		return;
	}
	c->sent += n > 0 ? (size_t)n : 0;
	if (c->sent == c->len)
		finish_answer(c);
}

/* The answer is written from the loop, so that the client exists until the
 * caller has returned. */
static void
send_answer(struct control_client *c, char *text, size_t len)
{
	assert(c->answer == NULL);
	c->answer = text;
	c->len = len;
	c->sent = 0;
	c->is_waiting = false;
	ev_timer_again(c->control->loop, &c->timeout);
	watch_client(c, EV_WRITE);
}

/* A newline replaces the terminator.  Returns the length with it. */
static size_t
terminate_line(char *text)
{
	size_t len = strlen(text);

	text[len] = '\n';
	return len + 1;
}

void
control_answer(struct control_client *c, json_t *value)
{
	char *text = json_dumps(value,
		JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));

	json_decref(value);
	send_answer(c, text == NULL ? no_memory : text,
		text == NULL ? strlen(no_memory) : terminate_line(text));
}

void
control_answer_line(struct control_client *c, char *line)
{
	if (line == NULL)
		line = no_memory;
	send_answer(c, line, strlen(line));
}

json_t *
control_text(const char *text, size_t len)
{
	json_t *value = json_stringn(text, len);
	char *copy;

	if (value != NULL)
		return value;
	copy = strndup(text, len);
	if (copy == NULL)
		return NULL;
	for (char *c = copy; *c != '\0'; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

static void
refuse_request(struct control_client *c, const char *why)
{
	control_answer(c, json_pack("{s:b,s:s}", "ok", 0, "reason", why));
}

/* ---- requests ----------------------------------------------------------- */

static void
take_line(struct control_client *c, size_t len)
{
	struct control_request request = { .workers = 0 };
	const char *wrong = control_request_parse(&request, c->line, len);

	c->used -= len + 1;
	memmove(c->line, c->line + len + 1, c->used);
	c->is_waiting = true;
	watch_client(c, 0);
	ev_timer_stop(c->control->loop, &c->timeout);
	if (wrong == NULL)
		c->control->on_request(c->control->arg, c, &request);
	else
		refuse_request(c, wrong);
}

static void
take_lines(struct control_client *c)
{
	char *end = memchr(c->line, '\n', c->used);

	if (end != NULL) {
		take_line(c, (size_t)(end - c->line));
	} else if (c->used == sizeof(c->line)) {
		c->is_last = true;
		refuse_request(c, "the request is too long");
	} else if (c->is_last) {
		client_close(c);
	}
}

/* The client may have shut down its sending side only: its last request is
 * answered first. */
static void
read_request(struct control_client *c)
{
	ssize_t n = recv(c->io.fd, c->line + c->used, sizeof(c->line) - c->used,
		MSG_DONTWAIT);

	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		client_close(c);
		return;
	}
	if (n > 0)
		c->used += (size_t)n;
	if (n == 0)
		c->is_last = true;
	if (n >= 0)
		take_lines(c);
}

static void
on_client(struct ev_loop *loop, ev_io *io, int events)
{
	struct control_client *c = io->data;

	(void)loop;
	if (events & EV_ERROR)
		client_close(c); /* epoll refused the descriptor */
	else if (events & EV_WRITE)
		write_answer(c);
	else if (memchr(c->line, '\n', c->used) != NULL)
		take_lines(c);
	else
		read_request(c);
}

static void
on_impatience(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	client_close(timer->data);
}

/* ---- clients come ------------------------------------------------------- */

static bool
is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void
client_open(struct control *control, int fd)
{
	struct control_client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->control = control;
	c->next = control->clients;
	control->clients = c;
	control->nclients++;
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_init(&c->timeout, on_impatience);
	c->timeout.repeat = TIMEOUT;
	c->io.data = c->timeout.data = c;
	if (is_trusted(fd) && control->nclients <= CONTROL_CLIENTS) {
		ev_io_start(control->loop, &c->io);
		ev_timer_again(control->loop, &c->timeout);
		return;
	}
	c->is_last = true;
	refuse_request(c, is_trusted(fd)
				  ? "too many clients at once"
				  : "only root and the server's user may ask");
}

/* Errors of one client, as accept(2) reports them: the next client may be
 * fine. */
static bool
is_passing(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

/* After a shortage of descriptors the client waits, and where epoll refused
 * the socket no event follows: accept(2) is called again after a pause,
 * instead of in a busy loop. */
static void
start_pause(struct control *control)
{
	ev_io_stop(control->loop, &control->io);
	ev_timer_stop(control->loop, &control->pause);
	ev_timer_set(&control->pause, ACCEPT_PAUSE, 0.);
	ev_timer_start(control->loop, &control->pause);
}

/* Watches the socket again. */
static void
on_pause_over(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct control *control = timer->data;

	(void)events;
	if (control->listener != NULL)
		ev_io_start(loop, &control->io);
}

static void
on_listener(struct ev_loop *loop, ev_io *io, int events)
{
	struct control *control = io->data;
	int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)loop;
	/* EV_ERROR: epoll refused the socket (ENOSPC, ENOMEM). */
	if ((events & EV_ERROR) || (fd == -1 && !is_passing(errno)))
		start_pause(control);
	if (fd == -1)
		return;
	if (control->nclients < 2 * CONTROL_CLIENTS)
		client_open(control, fd);
	else
		close(fd);
}

/* ---- the place ---------------------------------------------------------- */

void
control_init(struct control *control, struct ev_loop *loop,
	void (*on_request)(void *, struct control_client *,
		const struct control_request *),
	void *arg)
{
	*control = (struct control){
		.loop = loop, .on_request = on_request, .arg = arg
	};
	ev_init(&control->io, on_listener);
	ev_init(&control->pause, on_pause_over);
	control->io.data = control->pause.data = control;
}

static int
make_address(const char *path, struct conf_listen *at, struct error_text *why)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&at->address;

	*at = (struct conf_listen){ .text = path, .address_len = sizeof(*un) };
	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path))
		return error_text_set(why,
			"control: the path is longer than a socket's may be: "
			"%zu bytes",
			sizeof(un->sun_path) - 1);
	memcpy(un->sun_path, path, strlen(path) + 1);
	return 0;
}

int
control_claim(struct control *control, const char *path, struct error_text *why)
{
	struct conf_listen at;
	struct error_text inner;

	control_cancel(control);
	if (path == NULL)
		return 0;
	if (make_address(path, &at, why) == -1)
		return -1;
	control->is_same = control->listener != NULL &&
			   listener_is_at(control->listener, &at);
	if (control->is_same)
		return 0;
	if (inherited_adopt(control->inherited, &at, &control->next_listener,
		    &inner) == -1)
		return error_text_set(why, "control %.400s", inner.text);
	if (control->next_listener == NULL)
		control->next_listener = listener_open_private(&at, &inner);
	if (control->next_listener == NULL)
		return error_text_set(why, "control %.400s", inner.text);
	if (control->listener != NULL)
		return 0;
	if (listener_listen(control->next_listener, &inner) == 0)
		return 0;
	control_cancel(control);
	return error_text_set(why, "control %.400s", inner.text);
}

void
control_cancel(struct control *control)
{
	listener_close(control->next_listener);
	control->next_listener = NULL;
	control->is_same = false;
}

static void
close_listener(struct control *control)
{
	ev_timer_stop(control->loop, &control->pause);
	ev_io_stop(control->loop, &control->io);
	listener_close(control->listener);
	control->listener = NULL;
}

int
control_replace(struct control *control, struct error_text *why)
{
	if (control->is_same)
		return 0;
	close_listener(control);
	control->listener = control->next_listener;
	control->next_listener = NULL;
	if (control->listener == NULL)
		return 0;
	if (listener_listen(control->listener, why) == -1)
		return -1;
	ev_io_set(&control->io, control->listener->fds[0], EV_READ);
	ev_io_start(control->loop, &control->io);
	return 0;
}

/* What they ask for is not read: it is refused, whatever it is. */
void
control_refuse_queued(struct control *control, const char *why)
{
	const struct listener *l = control->next_listener;
	struct control_client *c;
	int fd = -1;

	while (l != NULL && control->nclients < CONTROL_CLIENTS &&
		(fd = accept4(l->fds[0], NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		client_open(control, fd);
		c = control->clients;
		if (c == NULL || c->io.fd != fd || c->is_last)
			continue;
		c->is_last = true;
		refuse_request(c, why);
	}
}

void
control_hand_over(struct control *control)
{
	if (control->listener != NULL)
		listener_own_name(control->listener, false);
	close_listener(control);
}

void
control_close(struct control *control)
{
	struct control_client *c;

	control_cancel(control);
	close_listener(control);
	while ((c = control->clients) != NULL) {
		if (c->answer != NULL)
			send(c->io.fd, c->answer + c->sent, c->len - c->sent,
				MSG_NOSIGNAL | MSG_DONTWAIT);
		client_close(c);
	}
}
