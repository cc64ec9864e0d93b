/*
 * The exit status of commands, and messages that say what to do: 0 done, 1
 * refused or failed, 2 usage, 3 no server running.
 * SPDX-License-Identifier: MIT
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/port.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static struct program_result result;

/*
 * Runs prong with these arguments; "$FILE" is the configuration of s and
 * "$ROOT" its root.
 */
static void
run(const struct program *p, const char *const *words)
{
	const char *argv[8] = { "prong" };
	size_t n = 1;

	for (; *words != NULL; words++) {
		argv[n] = *words;
		if (strcmp(*words, "$FILE") == 0)
			argv[n] = s.file;
		if (strcmp(*words, "$ROOT") == 0)
			argv[n] = s.root;
		n++;
	}
	program_run(p, argv, &result);
}

static const struct {
	const char *words[6];
	int status;
	const char *out, *err; /* texts that the output contains */
} commands[] = {
	{ { "--help" }, 0, "prong", NULL },
	{ { "help" }, 0, "prong", NULL },
	{ { "--version" }, 0, "prong ", NULL },
	{ { "version" }, 0, "prong ", NULL },
	{ { "--no-such-option" }, 2, NULL, "no-such-option" },
	{ { "-c" }, 2, NULL, "-c" },
	{ { "--listen" }, 2, NULL, "--listen" },
	{ { "chekc" }, 2, NULL, "did you mean check?" },
	{ { "check", "a" }, 2, NULL, "prong" },
	{ { "/nothing/here" }, 2, NULL, "/nothing/here" },
	{ { "-c", "/nothing/prong.json" }, 1, NULL, "/nothing/prong.json" },
	{ { "check", "-c", "/nothing/prong.json" }, 1, NULL,
		"/nothing/prong.json" },
	{ { "check", "-c", "-" }, 1, NULL, "<stdin>: the file is empty" },
	{ { "-c", "-", "-d" }, 2, NULL, "--daemon needs a file" },
	{ { "schema" }, 0, "\"sites\"", NULL },
};

START_TEST(command_exits_with_its_status_and_a_reason)
{
	static const struct program plain;

	run(&plain, commands[_i].words);
	ck_assert_msg(result.status == commands[_i].status, "%d: %s%s",
		result.status, result.out, result.err);
	if (commands[_i].out != NULL)
		ck_assert_msg(strstr(result.out, commands[_i].out) != NULL,
			"out: %s", result.out);
	if (commands[_i].err != NULL)
		ck_assert_msg(strstr(result.err, commands[_i].err) != NULL,
			"err: %s", result.err);
}
END_TEST

/* ---- the configuration -------------------------------------------------- */

static const struct {
	const char *conf;
	const char *complaints[3];
} broken[] = {
	{ "", { "prong.json" } },
	{ "{\n  \"sites\": [\n", { "prong.json:" } },
	{ "{\n  \"workers\": 2\n}\n", { "sites" } },
	/* all errors at once */
	{ "{\n  \"workers\": -1,\n  \"lisen\": [],\n"
	  "  \"sites\": [{\"routes\": [{\"path\": \"/*\",\n"
	  "    \"root\": \"/nothing/here\"}]}]\n}\n",
		{ "prong.json:2:14: ", "prong.json:3:3: ",
			"prong.json:5:13: " } },
	{ "{\n  \"lisen\": [],\n" SERVER_SITES "}",
		{ "did you mean \"listen\"?" } },
	{ "{\n  \"timeouts\": {\"head\": \"soon\"},\n" SERVER_SITES "}",
		{ "prong.json:2:" } },
};

static void
assert_complaints(int row, const char *text)
{
	for (int i = 0; i < 3 && broken[row].complaints[i] != NULL; i++)
		ck_assert_msg(strstr(text, broken[row].complaints[i]) != NULL,
			"no \"%s\" in: %s", broken[row].complaints[i], text);
}

static const char *const readers[][4] = {
	{ "-c", "$FILE" },
	{ "check", "-c", "$FILE" },
	{ "dump", "-c", "$FILE" },
};

START_TEST(configuration_errors_are_printed_with_positions)
{
	server_init(&s);
	server_configure(&s, broken[_i].conf);
	for (size_t i = 0; i < ROWS(readers); i++) {
		run(&s.program, readers[i]);
		ck_assert_msg(result.status == 1, "%s: %d: %s", readers[i][0],
			result.status, result.err);
		assert_complaints(_i, result.err);
		ck_assert_str_eq(result.out, "");
	}
	server_discard(&s);
}
END_TEST

START_TEST(check_accepts_a_valid_configuration)
{
	const char *const words[] = { "check", "-c", "$FILE", NULL };

	server_init(&s);
	s.program.as_nobody = getuid() == 0;
	server_configure(&s, SERVER_CONF);
	run(&s.program, words);
	ck_assert_msg(result.status == 0, "%d: %s", result.status, result.err);
	server_discard(&s);
}
END_TEST

#define ELSEWHERE                                                              \
	"{\"log\": {\"access\": {\"path\": \"/nothing/a/access.log\"},"        \
	" \"error\": {\"path\": \"/nothing/e/error.log\"}},"                   \
	" \"pid_file\": \"/nothing/p/pid\", \"control\": \"/nothing/c/s\","    \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\","                        \
	" \"module\": \"/nothing/m.so\"}, {\"path\": \"/n/*\","                \
	" \"module\": \"nothing\"}]}], \"module_path\": \"/modules\"}"

/* The configuration may be for another machine. */
START_TEST(check_warns_about_missing_files)
{
	static const char *const missing[] = {
		"log.access.path: /nothing/a/: ",
		"log.error.path: /nothing/e/: ",
		"pid_file: /nothing/p/: ",
		"control: /nothing/c/: ",
		"module: /nothing/m.so: ",
		"module: /modules/nothing.so: ",
	};
	const char *const words[] = { "check", "-c", "$FILE", NULL };

	server_init(&s);
	server_configure(&s, ELSEWHERE);
	run(&s.program, words);
	ck_assert_msg(result.status == 0, "%d: %s", result.status, result.err);
	for (size_t i = 0; i < ROWS(missing); i++)
		ck_assert_msg(strstr(result.err, missing[i]) != NULL, "%s",
			result.err);
	server_discard(&s);
}
END_TEST

/* What follows is on lines of its own, so that the positions tell. */
static const struct {
	const char *conf, *users; /* users: of the file "users" */
	const char *words[4];
	int status;
	const char *err; /* NULL: nothing is said */
} checks[] = {
	/* a module that is not there */
	{ "{\"sites\": [{\"routes\": [{\"path\": \"/*\",\n"
	  " \"module\": \"evenst\"}]}]}",
		"", { NULL }, 0,
		"prong.json:2:12: warning: sites[0].routes[0].module: " },
	{ "{\"sites\": [{\"routes\": [{\"path\": \"/*\",\n"
	  " \"module\": \"evenst\"}]}]}",
		"", { "--strict" }, 1, "; there are echo, events, hello" },
	{ "{\"sites\": [{\"routes\": [{\"path\": \"/*\",\n"
	  " \"module\": \"evenst\"}]}]}",
		"", { "--no-files", "--strict" }, 0, NULL },
	{ "{\n\"temp_path\": \"/nothing/tmp\"," SERVER_SITES "}", "",
		{ "--strict" }, 1,
		"prong.json:2:14: warning: temp_path: /nothing/tmp: " },
	/* another machine's files and users */
	{ "{\"user\": \"no-such-user\", \"sites\": [{\"routes\": [{"
	  "\"path\": \"/*\", \"root\": \"/nothing/here\", \"auth\": "
	  "{\"file\": \"/nothing/users\"}}]}]}",
		"", { "--no-files", "--strict" }, 0, NULL },
	{ "{\"user\": \"no-such-user\",\n\"wrokers\": 2," SERVER_SITES "}", "",
		{ "--no-files" }, 1, "prong.json:2:1: error: wrokers" },
/* password files */
#define USERS                                                                  \
	"{\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\",\n" \
	"\"auth\": {\"file\": \"users\"}}]}]}"
	{ USERS, "# nobody yet\n", { "--strict" }, 0, NULL },
	{ USERS, "ann:secret\n", { NULL }, 1,
		"prong.json:2:18: error: sites[0].routes[0].auth.file: " },
	{ USERS, "\n\nann:$apr1$a$b\n", { NULL }, 1,
		"users:3: must be USER:HASH with a whole hash" },
	{ "{\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\",\n"
	  "\"auth\": {\"file\": \"/nothing/users\"}}]}]}",
		"", { NULL }, 1,
		"prong.json:2:18: error: sites[0].routes[0].auth.file: "
		"/nothing/users: No such file" },
};

START_TEST(check_names_the_place_of_what_is_wrong_on_this_machine)
{
	const char *words[8] = { "check", "-c", "$FILE" };

	for (size_t i = 0; checks[_i].words[i] != NULL; i++)
		words[3 + i] = checks[_i].words[i];
	server_init(&s);
	server_text(&s, "users", checks[_i].users);
	server_configure(&s, checks[_i].conf);
	run(&s.program, words);
	ck_assert_msg(result.status == checks[_i].status, "%d: %s",
		result.status, result.err);
	if (checks[_i].err != NULL)
		ck_assert_msg(strstr(result.err, checks[_i].err) != NULL, "%s",
			result.err);
	else
		ck_assert_str_eq(result.err, "");
	server_discard(&s);
}
END_TEST

START_TEST(dump_prints_json_with_all_defaults)
{
	const char *const words[] = { "dump", "-c", "$FILE", NULL };
	json_error_t error;
	json_t *o;

	server_init(&s);
	server_configure(&s, SERVER_CONF);
	run(&s.program, words);
	ck_assert_msg(result.status == 0, "%d: %s", result.status, result.err);
	o = json_loads(result.out, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(o != NULL, "%s: %s", error.text, result.out);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "workers")), 2);
	ck_assert(json_is_object(json_object_get(o, "limits")));
	ck_assert_ptr_nonnull(
		json_object_get(json_object_get(o, "timeouts"), "idle"));
	json_decref(o);

	/* The output is a configuration. */
	server_configure(&s, result.out);
	run(&s.program, (const char *const[]){ "check", "-c", "$FILE", NULL });
	ck_assert_msg(result.status == 0, "%s", result.err);
	server_discard(&s);
}
END_TEST

/* ---- start -------------------------------------------------------------- */

START_TEST(port_in_use_is_named)
{
	struct server other;
	char port[16];

	server_init(&other);
	server_serve(&s, SERVER_CONF);
	other.port = s.port;
	server_configure(&other, SERVER_CONF);
	program_run(&other.program,
		(const char *const[]){ "prong", "-c", other.file, NULL },
		&result);
	ck_assert_int_eq(result.status, 1);
	snprintf(port, sizeof(port), "%d", s.port);
	ck_assert_msg(strstr(result.err, port) != NULL &&
			      strstr(result.err, "in use") != NULL,
		"%s", result.err);
	server_discard(&other);
	server_stop(&s);
}
END_TEST

/* In some containers no port does. */
static bool
needs_privileges(int port)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	int first = 1024;

	if (f == NULL)
		return true;
	if (fscanf(f, "%d", &first) != 1)
		first = 1024;
	fclose(f);
	return port < first;
}

START_TEST(privileged_port_is_explained)
{
	if (getuid() != 0 || !needs_privileges(80))
		return;
	server_init(&s);
	s.port = 80;
	s.program.as_nobody = true;
	server_configure(&s, SERVER_CONF);
	run(&s.program, (const char *const[]){ "-c", "$FILE", NULL });
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "80") != NULL &&
			      strstr(result.err, "ermission denied") != NULL,
		"%s", result.err);
	server_discard(&s);
}
END_TEST

#define PID_FILE SERVER_CONF_WITH("\"pid_file\": \"$DIR/prong.pid\"")

static void
assert_pid_file_is_ours(void)
{
	char pid[16], *text = server_read(&s, "prong.pid");

	snprintf(pid, sizeof(pid), "%d\n", (int)s.pid);
	ck_assert_str_eq(text, pid);
	free(text);
}

START_TEST(second_server_with_the_same_pid_file_is_refused)
{
	int port;

	server_serve(&s, PID_FILE);
	s.temporary = "prong.pid";
	assert_pid_file_is_ours();

	port = s.port;
	s.port = port_take();
	server_configure(&s, PID_FILE);
	run(&s.program, (const char *const[]){ "-c", "$FILE", NULL });
	ck_assert_msg(result.status == 1, "%d", result.status);
	ck_assert_msg(
		strstr(result.err, "prong.pid") != NULL, "%s", result.err);
	s.port = port;
	assert_pid_file_is_ours();
	server_stop(&s);
}
END_TEST

/* ---- commands for the server ------------------------------------------- */

static const struct {
	const char *word;
	bool ends;
} requests[] = { { "reload", false }, { "reopen", false }, { "drain", true },
	{ "stop", true } };

START_TEST(command_reaches_the_server)
{
	const char *const words[] = { requests[_i].word, "-c", "$FILE", NULL };

	server_serve(&s, PID_FILE);
	s.temporary = "prong.pid";
	run(&s.program, words);
	ck_assert_msg(result.status == 0, "%d: %s", result.status, result.err);
	if (requests[_i].ends)
		server_finish(&s, 0);
	else
		server_stop(&s);
}
END_TEST

/* Without a control socket the outcome could not be reported. */
START_TEST(reload_by_signal_checks_the_file_first)
{
	const char *const words[] = { "reload", "-c", "$FILE", NULL };
	pid_t before[PROC_CHILDREN], after[PROC_CHILDREN];

	server_serve(&s, PID_FILE);
	s.temporary = "prong.pid";
	ck_assert_uint_eq(server_workers(&s, before), 2);
	server_configure(&s,
		"{\"pid_file\": \"$DIR/prong.pid\",\n\"wrokers\": 2,"
		"\"listen\": [\"127.0.0.1:$PORT\"]," SERVER_SITES "}");
	run(&s.program, words);
	ck_assert_int_eq(result.status, 1);
	ck_assert_ptr_nonnull(strstr(result.err, "prong.json:2:1: error"));
	ck_assert_ptr_nonnull(strstr(result.err, "the server was not asked"));
	ck_assert(!server_log_has(&s, "reloading", 0));
	ck_assert_uint_eq(server_workers(&s, after), 2);
	ck_assert_int_eq(memcmp(before, after, 2 * sizeof(before[0])), 0);
	server_configure(&s, PID_FILE);
	run(&s.program, words);
	ck_assert_int_eq(result.status, 0);
	ck_assert_ptr_nonnull(strstr(result.out, "it cannot answer"));
	ck_assert(server_has_new_workers(&s, 2, before, 2, DEADLINE));
	server_stop(&s);
}
END_TEST

START_TEST(command_without_a_server_exits_with_3)
{
	const char *const words[] = { requests[_i].word, "-c", "$FILE", NULL };

	server_init(&s);
	server_configure(&s, PID_FILE);
	run(&s.program, words);
	ck_assert_msg(result.status == 3, "%d: %s", result.status, result.err);
	server_discard(&s);
}
END_TEST

/* `prong DIR` needs no configuration. */
START_TEST(directory_is_served_without_a_configuration)
{
	char address[32];
	const char *words[] = { s.root, "-l", address, NULL };
	struct response r;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	snprintf(address, sizeof(address), "127.0.0.1:%d", s.port);
	s.words = words;
	server_start(&s, "");
	client_fetch(s.port, "/", "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "home\n");
	response_free(&r);
	ck_assert(server_log_has(&s, address, DEADLINE));
	ck_assert(server_log_has(&s, s.root, DEADLINE));
	server_stop_with(&s, SIGINT);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ command_exits_with_its_status_and_a_reason, ROWS(commands) },
		{ configuration_errors_are_printed_with_positions,
			ROWS(broken) },
		{ check_accepts_a_valid_configuration, 1 },
		{ check_warns_about_missing_files, 1 },
		{ check_names_the_place_of_what_is_wrong_on_this_machine,
			ROWS(checks) },
		{ dump_prints_json_with_all_defaults, 1 },
		{ port_in_use_is_named, 1 },
		{ privileged_port_is_explained, 1 },
		{ second_server_with_the_same_pid_file_is_refused, 1 },
		{ reload_by_signal_checks_the_file_first, 1 },
		{ command_reaches_the_server, ROWS(requests) },
		{ command_without_a_server_exits_with_3, ROWS(requests) },
		{ directory_is_served_without_a_configuration, 1 },
	};

	return harness_run("command_line", tests, ROWS(tests));
}
