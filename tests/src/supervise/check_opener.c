/*
 * What a configuration needs of disks: opened, or complained of.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/opener.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sealed_copy.h"
#include "config/errors.h"
#include "config/load.h"
#include "config/text.h"
#include "support/harness.h"

#define SITE(routes)      "{\"sites\":[{\"routes\":[" routes "]}]}"
#define ROUTE(path, root) "{\"path\":\"" path "\",\"root\":\"" root "\"}"

static char file[64];

static void
write_file(const char *text)
{
	int fd;

	snprintf(file, sizeof(file), "/tmp/check_opener.XXXXXX");
	fd = mkstemp(file);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static const struct {
	const char *text, *complaints; /* each after the file's name */
} mistakes[] = {
	{ SITE(ROUTE("/*", "/no/such")),
		":1:42: error: sites[0].routes[0].root: /no/such: no such "
		"directory; create it or correct the path\n" },
	{ SITE(ROUTE("/*", "/etc/passwd")),
		":1:42: error: sites[0].routes[0].root: /etc/passwd: not a "
		"directory\n" },
	/* In the order of the file, and of the routes; one directory once. */
	{ SITE(ROUTE("/a/*", "/no/z") "," ROUTE("/b/*", "/tmp") "," ROUTE(
		  "/c/*", "/no/a") "," ROUTE("/d/*", "/no/z")),
		":1:44: error: sites[0].routes[0].root: /no/z: no such "
		"directory; create it or correct the path\n"
		":1:105: error: sites[0].routes[2].root: /no/a: no such "
		"directory; create it or correct the path\n" },
};

START_TEST(what_is_missing_is_told_with_its_place)
{
	char *text = NULL, *line, *expected = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);
	FILE *to = open_memstream(&expected, &size);
	char *copy = strdup(mistakes[_i].complaints), *rest = copy;

	write_file(mistakes[_i].text);
	ck_assert_ptr_null(config_read(file, opener_check, errors));
	fclose(errors);
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0')
		fprintf(to, "%s%s\n", file, line);
	fclose(to);
	ck_assert_str_eq(text, expected);
	unlink(file);
	free(text);
	free(expected);
	free(copy);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_told)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);

	ck_assert_ptr_null(
		config_from_directory("/no/such", NULL, opener_check, errors));
	fclose(errors);
	ck_assert_str_eq(text, "prong: /no/such: No such file or directory\n");
	free(text);
}
END_TEST

START_TEST(a_file_with_the_longest_name_is_copied)
{
	char dir[] = "/tmp/check_opener.XXXXXX", path[512];
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/%0255d", dir, 7);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
	fd = sealed_copy_open(path);
	ck_assert_int_ne(fd, -1);
	ck_assert(sealed_copy_is_valid(fd));
	close(fd);
	unlink(path);
	rmdir(dir);
}
END_TEST

/* ---- in the master ------------------------------------------------------ */

static struct resources *opened;

static void
on_done(void *arg, struct resources *r)
{
	opened = r;
	ev_break(arg, EVBREAK_ALL);
}

START_TEST(routes_of_one_directory_share_its_descriptor)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	struct opener o = { .on_done = on_done, .arg = loop };
	struct conf *conf;
	struct error_text why;
	struct stat st;

	write_file(SITE(ROUTE("/a/*", "/tmp") "," ROUTE(
		"/b/*", "/usr") "," ROUTE("/c/*", "/tmp")));
	conf = config_read(file, NULL, stderr);
	ck_assert_ptr_nonnull(conf);
	ck_assert_int_eq(opener_start(&o, loop, resources_new(conf), &why), 0);
	ev_run(loop, 0);
	ck_assert_uint_eq(opened->count, 2);
	ck_assert_uint_eq(opened->nroutes, 3);
	ck_assert_int_eq(opened->routes[0].root.fd, opened->routes[2].root.fd);
	ck_assert_int_ne(opened->routes[0].root.fd, opened->routes[1].root.fd);
	ck_assert_int_eq(fstat(opened->routes[1].root.fd, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	resources_unref(opened);
	conf_free(conf);
	ev_loop_destroy(loop);
	unlink(file);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ what_is_missing_is_told_with_its_place, ROWS(mistakes) },
		{ a_directory_that_is_not_there_is_told, 0 },
		{ a_file_with_the_longest_name_is_copied, 0 },
		{ routes_of_one_directory_share_its_descriptor, 0 },
	};

	return harness_run("opener", tests, ROWS(tests));
}
