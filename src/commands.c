/*
 * The commands: some read the configuration, some ask the server that runs
 * with it.  None binds, none needs root.
 * SPDX-License-Identifier: MIT
 */
#include "commands.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "control_client.h"
#include "control_report.h"
#include "pid_file.h"
#include "premises.h"
#include "skeleton.h"

enum { DONE = 0, FAILED = 1, NO_SERVER = 3 };

/* A full disk must not look like success. */
static int
finish(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return DONE;
	perror("prong: stdout");
	return FAILED;
}

static int
check(const struct options *o)
{
	struct conf *conf = config_read(o->file, stderr);

	if (conf == NULL)
		return FAILED;
	premises_warn(conf, stderr);
	conf_free(conf);
	printf("%s: ok\n", o->file);
	return finish();
}

static int
dump(const struct options *o)
{
	struct conf *conf = config_read(o->file, stderr);

	if (conf == NULL)
		return FAILED;
	config_dump(conf, stdout);
	conf_free(conf);
	return finish();
}

static int
schema(const struct options *o)
{
	(void)o;
	config_schema(stdout);
	return finish();
}

static int
new_module(const struct options *o)
{
	int rc = skeleton_write(o->name, "/proc/self/exe", stdout, stderr);

	return rc == -1 ? FAILED : finish();
}

static int
version(const struct options *o)
{
	(void)o;
	printf("prong %s\n", PRONG_VERSION);
	return finish();
}

static int
help(const struct options *o)
{
	(void)o;
	options_help(stdout);
	return finish();
}

/* ---- to a server -------------------------------------------------------- */

static int
find_server(const char *pid_file, pid_t *pid)
{
	*pid = pid_file_holder(pid_file);
	if (*pid > 0)
		return DONE;
	if (*pid == 0) {
		fprintf(stderr, "prong: no server there: nobody holds %s\n",
			pid_file);
		return NO_SERVER;
	}
	fprintf(stderr, "prong: %s: %s\n", pid_file, strerror(errno));
	return FAILED;
}

/* One that the server answers, or is asked for by a signal without an answer
 * where the configuration names no control socket. */
// clang-format off
static const struct order {
	const char *command;
	const char *done;    /* "DONE: reason" */
	bool is_end;         /* done when the server is gone */
	bool has_signal;
	enum signals_action action;
	const char *request; /* "asked pid 1 to REQUEST" */
} orders[] = {
	[OPTIONS_RELOAD] = { "reload", "reloaded", false,
		true, SIGNALS_RELOAD, "reload" },
	[OPTIONS_DRAIN] = { "drain", "draining", true,
		true, SIGNALS_DRAIN, "drain" },
	[OPTIONS_STOP] = { "stop", "stopping", true,
		true, SIGNALS_STOP, "stop" },
	[OPTIONS_REOPEN] = { "reopen", "done", false,
		true, SIGNALS_REOPEN, "reopen its logs" },
	[OPTIONS_UPGRADE] = { "upgrade", "upgraded", false,
		true, SIGNALS_UPGRADE, "upgrade" },
	[OPTIONS_SCALE] = { .command = "scale", .done = "scaled" },
	[OPTIONS_PS] = { .command = "ps" },
};
// clang-format on

/* Nobody will tell what became of it; so what can be known is known before.
 * Has the file no errors? */
static bool
is_good(const struct options *o, const struct order *order)
{
	struct conf *conf;

	if (order->action != SIGNALS_RELOAD)
		return true;
	conf = config_read(o->file, stderr);
	if (conf == NULL)
		fprintf(stderr,
			"prong: %s refused: the configuration has errors; the "
			"server was not asked\n",
			order->command);
	conf_free(conf);
	return conf != NULL;
}

static int
ask_by_signal(const struct options *o, const char *pid_file,
	const struct order *order)
{
	pid_t pid;
	int rc = find_server(pid_file, &pid);

	if (rc != DONE)
		return rc;
	if (!is_good(o, order))
		return FAILED;
	if (kill(pid, signals_number(order->action)) == -1) {
		fprintf(stderr, "prong: pid %ld was not asked: %s\n", (long)pid,
			strerror(errno));
		return errno == ESRCH ? NO_SERVER : FAILED;
	}
	printf("asked pid %ld to %s, by a signal: without \"control\" in %s "
	       "it cannot answer; its error log has the outcome\n",
		(long)pid, order->request, o->file);
	return finish();
}

/* Nobody listens.  Is a server there all the same, with another socket? */
static int
miss_control(const struct conf *conf, const struct order *order)
{
	pid_t pid =
		conf->pid_file == NULL ? 0 : pid_file_holder(conf->pid_file);

	if (pid <= 0) {
		fprintf(stderr,
			"prong: no server there: nobody listens at %s\n",
			conf->control);
		return NO_SERVER;
	}
	fprintf(stderr,
		"prong: nobody listens at %s, but pid %ld holds %s: did it "
		"start with another \"control\"?",
		conf->control, (long)pid, conf->pid_file);
	if (order->has_signal)
		fprintf(stderr, " kill -%d %ld asks it to %s without one",
			signals_number(order->action), (long)pid,
			order->request);
	fputc('\n', stderr);
	return FAILED;
}

static int
find_control(const struct conf *conf, const struct order *order, int *fd)
{
	*fd = control_client_open(conf->control);
	if (*fd != -1)
		return DONE;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return miss_control(conf, order);
	fprintf(stderr, "prong: %s: %s\n", conf->control, strerror(errno));
	return FAILED;
}

static void
print_errors(const json_t *answer)
{
	const json_t *errors = json_object_get(answer, "errors");
	const char *line;

	for (size_t i = 0; i < json_array_size(errors); i++) {
		line = json_string_value(json_array_get(errors, i));
		fprintf(stderr, "%s\n", line != NULL ? line : "");
	}
}

static int
print_answer(const struct options *o, const struct order *order,
	const json_t *answer)
{
	bool is_ok = json_is_true(json_object_get(answer, "ok"));
	const char *reason =
		json_string_value(json_object_get(answer, "reason"));

	if (o->is_json) {
		json_dumpf(
			answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
		putchar('\n');
	} else if (!is_ok) {
		print_errors(answer);
		fprintf(stderr, "prong: %s refused: %s\n", order->command,
			reason != NULL ? reason : "no reason given");
	} else if (json_object_get(answer, "workers") != NULL) {
		control_report_print(answer, stdout);
	} else {
		printf("%s: %s\n", order->done, reason != NULL ? reason : "");
	}
	return finish() == DONE && is_ok ? DONE : FAILED;
}

static int
ask_by_socket(const struct options *o, const struct conf *conf,
	const struct order *order)
{
	json_t *answer, *request = json_pack("{s:s,s:i}", "command",
				order->command, "workers", (int)o->workers);
	struct reason why;
	int fd, rc = find_control(conf, order, &fd);

	if (rc != DONE) {
		json_decref(request);
		return rc;
	}
	answer = control_client_ask(fd, request, &why);
	if (answer == NULL) {
		fprintf(stderr, "prong: %s: %s\n", order->command, why.text);
		rc = FAILED;
	} else {
		rc = print_answer(o, order, answer);
	}
	if (rc == DONE && order->is_end)
		control_client_wait(fd);
	json_decref(answer);
	control_client_close(fd);
	return rc;
}

static int
ask_somehow(const struct options *o, const struct conf *conf,
	const struct order *order)
{
	if (conf->control != NULL)
		return ask_by_socket(o, conf, order);
	if (!order->has_signal || o->is_json) {
		fprintf(stderr,
			"prong: %s names no \"control\" socket, so the server "
			"cannot answer\n",
			o->file);
		return FAILED;
	}
	if (conf->pid_file != NULL)
		return ask_by_signal(o, conf->pid_file, order);
	fprintf(stderr,
		"prong: %s names neither \"control\" nor \"pid_file\", so the "
		"server cannot be found\n",
		o->file);
	return FAILED;
}

/* A configuration with errors says all the same where the server is; what is
 * wrong the server will say. */
static int
ask(const struct options *o)
{
	struct conf *conf = config_read_places(o->file, stderr);
	int rc;

	if (conf == NULL)
		return FAILED;
	rc = ask_somehow(o, conf, &orders[o->command]);
	conf_free(conf);
	return rc;
}

int
commands_run(const struct options *o)
{
	static int (*const commands[])(const struct options *) = {
		[OPTIONS_CHECK] = check,
		[OPTIONS_DUMP] = dump,
		[OPTIONS_SCHEMA] = schema,
		[OPTIONS_RELOAD] = ask,
		[OPTIONS_DRAIN] = ask,
		[OPTIONS_STOP] = ask,
		[OPTIONS_REOPEN] = ask,
		[OPTIONS_UPGRADE] = ask,
		[OPTIONS_SCALE] = ask,
		[OPTIONS_PS] = ask,
		[OPTIONS_NEW] = new_module,
		[OPTIONS_VERSION] = version,
		[OPTIONS_HELP] = help,
	};

	assert(commands[o->command] != NULL);
	return commands[o->command](o);
}
