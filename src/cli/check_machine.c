/*
 * Password files are read by the code of the workers, with their rights.
 * SPDX-License-Identifier: MIT
 */
#include "cli/check_machine.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/user.h"
#include "config/errors.h"
#include "config/json_position.h"
#include "config/preflight.h"
#include "config/source.h"

static struct json_position
find_position(
	const struct config_source *source, const struct conf_route *route)
{
	const struct json_step steps[] = {
		{ .key = "sites" },
		{ .index = route->site },
		{ .key = "routes" },
		{ .index = route->number },
		{ .key = "auth" },
		{ .key = "file" },
	};

	return config_source_find(source, steps,
		sizeof(steps) / sizeof(steps[0]), JSON_POSITION_VALUE);
}

static void
check_route(const struct conf_route *route, check_machine_users *read_users,
	const struct config_source *source, struct config_errors *errors)
{
	char why[512];

	if (route->auth.file != NULL &&
		read_users(&route->auth, why, sizeof(why)) == -1)
		config_errors_add(errors, find_position(source, route),
			"sites[%u].routes[%u].auth.file: %s", route->site,
			route->number, why);
}

/* Returns the number of files that are wrong. */
static unsigned
check_users(const struct conf *conf, check_machine_users *read_users, FILE *to)
{
	struct config_source source;
	struct config_errors errors;
	unsigned count;

	config_source_reopen(&source, conf->file);
	config_errors_init(&errors);
	/* One that may not become the workers' user reads as what it is. */
	user_become(conf);
	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t k = 0; k < conf->sites[i].nroutes; k++)
			check_route(&conf->sites[i].routes[k], read_users,
				&source, &errors);
	config_errors_print(&errors, conf->file, to);
	count = errors.count;
	config_errors_fini(&errors);
	config_source_fini(&source);
	return count;
}

enum verdict { GOOD, WARNED, WRONG };

static _Noreturn void
run_checks(const struct conf *conf, check_machine_users *read_users, FILE *to,
	char now[PREFLIGHT_NOW])
{
	bool has_warnings = preflight_warn(conf, to, now) > 0;
	unsigned wrong;

	snprintf(now, PREFLIGHT_NOW, "auth.file");
	wrong = check_users(conf, read_users, to);
	fflush(to);
	_exit(wrong > 0 ? WRONG : has_warnings ? WARNED : GOOD);
}

/* Waits for the process.  One that hangs says by now where. */
static enum verdict
await_verdict(pid_t pid, const char *now, FILE *errors)
{
	enum { STEP = 10, LIMIT = 5000 /* ms */ };
	int status = 0;

	for (int ms = 0; waitpid(pid, &status, WNOHANG) == 0; ms += STEP) {
		if (ms >= LIMIT) {
			kill(pid, SIGKILL);
			fprintf(errors,
				"prong: warning: %s: no answer in %d s; does "
				"the disk or the file server behind it hang?\n",
				now, LIMIT / 1000);
			return WARNED;
		}
		poll(NULL, 0, STEP);
	}
	if (WIFEXITED(status))
		return (enum verdict)WEXITSTATUS(status);
	fprintf(errors, "prong: the check of %s ended: %s\n", now,
		strsignal(WTERMSIG(status)));
	return WRONG;
}

bool
check_machine(const struct conf *conf, check_machine_users *read_users,
	bool is_strict, FILE *errors)
{
	char *now = mmap(NULL, PREFLIGHT_NOW, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum verdict verdict;
	pid_t pid;

	fflush(errors);
	pid = now == MAP_FAILED ? -1 : fork();
	if (pid == 0)
		run_checks(conf, read_users, errors, now);
	if (pid == -1) {
		fprintf(errors, "prong: this machine was not checked: %s\n",
			strerror(errno));
		return false;
	}
	verdict = await_verdict(pid, now, errors);
	munmap(now, PREFLIGHT_NOW);
	if (verdict == WARNED && is_strict)
		fprintf(errors, "prong: %s: --strict allows no warning\n",
			conf->file);
	return verdict == GOOD || (verdict == WARNED && !is_strict);
}
