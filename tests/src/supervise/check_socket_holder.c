/*
 * Processes that listen, found by their address.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/socket_holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/harness.h"

static struct sockaddr_storage address;

static socklen_t
make_address(int family)
{
	struct sockaddr_in *ip4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *)&address;
	struct sockaddr_un *un = (struct sockaddr_un *)&address;

	memset(&address, 0, sizeof(address));
	address.ss_family = (sa_family_t)family;
	switch (family) {
	case AF_INET:
		ip4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(*ip4);
	case AF_INET6:
		ip6->sin6_addr = in6addr_loopback;
		return sizeof(*ip6);
	default:
		snprintf(un->sun_path, sizeof(un->sun_path),
			"/tmp/check_socket_holder.%ld", (long)getpid());
		return sizeof(*un);
	}
}

/* A socket at a free port, which is in address then. */
static int
listen_at(int family)
{
	socklen_t len = make_address(family);
	int fd = socket(family, SOCK_STREAM, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return fd;
}

static void
close_listener(int fd)
{
	close(fd);
	if (address.ss_family == AF_UNIX)
		unlink(((struct sockaddr_un *)&address)->sun_path);
}

static const int families[] = { AF_INET, AF_INET6, AF_UNIX };

START_TEST(a_process_that_listens_is_found)
{
	int fd = listen_at(families[_i]);
	struct socket_holder holder;

	ck_assert_int_eq(
		socket_holder_find(&address, &holder), SOCKET_HOLDER_FOUND);
	ck_assert_int_eq(holder.pid, getpid());
	ck_assert_ptr_nonnull(strstr(holder.name, "check_socket_h"));
	ck_assert(!holder.is_left_over);
	close_listener(fd);
	ck_assert_int_eq(
		socket_holder_find(&address, &holder), SOCKET_HOLDER_NONE);
}
END_TEST

static const struct {
	const char *name;
	bool is_left_over;
} names[] = {
	{ "prong: worker 0 (generation 1)", true },
	{ "prong: opener", true },
	{ "prong: master /etc/prong.json", false },
	{ "prong", false },
	{ "nginx: worker process", false },
};

/* cat(1) waits for the end of its input; this process is no master. */
START_TEST(a_worker_without_its_master_is_a_leftover)
{
	int fd = listen_at(AF_INET), ends[2];
	struct socket_holder holder;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[0], 0);
		close(ends[1]);
		execl("/bin/cat", names[_i].name, NULL);
		_exit(1);
	}
	close(fd);
	close(ends[0]);
	/* Until it has its name: exec is not the end of fork. */
	do
		ck_assert_int_eq(socket_holder_find(&address, &holder),
			SOCKET_HOLDER_FOUND);
	while (strncmp(holder.name, names[_i].name, strlen(names[_i].name)) !=
		0);
	ck_assert_int_eq(holder.pid, pid);
	ck_assert_int_eq(holder.is_left_over, names[_i].is_left_over);
	close(ends[1]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_process_that_listens_is_found, ROWS(families) },
		{ a_worker_without_its_master_is_a_leftover, ROWS(names) },
	};

	return harness_run("socket_holder", tests, ROWS(tests));
}
