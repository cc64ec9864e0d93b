/*
 * Sends one line and reads one line.
 * SPDX-License-Identifier: MIT
 */
#include "cli/control_client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 16 * 1024 * 1024, CHUNK = 4096 };

int
control_client_open(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(un.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

void
control_client_close(int fd)
{
	close(fd);
}

/* Ignores errors: a server that refuses to read has perhaps sent the reason. */
static void
send_line(int fd, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len, sent = 0;
	ssize_t n = 1;

	assert(text != NULL);
	len = strlen(text) + 1;
	text[len - 1] = '\n';
	while (sent < len && (n > 0 || errno == EINTR)) {
		n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
	}
	free(text);
}

/*
 * Reads one line, which the caller frees.  Returns NULL at EOF, on an error, or
 * if the line is too long.
 */
static char *
read_line(int fd, size_t *len)
{
	char *line = NULL, *end = NULL, *more;
	size_t used = 0;
	ssize_t n;

	while (end == NULL && used < ANSWER_MAX) {
		more = realloc(line, used + CHUNK);
		assert(more != NULL);
		line = more;
		n = recv(fd, line + used, CHUNK, 0);
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		end = n > 0 ? memchr(line + used, '\n', (size_t)n) : NULL;
		used += n > 0 ? (size_t)n : 0;
	}
	if (end == NULL) {
		free(line);
		return NULL;
	}
	*len = (size_t)(end - line);
	return line;
}

json_t *
control_client_ask(int fd, json_t *request, struct error_text *why)
{
	json_t *answer;
	char *line;
	size_t len;

	send_line(fd, request);
	json_decref(request);
	line = read_line(fd, &len);
	if (line == NULL) {
		error_text_set(why,
			"the server closed the connection without an answer: "
			"if it has ended, its error log has the reason");
		return NULL;
	}
	answer = json_loadb(line, len, 0, NULL);
	free(line);
	if (json_is_object(answer))
		return answer;
	json_decref(answer);
	error_text_set(why, "the answer of the server is not a JSON object");
	return NULL;
}

void
control_client_wait(int fd)
{
	char bytes[64];
	ssize_t n;

	do
		n = recv(fd, bytes, sizeof(bytes), 0);
	while (n > 0 || (n == -1 && errno == EINTR));
}
