/*
 * A change below a root is seen at once: the process that watches it tells the
 * workers. What cannot be watched is seen within a second.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum {
	AT_ONCE = 500,   /* ms, on a machine with other work; else a second */
	A_SECOND = 2000, /* ms, the same */
	START = 10000,   /* ms until the root is watched */
};

static struct server s;
static struct client c;
static int row_now; /* each has a directory of its own */

static const char *
path_of(const char *name)
{
	static char paths[2][256];
	static int turn;

	turn = !turn;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/r%d/%s", s.root, row_now,
		name);
	return paths[turn];
}

static void
write_text(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
rename_to(const char *from, const char *to)
{
	ck_assert_int_eq(rename(path_of(from), path_of(to)), 0);
}

/* "404", or the content. */
static bool
answers(const char *path, const char *want)
{
	struct response r;
	char full[128];
	bool is_right;

	snprintf(full, sizeof(full), "/r%d%s", row_now, path);
	client_get(&c, full, &r);
	is_right = r.status == 200 ? strcmp(r.body, want) == 0
				   : atoi(want) == r.status;
	response_free(&r);
	return is_right;
}

static bool
comes(const char *path, const char *want, int ms)
{
	int64_t until = deadline_in(ms);

	while (!answers(path, want)) {
		if (deadline_left(until) <= 0)
			return false;
		poll(NULL, 0, 1);
	}
	return true;
}

/* ---- changes ------------------------------------------------------------- */

static void
replace(void)
{
	write_text("new", "two");
	rename_to("new", "d/file");
}

static void
rewrite(void)
{
	write_text("d/file", "two");
}

static void
create(void)
{
	write_text("d/none", "two");
}

static void delete (void)
{
	ck_assert_int_eq(unlink(path_of("d/file")), 0);
}

static void
create_below(void)
{
	ck_assert_int_eq(mkdir(path_of("x"), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("x/y"), 0755), 0);
	write_text("x/y/file", "two");
}

static void
rename_directory(void)
{
	rename_to("d", "other");
}

static void
replace_directory(void)
{
	ck_assert_int_eq(mkdir(path_of("next"), 0755), 0);
	write_text("next/file", "two");
	rename_to("d", "other");
	rename_to("next", "d");
}

static void
create_index(void)
{
	write_text("d/index.html", "two");
}

/* Under a name that is not watched. */
static void
write_other_name(void)
{
	char name[128];
	FILE *f;

	snprintf(name, sizeof(name), "%s/elsewhere", s.dir);
	f = fopen(name, "w");
	ck_assert_ptr_nonnull(f);
	fputs("two", f);
	ck_assert_int_eq(fclose(f), 0);
}

static const struct row {
	void (*change)(void);
	const char *path, *before, *after;
	int ms;
} rows[] = {
	{ replace, "/d/file", "one", "two", AT_ONCE },
	{ rewrite, "/d/file", "one", "two", AT_ONCE },
	{ create, "/d/none", "404", "two", AT_ONCE },
	{ delete, "/d/file", "one", "404", AT_ONCE },
	{ create_below, "/x/y/file", "404", "two", AT_ONCE },
	{ rename_directory, "/d/file", "one", "404", AT_ONCE },
	{ rename_directory, "/other/file", "404", "one", AT_ONCE },
	{ replace_directory, "/d/file", "one", "two", AT_ONCE },
	{ create_index, "/d/", "403", "two", AT_ONCE },
	{ write_other_name, "/d/hard", "one", "two", A_SECOND },
};

static void
make_row(int row)
{
	char other[128];

	row_now = row;
	ck_assert_int_eq(mkdir(path_of(""), 0755), 0);
	ck_assert_int_eq(mkdir(path_of("d"), 0755), 0);
	write_text("d/file", "one");
	write_text("d/hard", "one");
	snprintf(other, sizeof(other), "%s/elsewhere", s.dir);
	unlink(other);
	ck_assert_int_eq(link(path_of("d/hard"), other), 0);
}

/* What is not there is remembered, unlike a file that was just written. */
static void
wait_until_watched(void)
{
	int64_t until = deadline_in(START), at;
	char name[32], path[40];
	int nfast = 0;

	for (int i = 0; nfast < 3; i++) {
		ck_assert(deadline_left(until) > 0);
		snprintf(name, sizeof(name), "d/try%d", i);
		snprintf(path, sizeof(path), "/%s", name);
		ck_assert(comes(path, "404", A_SECOND));
		write_text(name, "one");
		at = deadline_now();
		ck_assert(comes(path, "one", A_SECOND));
		nfast = deadline_now() - at < AT_ONCE ? nfast + 1 : 0;
	}
}

START_TEST(each_change_is_seen)
{
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	for (int i = 0; i < (int)ROWS(rows); i++)
		make_row(i);
	server_start(&s, SERVER_CONF);
	client_open(&c, s.port);
	wait_until_watched();
	for (row_now = 0; row_now < (int)ROWS(rows); row_now++) {
		const struct row *row = &rows[row_now];

		ck_assert(comes(row->path, row->before, A_SECOND));
		row->change();
		ck_assert_msg(comes(row->path, row->after, row->ms), "row %d",
			row_now);
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ each_change_is_seen, 0 },
	};

	return harness_run("fresh_files", tests, ROWS(tests));
}
