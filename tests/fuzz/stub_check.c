/*
 * In place of the functions of Check that assertions in tests/support call,
 * and which report to a runner of tests.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <stdlib.h>

void
_mark_point(const char *file, int line)
{
	(void)file, (void)line;
}

void
_ck_assert_failed(
	const char *file, int line, const char *expr, const char *msg, ...)
{
	(void)file, (void)line, (void)expr, (void)msg;
	abort();
}
