/*
 * Files without a name.
 * SPDX-License-Identifier: MIT
 */
#include "api/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"

START_TEST(a_spool_file_has_no_name)
{
	char dir[] = "/tmp/check_spool.XXXXXX", text[16];
	struct stat st;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	fd = spool_open(dir);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(spool_write(fd, "hello", 5), 0);
	ck_assert_int_eq(spool_write(fd, "", 0), 0);
	ck_assert_int_eq(spool_write(fd, " world", 6), 0);
	ck_assert_int_eq(pread(fd, text, sizeof(text), 0), 11);
	ck_assert_mem_eq(text, "hello world", 11);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	/* The folder is empty. */
	ck_assert_int_eq(rmdir(dir), 0);
	close(fd);
}
END_TEST

START_TEST(a_missing_directory_is_an_error)
{
	errno = 0;
	ck_assert_int_eq(spool_open("/dev/null"), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(spool_open("/nowhere/at/all"), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(spool_write(fd, "x", 1), -1);
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_spool_file_has_no_name, 0 },
		{ a_missing_directory_is_an_error, 0 },
		{ a_full_disk_is_an_error, 0 },
	};

	return harness_run("spool", tests, ROWS(tests));
}
