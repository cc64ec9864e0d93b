/*
 * The least that an epoll server can do for a request: one recv, a look for
 * the end of the heads, one send of as many finished answers.  It parses
 * and checks nothing; its CPU time is what servers are held against.
 *
 *   floor_epoll PORT FILE [close]     (close: a connection per request)
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEAD_MAX = 512,
	INPUT_MAX = 16384,
	BATCH = 64,          /* answers that one send may carry */
	BATCH_BYTES = 65536, /* files larger than this go alone */
	EVENTS = 256,
	FDS = 65536,
};

/* What is sent: `copies` equal answers of `one` bytes, back to back. */
struct answers {
	char *bytes;
	size_t one;
	size_t copies;
};

struct server {
	struct answers answers;
	size_t *unsent; /* by descriptor; 0 but after a partial send */
	int poll;
	int listener;
	bool closes;
};

static size_t
read_file(const char *path, char **bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	*bytes = malloc((size_t)st.st_size + 1);
	if (*bytes == NULL ||
		read(fd, *bytes, (size_t)st.st_size) != st.st_size)
		err(1, "read %s", path);
	close(fd);
	return (size_t)st.st_size;
}

/* The fields are those that a file server sends. */
static int
write_head(char *head, size_t length, bool closes)
{
	return snprintf(head, HEAD_MAX,
		"HTTP/1.1 200 OK\r\n"
		"Server: floor\r\n"
		"Date: Mon, 23 Nov 2026 04:01:00 GMT\r\n"
		"Content-Type: text/plain\r\n"
		"Content-Length: %zu\r\n"
		"Last-Modified: Mon, 23 Nov 2026 04:01:00 GMT\r\n"
		"ETag: \"0123456789abcdef\"\r\n"
		"Accept-Ranges: bytes\r\n"
		"%s\r\n",
		length, closes ? "Connection: close\r\n" : "");
}

static void
make_answers(struct answers *answers, const char *path, bool closes)
{
	char head[HEAD_MAX], *body;
	size_t length = read_file(path, &body);
	size_t head_length = (size_t)write_head(head, length, closes);

	answers->one = head_length + length;
	answers->copies = length > BATCH_BYTES ? 1 : BATCH;
	answers->bytes = malloc(answers->one * answers->copies);
	if (answers->bytes == NULL)
		err(1, "malloc");
	for (size_t i = 0; i < answers->copies; i++) {
		char *to = answers->bytes + answers->one * i;

		memcpy(to, head, head_length);
		memcpy(to + head_length, body, length);
	}
	free(body);
}

static int
listen_on(const char *port)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in at = { .sin_family = AF_INET };

	at.sin_port = htons((uint16_t)atoi(port));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) == -1)
		err(1, "bind to port %s", port);
	if (listen(fd, 4096) == -1)
		err(1, "listen");
	return fd;
}

static void
watch(struct server *s, int fd, int how, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(s->poll, how, fd, &event) == -1)
		err(1, "epoll_ctl");
}

static void
drop(struct server *s, int fd)
{
	s->unsent[fd] = 0;
	close(fd);
}

/* Returns how many heads end in this input. */
static size_t
count_heads(const char *input, size_t length)
{
	const char *at = input, *end = input + length;
	size_t count = 0;

	while ((at = memmem(at, (size_t)(end - at), "\r\n\r\n", 4)) != NULL) {
		at += 4;
		count++;
	}
	return count;
}

/* Sends the last `length` bytes of the answers; notes what is left. */
static ssize_t
send_tail(struct server *s, int fd, size_t length)
{
	size_t all = s->answers.one * s->answers.copies;
	ssize_t n;

	n = send(fd, s->answers.bytes + all - length, length, MSG_NOSIGNAL);
	if (n > 0)
		s->unsent[fd] = length - (size_t)n;
	return n;
}

static void
go_on_sending(struct server *s, int fd)
{
	if (send_tail(s, fd, s->unsent[fd]) <= 0)
		drop(s, fd);
	else if (s->unsent[fd] == 0)
		watch(s, fd, EPOLL_CTL_MOD, EPOLLIN);
}

/* Returns false where nothing was there to be read. */
static bool
answer(struct server *s, int fd)
{
	char input[INPUT_MAX];
	ssize_t n = recv(fd, input, sizeof input, 0);
	size_t heads;

	if (n == -1)
		return false;
	heads = count_heads(input, (size_t)n);
	if (heads > s->answers.copies)
		heads = s->answers.copies;
	if (n == 0 || send_tail(s, fd, heads * s->answers.one) < 0 ||
		(s->closes && s->unsent[fd] == 0))
		drop(s, fd);
	else if (s->unsent[fd] != 0)
		watch(s, fd, EPOLL_CTL_MOD, EPOLLOUT);
	return true;
}

/* Where a connection lives for one request, it is tried before epoll. */
static void
accept_all(struct server *s)
{
	int fd;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		if (fd >= FDS)
			errx(1, "too many connections");
		if (!s->closes || !answer(s, fd))
			watch(s, fd, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static void
serve(struct server *s)
{
	struct epoll_event got[EVENTS];

	for (;;) {
		int count = epoll_wait(s->poll, got, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = got[i].data.fd;

			if (fd == s->listener)
				accept_all(s);
			else if (s->unsent[fd] != 0)
				go_on_sending(s, fd);
			else if (!answer(s, fd))
				drop(s, fd);
		}
	}
}

int
main(int argc, char **argv)
{
	struct server s = { .unsent = calloc(FDS, sizeof(size_t)) };

	if (argc != 3 && argc != 4)
		errx(2, "usage: floor_epoll PORT FILE [close]");
	s.closes = argc == 4;
	make_answers(&s.answers, argv[2], s.closes);
	s.listener = listen_on(argv[1]);
	s.poll = epoll_create1(EPOLL_CLOEXEC);
	if (s.unsent == NULL || s.poll == -1)
		err(1, "cannot start");
	watch(&s, s.listener, EPOLL_CTL_ADD, EPOLLIN);
	serve(&s);
}
