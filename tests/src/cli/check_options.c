/*
 * Valid and invalid command lines.
 * SPDX-License-Identifier: MIT
 */
#include "cli/options.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"

enum { WORDS = 8 };

static char *text;
static size_t size;
static char *directory;

static int
parse_words(struct options *o, const char *const *words)
{
	char *argv[WORDS + 2] = { (char *)"prong" };
	int argc = 1, rc;
	FILE *errors = open_memstream(&text, &size);

	for (; *words != NULL; words++)
		argv[argc++] = (char *)*words;
	rc = options_parse(o, argc, argv, errors);
	fclose(errors);
	return rc;
}

static const struct {
	const char *words[WORDS];
	struct options expected;
} good[] = {
	{ { "check" }, { .command = OPTIONS_CHECK } },
	{ { "check", "-c", "a" }, { .command = OPTIONS_CHECK, .file = "a" } },
	{ { "-c", "a", "check" }, { .command = OPTIONS_CHECK, .file = "a" } },
	{ { "ps", "--json" }, { .command = OPTIONS_PS, .is_json = true } },
	{ { "explain", "--last", "7", "--control", "x" },
		{ .command = OPTIONS_LAST, .id = "7", .control = "x" } },
	{ { "scale", "12" }, { .command = OPTIONS_SCALE, .workers = 12 } },
	{ { "--config=a" }, { .file = "a" } },
	{ { "-c", "/dev/stdin" }, { .file = "-" } },
	{ { "-ca", "--daemon" }, { .file = "a", .is_daemon = true } },
	{ { "/" }, { .directory = "/" } },
	{ { "/", "-l", "[::1]:80" },
		{ .directory = "/", .listen = "[::1]:80" } },
	{ { "--help", "nonsense" }, { .command = OPTIONS_HELP } },
	{ { "-V" }, { .command = OPTIONS_VERSION } },
	{ { "-v" }, { .command = OPTIONS_VERSION } },
	{ { "-t" }, { .command = OPTIONS_CHECK } },
	{ { "-tc", "a" }, { .command = OPTIONS_CHECK, .file = "a" } },
	{ { "-tq" }, { .command = OPTIONS_CHECK, .is_quiet = true } },
	{ { "-T" }, { .command = OPTIONS_DUMP } },
	{ { "-tT" }, { .command = OPTIONS_DUMP } },
	{ { "-Tt" }, { .command = OPTIONS_DUMP } },
	{ { "-s", "reload", "-c", "a" },
		{ .command = OPTIONS_RELOAD, .file = "a" } },
	{ { "-sreopen" }, { .command = OPTIONS_REOPEN } },
	{ { "-s", "quit" }, { .command = OPTIONS_DRAIN } },
	{ { "-s", "stop" }, { .command = OPTIONS_STOP } },
	{ { "check", "--diff" },
		{ .command = OPTIONS_CHECK, .is_diff = true } },
	{ { "check", "--diff", "--control", "x", "-c", "y" },
		{ .command = OPTIONS_CHECK,
			.is_diff = true,
			.file = "y",
			.control = "x" } },
	{ { "dump", "--running", "--control", "x" }, { .command = OPTIONS_DUMP,
							     .is_running = true,
							     .control = "x" } },
	{ { "." }, { .directory = "." } },
	{ { ".." }, { .directory = ".." } },
	{ { "./" }, { .directory = "./" } },
	{ { "check", "--strict", "--no-files" },
		{ .command = OPTIONS_CHECK,
			.is_strict = true,
			.has_no_files = true } },
	{ { NULL }, { .command = OPTIONS_RUN } },
};

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

START_TEST(valid_command_line_is_parsed)
{
	struct options o;

	ck_assert_int_eq(parse_words(&o, good[_i].words), 0);
	ck_assert_uint_eq(size, 0);
	ck_assert_int_eq(o.command, good[_i].expected.command);
	ck_assert(is_same(o.directory, good[_i].expected.directory));
	ck_assert(is_same(o.listen, good[_i].expected.listen));
	ck_assert_int_eq(o.is_daemon, good[_i].expected.is_daemon);
	ck_assert_int_eq(o.is_json, good[_i].expected.is_json);
	ck_assert_int_eq(o.is_strict, good[_i].expected.is_strict);
	ck_assert_int_eq(o.has_no_files, good[_i].expected.has_no_files);
	ck_assert_int_eq(o.is_diff, good[_i].expected.is_diff);
	ck_assert_int_eq(o.is_quiet, good[_i].expected.is_quiet);
	ck_assert_int_eq(o.is_running, good[_i].expected.is_running);
	ck_assert(is_same(o.control, good[_i].expected.control));
	ck_assert(is_same(o.id, good[_i].expected.id));
	ck_assert_uint_eq(o.workers, good[_i].expected.workers);
	if (good[_i].expected.file != NULL)
		ck_assert_str_eq(o.file, good[_i].expected.file);
	free(text);
}
END_TEST

static const struct {
	const char *words[WORDS];
	const char *says;
} bad[] = {
	{ { "chekc" }, "did you mean check?" },
	{ { "--deamon" }, "--deamon: unknown option (did you mean --daemon?)" },
	{ { "-x" }, "-x: unknown option; try" },
	{ { "-c", "a", "-x" }, "-x: unknown option" },
	{ { "-c" }, "-c needs a value" },
	{ { "--config" }, "--config needs a value" },
	{ { "-c", "" }, "--config needs a value" },
	{ { "/", "-l", "" }, "--listen needs a value" },
	{ { "/", "-l", "x:80" }, "--listen x:80: the host must be an IP" },
	{ { "/", "-l", "*:0" }, "--listen *:0: the port must be a number" },
	{ { "/", "-d" }, "--daemon needs a configuration" },
	{ { "check", "more" }, "more: unexpected argument; try" },
	{ { "check", "/proc/self/stat" }, "use -c to name a configuration" },
	{ { "check", "-c", "a", "/proc/self/stat" },
		"unexpected argument; try" },
	{ { "/nothing/here" }, "no such command or directory" },
	{ { "/dev/null" }, "not a directory" },
	{ { "-l", "a" }, "--listen needs a directory" },
	{ { "/", "-c", "a" }, "cannot be combined" },
	{ { "scale" }, "scale needs a number of workers, 1 to 512" },
	{ { "scale", "0" }, "scale needs a number" },
	{ { "scale", "513" }, "scale needs a number" },
	{ { "scale", "2x" }, "scale needs a number" },
	{ { "scale", "2", "3" }, "3: unexpected argument" },
	{ { "check", "--json" }, "--json needs explain, or a command" },
	{ { "check", "--control", "x" }, "--control needs a command" },
	{ { "ps", "--control", "" }, "--control needs a value" },
	{ { "ps", "--control", "x", "-c", "y" }, "cannot be combined" },
	{ { "dump", "--strict" }, "--strict and --no-files need" },
	{ { "--no-files" }, "--strict and --no-files need" },
	/* other servers' words */
	{ { "-s", "nothing" }, "-s takes reload, reopen, quit or stop" },
	{ { "-s" }, "-s needs a value" },
	{ { "-p", "/etc" }, "relative paths begin at the directory of FILE" },
	{ { "-t", "-l", "a" }, "--listen needs a directory" },
	{ { "-t", "reload" }, "reload: unexpected argument" },
	{ { "-q" }, "-q needs the command check" },
	{ { "check", "--diff", "--no-files" }, "--diff needs the command" },
	{ { "dump", "--diff" }, "--diff needs the command check" },
	{ { "ps", "--last", "7" }, "--last needs the command explain" },
	{ { "explain", "--last", "7", "--as", "::1" },
		"--header and --as need the command explain, without --last" },
	{ { "stop", "--force" },
		"--force needs the command reload or upgrade" },
	{ { "check", "--running" }, "--running needs the command dump" },
	{ { "dump", "--control", "x" }, "--control needs a command" },
	{ { "dump", "--running", "--control", "x", "-c", "y" },
		"cannot be combined" },
	{ { "-c", "-", "-d" }, "--daemon needs a file" },
	{ { "status" }, "\"prong ps\" shows" },
	{ { "stats" }, "\"prong top\" shows" },
	{ { "test" }, "\"prong check\" checks" },
	{ { "run" }, "\"prong -c FILE\" serves" },
	/* a word is no directory */
	{ { "dir" }, "to serve the directory of that name: prong ./dir" },
	{ { "start" }, "to serve the directory of that name: prong ./start" },
	{ { "check", "--daemon" },
		"--daemon cannot be combined with a command" },
};

START_TEST(invalid_command_line_is_reported_with_a_remedy)
{
	struct options o;

	ck_assert_int_eq(parse_words(&o, bad[_i].words), 2);
	ck_assert_msg(strstr(text, bad[_i].says) != NULL, "%s", text);
	ck_assert_ptr_eq(strchr(text, '\n'), text + size - 1);
	free(text);
}
END_TEST

/* _i: fields beyond those that a request can have. */
START_TEST(more_fields_than_a_request_has_room_for_are_reported)
{
	enum { MOST = 3 + OPTIONS_FIELDS + 1 };
	char *argv[MOST + 1] = { (char *)"prong", (char *)"explain",
		(char *)"/" };
	int argc = 3;
	FILE *errors = open_memstream(&text, &size);
	struct options o;

	while (argc < 3 + OPTIONS_FIELDS + _i)
		argv[argc++] = (char *)"-HA: b";
	ck_assert_int_eq(options_parse(&o, argc, argv, errors), _i * 2);
	fclose(errors);
	ck_assert_str_eq(text, _i == 0 ? ""
				       : "prong: --header can be given at most "
					 "64 times; try prong --help\n");
	free(text);
}
END_TEST

/* A guess would be typed again without a look. */
START_TEST(mistyped_command_is_never_guessed_to_end_the_server)
{
	static const char *const words[] = { "sto", "stp", "sotp", "stopp",
		"atop", "shop", "step", "dran", "drian", "drains", "rain",
		"brain", "train" };
	struct options o;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *const line[] = { words[i], NULL };

		ck_assert_int_eq(parse_words(&o, line), 2);
		ck_assert_msg(strstr(text, "mean stop") == NULL &&
				      strstr(text, "mean drain") == NULL,
			"%s", text);
		free(text);
	}
}
END_TEST

/* The rows name directories of this one. */
static void
enter_directory(void)
{
	char dir[] = "/tmp/check_options.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(mkdir("dir", 0700), 0);
	ck_assert_int_eq(mkdir("start", 0700), 0);
	directory = strdup(dir);
}

static void
remove_directory(void)
{
	rmdir("dir");
	rmdir("start");
	rmdir(directory);
	free(directory);
}

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup_all = enter_directory, .teardown_all = remove_directory
	};
	const struct harness_test tests[] = {
		{ more_fields_than_a_request_has_room_for_are_reported, 2 },
		{ mistyped_command_is_never_guessed_to_end_the_server, 0 },
		{ valid_command_line_is_parsed, ROWS(good) },
		{ invalid_command_line_is_reported_with_a_remedy, ROWS(bad) },
	};

	return harness_run_with(&fixture, "options", tests, ROWS(tests));
}
