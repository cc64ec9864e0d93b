/*
 * Listening addresses: what they share, what they refuse, what they leave.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/listener.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervise/inherited.h"
#include "supervise/listeners.h"
#include "support/harness.h"

static struct error_text why;

static struct conf_listen
tcp(uint16_t port)
{
	struct conf_listen c = { .text = "127.0.0.1",
		.address_len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in = (struct sockaddr_in *)&c.address;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return c;
}

static char path[64];

static struct conf_listen
local(void)
{
	struct conf_listen c = { .text = "unix",
		.address_len = sizeof(struct sockaddr_un) };
	struct sockaddr_un *un = (struct sockaddr_un *)&c.address;

	snprintf(path, sizeof(path), "/tmp/check_listener.%ld", (long)getpid());
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	return c;
}

static struct listener *
listening(const struct conf_listen *from, size_t nworkers)
{
	struct listener *l = listener_open(from, nworkers, &why);

	ck_assert_msg(l != NULL, "%s", why.text);
	ck_assert_int_eq(listener_listen(l, &why), 0);
	return l;
}

static uint16_t
port_of(const struct listener *l)
{
	return ntohs(((const struct sockaddr_in *)&l->bound)->sin_port);
}

static bool
connects(const struct listener *l)
{
	int fd = socket(l->bound.ss_family, SOCK_STREAM, 0);
	int rc =
		connect(fd, (const struct sockaddr *)&l->bound, l->address_len);

	close(fd);
	return rc == 0;
}

/* What the next socket(2) fails with; 0: it succeeds. */
static int socket_error;

int
socket(int family, int type, int protocol)
{
	errno = socket_error;
	return socket_error != 0
		       ? -1
		       : (int)syscall(SYS_socket, family, type, protocol);
}

static const struct {
	int error;
	const char *says;
} refusals[] = {
	{ EAFNOSUPPORT, "has no IPv4 (ipv6.disable, "
			"RestrictAddressFamilies=): remove the address from "
			"\"listen\"" },
	{ EPROTONOSUPPORT, "has no IPv4" },
	{ EMFILE, "Too many open files: the limit is " },
	{ ENFILE, "raise fs.file-max" },
};

START_TEST(a_refusal_names_the_limit_and_the_remedy)
{
	struct conf_listen from = tcp(0);

	socket_error = refusals[_i].error;
	ck_assert_ptr_null(listener_open(&from, 1, &why));
	socket_error = 0;
	ck_assert_msg(
		strstr(why.text, refusals[_i].says) != NULL, "%s", why.text);
}
END_TEST

START_TEST(every_worker_has_a_socket_of_its_own_on_one_port)
{
	struct conf_listen from = tcp(0);
	struct listener *l = listening(&from, 3);
	struct sockaddr_in in;
	socklen_t len;

	ck_assert_uint_eq(l->nfds, 3);
	for (size_t i = 0; i < l->nfds; i++) {
		len = sizeof(in);
		getsockname(l->fds[i], (struct sockaddr *)&in, &len);
		ck_assert_uint_eq(ntohs(in.sin_port), port_of(l));
	}
	listener_close(l);
}
END_TEST

#ifdef TCP_CONGESTION
START_TEST(within_the_machine_nothing_is_paced)
{
	struct conf_listen from = tcp(0);
	struct listener *l = listening(&from, 1);
	char control[16] = "";
	socklen_t len = sizeof(control);

	ck_assert_int_eq(getsockopt(l->fds[0], IPPROTO_TCP, TCP_CONGESTION,
				 control, &len),
		0);
	ck_assert_str_eq(control, "reno");
	listener_close(l);
}
END_TEST
#endif

START_TEST(nothing_connects_before_listen)
{
	struct conf_listen from = tcp(0);
	struct listener *l = listener_open(&from, 2, &why);

	ck_assert(!connects(l));
	ck_assert_int_eq(listener_listen(l, &why), 0);
	ck_assert(connects(l));
	listener_close(l);
}
END_TEST

START_TEST(a_port_that_another_listens_on_is_refused)
{
	struct conf_listen any = tcp(0), same;
	struct listener *l = listening(&any, 2);

	same = tcp(port_of(l));
	ck_assert_ptr_null(listener_open(&same, 2, &why));
	ck_assert(strstr(why.text, "address in use") != NULL);
	listener_close(l);
}
END_TEST

/* The kernel tells it in a member that is for other states else. */
static unsigned
backlog_of(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_sacked;
}

START_TEST(more_workers_get_more_sockets_and_fewer_keep_them)
{
	struct conf_listen from = tcp(0);
	struct listener *l = listening(&from, 1);

	ck_assert_int_eq(listener_grow(l, 3, &why), 0);
	ck_assert_uint_eq(l->nfds, 3);
	ck_assert_uint_eq(l->nlistening, 1);
	ck_assert_int_eq(listener_listen(l, &why), 0);
	ck_assert_uint_eq(l->nlistening, 3);
	/* A reload changes the backlog of those that listen. */
	l->backlog = 7;
	ck_assert_int_eq(listener_listen(l, &why), 0);
	ck_assert_uint_eq(l->nlistening, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(backlog_of(l->fds[i]), 7);
	ck_assert_int_eq(listener_grow(l, 2, &why), 0);
	ck_assert_uint_eq(l->nfds, 3);
	listener_close(l);
}
END_TEST

START_TEST(a_unix_socket_is_one_for_all_and_gone_at_the_end)
{
	struct conf_listen from = local();
	struct listener *l = listening(&from, 4);

	ck_assert(l->is_shared);
	ck_assert_uint_eq(l->nfds, 1);
	ck_assert(connects(l));
	listener_close(l);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* Never: between bind(2) and it the name may have become another file. */
int
chmod(const char *name, mode_t mode)
{
	(void)mode;
	ck_abort_msg("chmod of %s", name);
	return -1;
}

static const mode_t masks[] = { 0, 022, 077, 0777 };

START_TEST(a_unix_socket_has_its_mode_whatever_the_umask)
{
	struct conf_listen from = local();
	struct listener *l;
	struct stat st;

	umask(masks[_i]);
	l = listener_open(&from, 1, &why);
	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0666);
	listener_close(l);
	l = listener_open_private(&from, &why);
	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	listener_close(l);
	ck_assert_uint_eq(umask(0), masks[_i]);
}
END_TEST

START_TEST(a_unix_socket_that_is_answered_is_refused)
{
	struct conf_listen from = local();
	struct listener *l = listening(&from, 1);

	ck_assert_ptr_null(listener_open(&from, 1, &why));
	ck_assert(strstr(why.text, "address in use") != NULL);
	ck_assert(connects(l));
	listener_close(l);
}
END_TEST

START_TEST(a_unix_socket_that_a_crash_left_is_replaced)
{
	struct conf_listen from = local();
	struct listener *l;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&from.address, from.address_len),
		0);
	close(fd);
	l = listening(&from, 1);
	ck_assert(connects(l));
	listener_close(l);
}
END_TEST

START_TEST(a_file_in_the_place_of_a_unix_socket_is_not_removed)
{
	struct conf_listen from = local();
	FILE *f = fopen(path, "w");

	fclose(f);
	ck_assert_ptr_null(listener_open(&from, 1, &why));
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(an_address_that_stays_keeps_its_sockets)
{
	struct conf_listen both[] = { tcp(0), local() };
	struct conf old = { .workers = 2, .listen = both, .nlisten = 1 };
	struct conf new = { .workers = 2, .listen = both, .nlisten = 2 };
	struct listeners set = { 0 };
	struct listener **a =
		listeners_acquire(&set, &old, (size_t)old.workers, &why);
	struct listener **b =
		listeners_acquire(&set, &new, (size_t) new.workers, &why);

	ck_assert_ptr_eq(a[0], b[0]);
	ck_assert_uint_eq(b[0]->nfds, 2);
	listeners_release(&set, a, 1);
	ck_assert_uint_eq(b[0]->users, 1);
	listeners_release(&set, b, 2);
	ck_assert_ptr_null(set.first);
}
END_TEST

START_TEST(one_address_that_is_refused_takes_the_others_back)
{
	struct conf_listen any = tcp(0);
	struct listener *taken = listening(&any, 1);
	struct conf_listen both[] = { tcp(0), tcp(port_of(taken)) };
	struct conf conf = { .workers = 1, .listen = both, .nlisten = 2 };
	struct listeners set = { 0 };

	ck_assert_ptr_null(
		listeners_acquire(&set, &conf, (size_t)conf.workers, &why));
	ck_assert_ptr_null(set.first);
	listener_close(taken);
}
END_TEST

START_TEST(an_inherited_address_that_lacks_sockets_is_taken_back)
{
	struct conf_listen any = tcp(0), at;
	struct listener *old = listening(&any, 1);
	struct inherited_socket one = { .fd = old->fds[0],
		.address = old->bound };
	struct inherited in = { &one, 1 };
	struct listeners set = { .inherited = &in };
	struct conf conf = { .workers = 2, .listen = &at, .nlisten = 1 };

	at = tcp(port_of(old));
	socket_error = EMFILE;
	ck_assert_ptr_null(
		listeners_acquire(&set, &conf, (size_t)conf.workers, &why));
	socket_error = 0;
	ck_assert_ptr_null(set.first);
	listener_close(old);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_refusal_names_the_limit_and_the_remedy, ROWS(refusals) },
		{ every_worker_has_a_socket_of_its_own_on_one_port, 0 },
#ifdef TCP_CONGESTION
		{ within_the_machine_nothing_is_paced, 0 },
#endif
		{ nothing_connects_before_listen, 0 },
		{ a_port_that_another_listens_on_is_refused, 0 },
		{ more_workers_get_more_sockets_and_fewer_keep_them, 0 },
		{ a_unix_socket_is_one_for_all_and_gone_at_the_end, 0 },
		{ a_unix_socket_has_its_mode_whatever_the_umask, ROWS(masks) },
		{ a_unix_socket_that_is_answered_is_refused, 0 },
		{ a_unix_socket_that_a_crash_left_is_replaced, 0 },
		{ a_file_in_the_place_of_a_unix_socket_is_not_removed, 0 },
		{ an_address_that_stays_keeps_its_sockets, 0 },
		{ one_address_that_is_refused_takes_the_others_back, 0 },
		{ an_inherited_address_that_lacks_sockets_is_taken_back, 0 },
	};

	return harness_run("listener", tests, ROWS(tests));
}
