/*
 * The naive server that servers are compared with: a thread per connection,
 * blocking calls, and for every request open, fstat, read and close of the
 * file.  It parses no more than the path and checks nothing.
 *
 *   thread_per_connection PORT ROOT
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_MAX = 16384, PIECE = 65536 };

static int
listen_on(const char *port)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
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

static bool
send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

static bool
send_file(int client, int file, off_t size, bool closes)
{
	char piece[PIECE];
	ssize_t n;

	n = snprintf(piece, sizeof piece,
		"HTTP/1.1 200 OK\r\nContent-Length: %lld\r\n%s\r\n",
		(long long)size, closes ? "Connection: close\r\n" : "");
	do {
		if (!send_all(client, piece, (size_t)n))
			return false;
	} while ((n = read(file, piece, sizeof piece)) > 0);
	return n == 0;
}

/* Returns whether the connection can go on. */
static bool
answer(int client, const char *head)
{
	bool closes = strcasestr(head, "\r\nConnection: close") != NULL;
	bool sent;
	char path[256];
	struct stat st;
	int file;

	if (sscanf(head, "GET /%255[^ ] HTTP", path) != 1 ||
		strstr(path, "..") != NULL)
		return false;
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file == -1)
		return false;
	sent = fstat(file, &st) == 0 &&
	       send_file(client, file, st.st_size, closes);
	close(file);
	return sent && !closes;
}

/* Answers every head that is whole; returns -1 to close, else what is left. */
static ssize_t
answer_all(int client, char *input, size_t length)
{
	char *at = input, *end;

	input[length] = '\0';
	while ((end = strstr(at, "\r\n\r\n")) != NULL) {
		*end = '\0';
		if (!answer(client, at))
			return -1;
		at = end + 4;
	}
	length -= (size_t)(at - input);
	memmove(input, at, length);
	return (ssize_t)length;
}

static void *
on_connection(void *arg)
{
	int client = (int)(intptr_t)arg;
	char input[INPUT_MAX + 1];
	ssize_t have = 0, n;

	while (have >= 0 && have < INPUT_MAX) {
		n = recv(client, input + have, (size_t)(INPUT_MAX - have), 0);
		if (n <= 0)
			break;
		have = answer_all(client, input, (size_t)(have + n));
	}
	close(client);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_attr_t detached;
	int listener, client;

	if (argc != 3)
		errx(2, "usage: thread_per_connection PORT ROOT");
	if (chdir(argv[2]) == -1)
		err(1, "%s", argv[2]);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	listener = listen_on(argv[1]);
	while ((client = accept(listener, NULL, NULL)) != -1) {
		pthread_t thread;

		if (pthread_create(&thread, &detached, on_connection,
			    (void *)(intptr_t)client) != 0)
			close(client);
	}
	err(1, "accept");
}
