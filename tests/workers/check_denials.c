/*
 * What the sandbox denies, when there is very much of it.
 * SPDX-License-Identifier: MIT
 */
#include "denials.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sink.h"
#include "conn/worker_state.h"
#include "support/harness.h"

enum { KINDS = 128, CALLS = 4000, A_SECOND = 10 /* calls */ };

static struct sink sink;
static struct log logger = { .to = &sink, .level = LOG_LEVEL_WARN };
static struct worker worker;
static FILE *file;

static unsigned
count_lines(const char *text)
{
	char line[512];
	unsigned n = 0;

	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, text) != NULL;
	return n;
}

/* A module may open whatever path a client has chosen. */
START_TEST(no_more_than_so_many_calls_are_told_apart)
{
	char path[32];

	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	sink_init(&sink, SINK_FD, dup(fileno(file)), 65536, true);
	worker.log = logger;
	denials_start(&worker, true);
	for (int i = 0; i < CALLS; i++) {
		snprintf(path, sizeof(path), "/etc/%d", i);
		denials_note("open of", path, DENIAL_READ);
		if (i % A_SECOND == 0)
			denials_log(&worker);
	}
	denials_log(&worker);
	ck_assert_uint_eq(count_lines("sandbox denied open of /etc/"), KINDS);
	ck_assert_uint_eq(count_lines("further calls are not logged"), 1);
	sink_fini(&sink);
	fclose(file);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ no_more_than_so_many_calls_are_told_apart, 1 },
	};

	return harness_run("denials", tests, ROWS(tests));
}
