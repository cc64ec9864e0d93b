/*
 * Every path is opened twice, by openat2 and by the walk, and both must say
 * the same.
 * SPDX-License-Identifier: MIT
 */
#include "file/root.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file/page_miss.h"
#include "support/harness.h"

#define X16(s)  s s s s s s s s s s s s s s s s
#define NAME255 X16("nnnnnnnnnnnnnnn") "nnnnnnnnnnnnnnn"

static char top[] = "/tmp/check_root.XXXXXX";
static char origin[PATH_MAX];
static struct root root;

// clang-format off
static const struct {
	const char *path;
	int error; /* 0: opened */
	char kind; /* 'f' or 'd' */
} rows[] = {
	{ "", 0, 'd' },
	{ ".", 0, 'd' },
	{ "plain", 0, 'f' },
	{ "./plain", 0, 'f' },
	{ "dir", 0, 'd' },
	{ "dir/", 0, 'd' },
	{ "dir/.", 0, 'd' },
	{ "dir/sub/deep", 0, 'f' },
	{ "dir//sub///deep", 0, 'f' },
	{ "dir/../plain", 0, 'f' },
	{ "dir/sub/..", 0, 'd' },
	{ "dir/..", 0, 'd' },
	{ "dir/sub/../../plain", 0, 'f' },
	{ "link", 0, 'f' },
	{ "dirlink", 0, 'd' },
	{ "dirlink/", 0, 'd' },
	{ "dirlink/deep", 0, 'f' },
	{ "dir/up", 0, 'f' },
	{ "dirlink/../up", 0, 'f' },
	{ "chain", 0, 'f' },
	{ NAME255, 0, 'f' },
	{ "missing", ENOENT, 0 },
	{ "missing/..", ENOENT, 0 },
	{ "dir/missing/deep", ENOENT, 0 },
	{ "broken", ENOENT, 0 },
	{ "plain/", ENOTDIR, 0 },
	{ "plain/.", ENOTDIR, 0 },
	{ "plain/..", ENOTDIR, 0 },
	{ "plain/deep", ENOTDIR, 0 },
	{ "link/", ENOTDIR, 0 },
	{ "loop", ELOOP, 0 },
	{ "loop/deep", ELOOP, 0 },
	{ "self", ELOOP, 0 },
	{ "..", EXDEV, 0 },
	{ "../plain", EXDEV, 0 },
	{ "dir/../../outside", EXDEV, 0 },
	{ "dir/sub/../../..", EXDEV, 0 },
	{ "out", EXDEV, 0 },
	{ "out_absolute", EXDEV, 0 },
	{ "in_absolute", EXDEV, 0 },
	{ "outdir/outside", EXDEV, 0 },
	/* absolute links, and those that leave the root and come back */
	{ "top_plain", 0, 'f' },
	{ "top_dir", 0, 'd' },
	{ "top_dir/sub/deep", 0, 'f' },
	{ "top_root/plain", 0, 'f' },
	{ "top_root", 0, 'd' },
	{ "back", 0, 'f' },
	{ "outdir/www/plain", 0, 'f' },
	{ "top_fifo", ROOT_NOT_REGULAR, 0 },
	{ "top_outside", EXDEV, 0 },
	{ "top_broken", EXDEV, 0 },
	{ "sibling", EXDEV, 0 },
	{ "/plain", EXDEV, 0 },
	{ "/", EXDEV, 0 },
	{ "fifo", ROOT_NOT_REGULAR, 0 },
	{ "socket", ROOT_NOT_REGULAR, 0 },
	{ "unreadable", EACCES, 0 },
	{ NAME255 "n", ENAMETOOLONG, 0 },
	{ X16(NAME255 "/") "plain", ENAMETOOLONG, 0 },
};

static const struct {
	const char *target, *name;
} links[] = {
	{ "plain", "www/link" },
	{ "dir/sub", "www/dirlink" },
	{ "../plain", "www/dir/up" },
	{ "dirlink/../../link", "www/chain" },
	{ "nowhere", "www/broken" },
	{ "loop2", "www/loop" },
	{ "loop", "www/loop2" },
	{ "self", "www/self" },
	{ "../outside", "www/out" },
	{ "/etc/passwd", "www/out_absolute" },
	{ "/plain", "www/in_absolute" },
	{ "..", "www/outdir" },
	{ "../www/plain", "www/back" },
	{ "../www-evil/plain", "www/sibling" },
};

/* Links to absolute paths below top. */
static const struct {
	const char *target, *name;
} top_links[] = {
	{ "www/plain", "www/top_plain" },
	{ "www/dir", "www/top_dir" },
	{ "www", "www/top_root" },
	{ "www/fifo", "www/top_fifo" },
	{ "outside", "www/top_outside" },
	{ "www/none", "www/top_broken" },
};

static const struct {
	int error, status;
} statuses[] = {
	{ ENOENT, 404 }, { ENOTDIR, 404 }, { ENAMETOOLONG, 404 },
	{ ELOOP, 404 }, { EXDEV, 404 }, { EACCES, 403 }, { EPERM, 403 },
	{ EMFILE, 503 }, { ENFILE, 503 }, { ENOMEM, 503 }, { EIO, 500 },
	{ EINVAL, 500 }, { ROOT_NOT_REGULAR, 403 }, { ROOT_GONE, 503 },
	{ ESTALE, 503 }, { ENOTCONN, 503 },
};
// clang-format on

static void
make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	ck_assert_int_ne(fd, -1);
	close(fd);
}

static void
make_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
}

static void
make_tree(void)
{
	strcpy(top, "/tmp/check_root.XXXXXX");
	ck_assert_ptr_nonnull(getcwd(origin, sizeof(origin)));
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("www", 0755), 0);
	ck_assert_int_eq(mkdir("www/dir", 0755), 0);
	ck_assert_int_eq(mkdir("www/dir/sub", 0755), 0);
	make_file("outside", 0644);
	make_file("www/plain", 0644);
	make_file("www/dir/sub/deep", 0644);
	make_file("www/" NAME255, 0644);
	make_file("www/unreadable", 0);
	ck_assert_int_eq(mkfifo("www/fifo", 0644), 0);
	make_socket("www/socket");
	ck_assert_int_eq(mkdir("www-evil", 0755), 0);
	make_file("www-evil/plain", 0644);
	for (size_t i = 0; i < ROWS(links); i++)
		ck_assert_int_eq(symlink(links[i].target, links[i].name), 0);
	for (size_t i = 0; i < ROWS(top_links); i++) {
		char target[PATH_MAX];

		snprintf(target, sizeof(target), "%s/%s", top,
			top_links[i].target);
		ck_assert_int_eq(symlink(target, top_links[i].name), 0);
	}
	ck_assert_int_eq(root_open(&root, "www"), 0);
}

static void
remove_tree(void)
{
	static const char *const names[] = { "outside", "www/plain",
		"www/dir/sub/deep", "www/" NAME255, "www/unreadable",
		"www/fifo", "www/socket", "www-evil/plain" };

	root_close(&root);
	for (size_t i = 0; i < ROWS(links); i++)
		unlink(links[i].name);
	for (size_t i = 0; i < ROWS(top_links); i++)
		unlink(top_links[i].name);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	rmdir("www/dir/sub");
	rmdir("www/dir");
	rmdir("www");
	rmdir("www-evil");
	ck_assert_int_eq(chdir(origin), 0);
	ck_assert_int_eq(rmdir(top), 0);
}

static void
check_row(int i)
{
	int before = dup(0), fd, after, error;
	struct stat st;

	close(before);
	errno = 0;
	fd = root_open_file(&root, rows[i].path, &st);
	error = fd == -1 ? errno : 0;
	ck_assert_msg(error == rows[i].error, "%s: %s", rows[i].path,
		strerror(error));
	if (fd != -1) {
		ck_assert(rows[i].kind == (S_ISDIR(st.st_mode) ? 'd' : 'f'));
		close(fd);
	}
	/* The next free descriptor tells whether one was left open. */
	after = dup(0);
	close(after);
	ck_assert_int_eq(after, before);
}

static bool
is_skipped(int i)
{
	return geteuid() == 0 && strcmp(rows[i].path, "unreadable") == 0;
}

START_TEST(the_kernel_keeps_every_path_below_the_root)
{
	if (!root.has_openat2 || is_skipped(_i))
		return;
	check_row(_i);
}
END_TEST

START_TEST(the_walk_keeps_every_path_below_the_root)
{
	root.has_openat2 = false;
	if (!is_skipped(_i))
		check_row(_i);
}
END_TEST

START_TEST(a_file_is_opened_without_waiting_and_closed_on_exec)
{
	struct stat st;
	int fd;

	for (int i = 0; i < 2; i++, root.has_openat2 = false) {
		fd = root_open_file(&root, "plain", &st);
		ck_assert_int_ne(fd, -1);
		ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
		ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		close(fd);
	}
}
END_TEST

/* What a path leads to is the same as for reading; the descriptor cannot read.
 */
START_TEST(a_path_is_opened_for_its_status_alone)
{
	struct page_miss miss;
	struct stat st;
	char byte;
	int fd;

	if (!root.has_cached || is_skipped(_i))
		return;
	page_miss_init(&miss);
	root.miss = &miss;
	fd = root_open_file(&root, rows[_i].path, &st);
	if (fd == -1)
		return;
	close(fd);
	root.opens_path = true;
	fd = root_open_file(&root, rows[_i].path, &st);
	if (fd == -1 && errno == EINPROGRESS)
		return;
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(read(fd, &byte, 1), -1);
	ck_assert_int_eq(errno, EBADF);
	close(fd);
}
END_TEST

START_TEST(no_path_leaves_the_root_for_a_status)
{
	struct page_miss miss;
	struct stat st;
	int fd, error;

	if (!root.has_cached)
		return;
	page_miss_init(&miss);
	root.miss = &miss;
	fd = root_open_file(&root, rows[_i].path, &st);
	error = errno;
	if (fd != -1 || error == EACCES || error == EINPROGRESS)
		return;
	root.opens_path = true;
	ck_assert_int_eq(root_open_file(&root, rows[_i].path, &st), -1);
	ck_assert(errno == error || errno == EINPROGRESS);
	page_miss_drop(&miss);
}
END_TEST

START_TEST(a_root_that_is_no_directory_is_refused)
{
	struct root r;

	ck_assert_int_eq(root_open(&r, "www/plain"), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(root_open(&r, "www/missing"), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* In a process of its own: a test that was root may not be it any more. */
START_TEST(a_root_that_may_not_be_entered_is_refused)
{
	enum { NOBODY = 65534, REFUSED = 7 };
	int status = 0;
	struct root r;
	pid_t pid;

	ck_assert_int_eq(chmod(".", 0755), 0);
	ck_assert_int_eq(chmod("www/dir", 0), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) == -1)
			_exit(1);
		if (root_open(&r, "www") == -1)
			_exit(3);
		_exit(root_open(&r, "www/dir") == -1 && errno == EACCES
				? REFUSED
				: 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(chmod("www/dir", 0755), 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), REFUSED);
}
END_TEST

START_TEST(an_errno_becomes_a_status)
{
	ck_assert_int_eq(root_status(statuses[_i].error), statuses[_i].status);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = make_tree,
		.teardown = remove_tree };
	const struct harness_test tests[] = {
		{ the_kernel_keeps_every_path_below_the_root, ROWS(rows) },
		{ the_walk_keeps_every_path_below_the_root, ROWS(rows) },
		{ a_file_is_opened_without_waiting_and_closed_on_exec, 0 },
		{ a_path_is_opened_for_its_status_alone, ROWS(rows) },
		{ no_path_leaves_the_root_for_a_status, ROWS(rows) },
		{ a_root_that_is_no_directory_is_refused, 0 },
		{ a_root_that_may_not_be_entered_is_refused, 0 },
		{ an_errno_becomes_a_status, ROWS(statuses) },
	};

	return harness_run_with(&fixture, "root", tests, ROWS(tests));
}
