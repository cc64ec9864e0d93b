/*
 * What a client may send to the control socket, in pieces as long as the first
 * byte says: each line gets one answer, up to the one that is too long, and
 * the connection ends.
 * SPDX-License-Identifier: MIT
 */
#include "control/control.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error_text.h"
#include "control/control_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct control control;
static struct sockaddr_un place = { .sun_family = AF_UNIX };
static char dir[] = "/tmp/fuzz_control.XXXXXX";

static void
on_request(void *arg, struct control_client *c,
	const struct control_request *request)
{
	(void)arg;
	assert(memchr(request->command, 0, sizeof(request->command)) != NULL);
	control_answer(c, json_pack("{s:b}", "ok", 1));
}

static void
clean_up(void)
{
	unlink(place.sun_path);
	rmdir(dir);
}

static void
start(void)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);
	struct error_text why;

	assert(loop != NULL && mkdtemp(dir) != NULL);
	snprintf(place.sun_path, sizeof(place.sun_path), "%s/s", dir);
	atexit(clean_up);
	control_init(&control, loop, on_request, NULL);
	assert(control_claim(&control, place.sun_path, &why) == 0);
	assert(control_replace(&control, &why) == 0);
}

/* How many lines came; -1: there are no more to come. */
static int
hear(int fd)
{
	char bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int lines = 0;

	if (n <= 0)
		return n == 0 || errno == ECONNRESET ? -1 : 0;
	for (ssize_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return lines;
}

/* Those that an answer is owed to: the last may be too long instead. */
static int
count_lines(const uint8_t *data, size_t size, bool *is_too_long)
{
	size_t len = 0;
	int lines = 0;

	*is_too_long = false;
	for (size_t i = 0; i < size; i++) {
		len = data[i] == '\n' ? 0 : len + 1;
		lines += data[i] == '\n';
		*is_too_long = len == CONTROL_LINE;
		if (*is_too_long)
			break;
	}
	return lines;
}

static int
talk(int fd, const uint8_t *data, size_t size, size_t piece)
{
	int lines = 0, n = 0;
	size_t sent = 0;

	for (size_t turns = 0; n != -1; turns++) {
		if (sent < size && piece > size - sent)
			piece = size - sent;
		if (sent < size && send(fd, data + sent, piece,
					   MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			sent += piece;
		if (sent == size)
			shutdown(fd, SHUT_WR);
		ev_run(control.loop, EVRUN_NOWAIT);
		n = hear(fd);
		lines += n > 0 ? n : 0;
		assert(turns < 4 * size + 64);
	}
	return lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_too_long;
	int fd, expected, got;

	if (size == 0)
		return 0;
	if (control.loop == NULL)
		start();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(connect(fd, (struct sockaddr *)&place, sizeof(place)) == 0);
	expected = count_lines(data + 1, size - 1, &is_too_long);
	got = talk(fd, data + 1, size - 1, data[0] + (size_t)1);
	/* After too long an order, the last answers may be lost in a reset. */
	assert(got == expected || (is_too_long && got <= expected + 1));
	close(fd);
	assert(control.nclients == 0);
	return 0;
}
