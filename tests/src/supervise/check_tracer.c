/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/tracer.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/harness.h"

START_TEST(a_process_is_traced_while_a_debugger_is_attached)
{
	pid_t child = fork();

	ck_assert_int_ne(child, -1);
	if (child == 0) {
		pause();
		_exit(0);
	}
	ck_assert(!tracer_is_attached(child));
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
	ck_assert(tracer_is_attached(child));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ck_assert(!tracer_is_attached(child));
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_process_is_traced_while_a_debugger_is_attached, 1 },
	};

	return harness_run("tracer", tests, ROWS(tests));
}
