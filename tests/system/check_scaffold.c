/*
 * `prong new`, with a prong that is installed and with one in its build tree.
 * SPDX-License-Identifier: MIT
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "support/harness.h"
#include "support/paths.h"
#include "support/test_program.h"

enum {
	LIMIT = 100 * 1000
}; /* milliseconds, for a compiler on a busy machine */

static char dir[64];
static char out[PROGRAM_TEXT];

/*
 * Makes a temporary directory and removes what make(1) passes to its children.
 */
static void
set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/new.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	unsetenv("MAKEFLAGS");
	unsetenv("MFLAGS");
	unsetenv("MAKELEVEL");
	unsetenv("DESTDIR");
	setenv("PRONG", program_prong(), 1);
	setenv("BUILD", BUILD_DIR, 1);
	setenv("LC_ALL", "C", 1);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
tear_down(void)
{
	ck_assert_int_eq(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Runs a script in dir, with all output in out.  Returns its status. */
static int
sh(const char *script)
{
	const char *argv[] = { "sh", "-ec", script, NULL };
	struct program p = { .cwd = dir, .path = "/bin/sh" };
	int fd = memfd_create("out", 0), status;
	pid_t pid = program_start(&p, argv, fd, fd);
	ssize_t len;

	status = program_wait(pid, LIMIT);
	len = pread(fd, out, sizeof(out) - 1, 0);
	out[len > 0 ? len : 0] = '\0';
	close(fd);
	ck_assert_msg(status != -1, "it did not end: %s", out);
	return status;
}

static void
succeed(const char *script)
{
	int status = sh(script);

	/* Check(3) ends a program whose message is too long. */
	ck_assert_msg(status == 0, "%s: %d\n%.3000s", script, status, out);
}

START_TEST(new_module_builds_and_passes_its_test)
{
	set_up();
	setenv("PKG_CONFIG_PATH", BUILD_DIR, 1);
	succeed("$PRONG new shop");
	ck_assert_ptr_nonnull(strstr(out, "cd shop\n    make check\n"));
	succeed("test -f shop/shop.c -a -f shop/check_shop.c "
		"-a -f shop/Makefile -a -f shop/prong.json -a -f shop/README "
		"-a -f shop/.gitignore");
	succeed("make -C shop check CC='" BUILD_CC
		"' CFLAGS='-Wall -Wextra -Werror'");
	ck_assert_ptr_nonnull(strstr(out, "ok      a name is greeted"));
	succeed("$PRONG check -c shop/prong.json");
	/* The test fails if the module is changed. */
	succeed("sed -i 's/\"hello\", name/\"hallo\", name/' shop/shop.c");
	ck_assert_int_ne(sh("make -C shop check CC='" BUILD_CC "'"), 0);
	ck_assert_ptr_nonnull(strstr(out, "FAILED  a name is greeted"));
	ck_assert_ptr_nonnull(strstr(out, "got      200 {\"hallo\""));
	tear_down();
}
END_TEST

/*
 * Installs below the temporary directory, where pkg-config(1) finds the prefix.
 */
START_TEST(new_module_builds_with_an_installed_prong)
{
	set_up();
	unsetenv("PKG_CONFIG_PATH");
	/* The library was built with them. */
	setenv("LINK", IS_SANITIZED ? "-fsanitize=address,undefined" : "", 1);
	succeed("make -s -C $BUILD install DESTDIR=$PWD/root");
	succeed("prong=$(find $PWD/root -name prong -type f -perm -1)\n"
		"export PRONG=$prong\n"
		"export PKG_CONFIG_PATH=$(dirname $(find $PWD/root "
		"-name prong.pc))\n"
		"$prong new shop >next\n"
		"! grep -q PKG_CONFIG next\n"
		"make -C shop check install CC='" BUILD_CC "' LDFLAGS=$LINK "
		"PKG_CONFIG='pkg-config --define-prefix'");
	ck_assert_ptr_nonnull(strstr(out, "ok      a name is greeted"));
	/* The module is installed beside those that ship. */
	succeed("test -f $(dirname $(find root -name echo.so))/shop.so");
	tear_down();
}
END_TEST

static const struct {
	const char *words;
	int status;
	const char *reason;
} refused[] = {
	{ "new", 2, "needs a name" },
	{ "new a b", 2, "unexpected argument" },
	{ "new -c x a", 2, "does not read a configuration" },
	{ "new 1a", 1, "identifier" },
	{ "new ''", 1, "identifier" },
	{ "new a-b", 1, "identifier" },
	{ "new a/b", 1, "identifier" },
	{ "new ..", 1, "identifier" },
	{ "new \xc3\xa9", 1, "identifier" },
	{ "new there", 1, "already exists" },
};

START_TEST(invalid_or_existing_name_is_refused)
{
	char script[128];

	set_up();
	succeed("mkdir there");
	snprintf(script, sizeof(script), "$PRONG %s", refused[_i].words);
	ck_assert_int_eq(sh(script), refused[_i].status);
	ck_assert_msg(strstr(out, refused[_i].reason) != NULL, "%s", out);
	succeed("test \"$(ls -A)\" = there -a -z \"$(ls -A there)\"");
	tear_down();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ new_module_builds_and_passes_its_test, 1 },
		{ new_module_builds_with_an_installed_prong, 1 },
		{ invalid_or_existing_name_is_refused, ROWS(refused) },
	};

	return harness_run("scaffold", tests, ROWS(tests));
}
