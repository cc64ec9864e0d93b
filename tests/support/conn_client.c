/*
 * SPDX-License-Identifier: MIT
 */
#include "support/conn_client.h"

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct fake_worker fake;
char got[CONN_CLIENT_GOT];

void
conn_client_set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_write(&fake, "a", "hello\n", 6);
	fake_worker_add_route(&fake, "/");
}

void
conn_client_send(int fd, const char *text)
{
	ck_assert_int_eq(
		send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

ssize_t
conn_client_receive(int fd)
{
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

	if (n == 0)
		return -1;
	if (n == -1) {
		ck_assert_int_eq(errno, EAGAIN);
		n = 0;
	}
	got[n] = '\0';
	return n;
}
