/*
 * The configuration from standard input is kept for the program of an upgrade.
 * SPDX-License-Identifier: MIT
 */
#include "cli/standard_input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/sealed_copy.h"
#include "support/harness.h"

#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 /* Linux 6.3 */
#endif

static void
check_content(const char *expected)
{
	char text[16] = "";

	ck_assert_int_ge(pread(STDIN_FILENO, text, sizeof(text) - 1, 0), 0);
	ck_assert_str_eq(text, expected);
	ck_assert(sealed_copy_is_valid(STDIN_FILENO));
}

START_TEST(input_of_a_pipe_is_kept)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "{}", 2), 2);
	close(ends[1]);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	ck_assert_int_eq(standard_input_keep(stderr), 0);
	check_content("{}");
	ck_assert_int_eq(standard_input_keep(stderr), 0);
	check_content("{}");
}
END_TEST

/* With vm.memfd_noexec the kernel adds this seal by itself. */
START_TEST(a_copy_with_a_further_seal_is_a_copy)
{
	int fd = memfd_create("prong.json", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "{}", 2), 2);
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC); /* or the kernel is older */
	ck_assert_int_eq(sealed_copy_seal(fd), 0);
	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	ck_assert_int_eq(standard_input_keep(stderr), 0);
	check_content("{}");
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ input_of_a_pipe_is_kept, 0 },
		{ a_copy_with_a_further_seal_is_a_copy, 0 },
	};

	return harness_run("standard_input", tests, ROWS(tests));
}
