/*
 * Commands that the server answers: over its control socket, or not at all, by
 * a signal.
 * SPDX-License-Identifier: MIT
 */
#include "cli/server_commands.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/control_client.h"
#include "cli/last_report.h"
#include "cli/orphans.h"
#include "config/load.h"
#include "config/places.h"
#include "control/control_report.h"
#include "pid_file.h"
#include "signals.h"

#define DEFAULT_CONTROL "/run/prong/control.sock"

/* Of the pid file or the control socket. */
static int
report_unreachable(const char *path)
{
	fprintf(stderr, "prong: %s: %s%s\n", path, strerror(errno),
		errno == EACCES
			? "; only root and the user of the master may ask it"
			: "");
	return COMMANDS_FAILED;
}

static int
find_server(const char *pid_file, pid_t *pid)
{
	*pid = pid_file_holder(pid_file);
	if (*pid > 0)
		return COMMANDS_DONE;
	if (*pid == 0) {
		fprintf(stderr,
			"prong: no server running: no process holds %s\n",
			pid_file);
		return COMMANDS_NO_SERVER;
	}
	return report_unreachable(pid_file);
}

/*
 * A command that the server answers over the control socket.  Where the
 * configuration names no control socket, a signal asks the server instead,
 * without an answer.
 */
// clang-format off
static const struct order {
	const char *command;
	const char *done;    /* printed before the reason */
	bool is_end;         /* complete when the server has exited */
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
	[OPTIONS_UNREADY] = { .command = "unready", .done = "unready" },
	[OPTIONS_READY] = { .command = "ready", .done = "ready" },
	[OPTIONS_SCALE] = { .command = "scale", .done = "scaled" },
	[OPTIONS_LAST] = { .command = "explain" },
	[OPTIONS_PS] = { .command = "ps" },
	[OPTIONS_TOP] = { .command = "top" },
	[OPTIONS_DUMP] = { .command = "dump" },
};
// clang-format on

/*
 * A signal has no answer, so errors of the file are reported before it is sent.
 * Returns whether the file has none.
 */
static bool
check_before_signal(const struct options *o, const struct order *order)
{
	struct conf *conf;

	if (order->action != SIGNALS_RELOAD)
		return true;
	conf = config_read_for_command(o->file, o->check_disks, stderr);
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

	if (rc != COMMANDS_DONE)
		return rc;
	if (!check_before_signal(o, order))
		return COMMANDS_FAILED;
	if (kill(pid, signals_number(order->action)) == -1) {
		fprintf(stderr, "prong: cannot signal pid %ld: %s\n", (long)pid,
			strerror(errno));
		return errno == ESRCH ? COMMANDS_NO_SERVER : COMMANDS_FAILED;
	}
	printf("asked pid %ld to %s by a signal; without \"control\" in %s it "
	       "cannot answer: see its error log for the outcome\n",
		(long)pid, order->request, o->file);
	return commands_flush();
}

/*
 * Reports that no server listens on the control socket, or that one does on
 * another.
 */
static int
report_no_listener(
	const struct config_places *places, const struct order *order)
{
	pid_t pid = places->pid_file == NULL
			    ? 0
			    : pid_file_holder(places->pid_file);

	if (pid <= 0) {
		fprintf(stderr,
			"prong: no server running: no process listens on %s\n",
			places->control);
		return COMMANDS_NO_SERVER;
	}
	fprintf(stderr,
		"prong: no process listens on %s, but pid %ld holds %s: was it "
		"started with another \"control\"?",
		places->control, (long)pid, places->pid_file);
	if (order->has_signal)
		fprintf(stderr, " kill -%d %ld asks it to %s without one",
			signals_number(order->action), (long)pid,
			order->request);
	fputc('\n', stderr);
	return COMMANDS_FAILED;
}

static int
open_control(
	const struct config_places *places, const struct order *order, int *fd)
{
	*fd = control_client_open(places->control);
	if (*fd != -1)
		return COMMANDS_DONE;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return report_no_listener(places, order);
	return report_unreachable(places->control);
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

/* Adds what the server cannot know. */
static void
add_orphans(json_t *report)
{
	const char *control = json_string_value(
		json_object_get(json_object_get(report, "master"), "control"));

	if (control != NULL)
		json_object_set_new(report, "orphans", orphans_find(control));
}

static int
print_answer(const struct options *o, const struct order *order, json_t *answer)
{
	bool is_ok = json_is_true(json_object_get(answer, "ok"));
	const char *reason =
		json_string_value(json_object_get(answer, "reason"));

	add_orphans(answer);
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
	} else if (json_object_get(answer, "requests") != NULL) {
		last_report_print(answer, o, stdout);
	} else {
		printf("%s: %s\n", order->done, reason != NULL ? reason : "");
	}
	return commands_flush() == COMMANDS_DONE && is_ok ? COMMANDS_DONE
							  : COMMANDS_FAILED;
}

/* Prints what the server answers, or keeps it in *kept. */
static int
take_answer(const struct options *o, const struct order *order,
	const char *control, json_t *answer, struct server_answer *kept)
{
	if (kept == NULL || !json_is_true(json_object_get(answer, "ok")))
		return print_answer(o, order, answer);
	kept->json = json_incref(answer);
	snprintf(kept->control, sizeof(kept->control), "%s", control);
	return COMMANDS_DONE;
}

static int
ask_by_socket(const struct options *o, const struct config_places *places,
	const struct order *order, struct server_answer *kept)
{
	json_t *answer, *request = json_pack("{s:s,s:i,s:b,s:s*}", "command",
				order->command, "workers", (int)o->workers,
				"force", o->is_forced, "id", o->id);
	struct error_text why;
	int fd, rc = open_control(places, order, &fd);

	if (rc != COMMANDS_DONE) {
		json_decref(request);
		return rc;
	}
	answer = control_client_ask(fd, request, &why);
	if (answer == NULL) {
		fprintf(stderr, "prong: %s: %s\n", order->command, why.text);
		rc = COMMANDS_FAILED;
	} else {
		rc = take_answer(o, order, places->control, answer, kept);
	}
	if (rc == COMMANDS_DONE && order->is_end)
		control_client_wait(fd);
	json_decref(answer);
	control_client_close(fd);
	return rc;
}

static int
send_command(const struct options *o, const struct config_places *places,
	const struct order *order, struct server_answer *kept)
{
	if (places->control != NULL)
		return ask_by_socket(o, places, order, kept);
	if (!order->has_signal || o->is_json || o->is_forced) {
		fprintf(stderr,
			"prong: %s names no \"control\" socket, so the server "
			"cannot %s\n",
			o->file, o->is_forced ? "be told --force" : "answer");
		return COMMANDS_FAILED;
	}
	if (places->pid_file != NULL)
		return ask_by_signal(o, places->pid_file, order);
	fprintf(stderr,
		"prong: %s names neither \"control\" nor \"pid_file\", so the "
		"server cannot be found\n",
		o->file);
	return COMMANDS_FAILED;
}

/* ---- where the server is ------------------------------------------------- */

/* Returns the configuration that the server serves, which the caller frees, or
 * NULL if no server answers. */
static char *
ask_configuration(const char *control)
{
	json_t *answer = NULL;
	const char *text;
	char *file = NULL;
	struct error_text unused;
	int fd = control_client_open(control);

	if (fd == -1)
		return NULL;
	answer = control_client_ask(
		fd, json_pack("{s:s}", "command", "ps"), &unused);
	text = json_string_value(json_object_get(
		json_object_get(answer, "master"), "configuration"));
	if (text != NULL)
		file = strdup(text);
	json_decref(answer);
	control_client_close(fd);
	return file;
}

/* One of them may be relative to another directory than this one. */
static bool
is_same_file(const char *a, const char *b)
{
	const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');

	if (*a == '/' && *b == '/')
		return strcmp(a, b) == 0;
	return strcmp(slash_a == NULL ? a : slash_a + 1,
		       slash_b == NULL ? b : slash_b + 1) == 0;
}

/*
 * The file does not say where its server is: one that listens on the default
 * socket is it, unless that serves another file.
 */
static int
try_default_control(const struct options *o, const struct order *order,
	struct server_answer *kept)
{
	const struct config_places places = { .control = DEFAULT_CONTROL };
	char *file = ask_configuration(DEFAULT_CONTROL);
	int rc = COMMANDS_FAILED;

	if (file == NULL)
		fprintf(stderr,
			"prong: no server answers on %s either; name its "
			"socket with --control PATH\n",
			DEFAULT_CONTROL);
	else if (!o->is_default_file && !is_same_file(file, o->file))
		fprintf(stderr,
			"prong: the server on %s serves %s; if that is the "
			"one, name its socket with --control %s\n",
			DEFAULT_CONTROL, file, DEFAULT_CONTROL);
	else
		rc = ask_by_socket(o, &places, order, kept);
	free(file);
	return rc;
}

static int
ask_server(const struct options *o, const struct order *order,
	struct server_answer *kept)
{
	struct config_places places = { .control = o->control };
	int rc;

	if (o->control != NULL)
		return ask_by_socket(o, &places, order, kept);
	rc = config_places_read(&places, o->file);
	if (rc == 0 && (places.is_json || places.control != NULL ||
			       places.pid_file != NULL)) {
		rc = send_command(o, &places, order, kept);
	} else {
		conf_free(config_read_for_command(o->file, NULL, stderr));
		rc = try_default_control(o, order, kept);
	}
	config_places_fini(&places);
	return rc;
}

int
server_commands_run(const struct options *o)
{
	return ask_server(o, &orders[o->command], NULL);
}

int
server_commands_ask(const struct options *o, enum options_command command,
	struct server_answer *answer)
{
	return ask_server(o, &orders[command], answer);
}
