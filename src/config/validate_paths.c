/*
 * A pid file is overwritten and removed, a log is appended to: one path for two
 * of them destroys what the other wrote.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_paths.h"

#include <string.h>
#include <sys/un.h>

#include "common/conf.h"
#include "config/read.h"

/* The file of the server that has the path, in words; NULL: none.  A log has no
 * path where its value is an error. */
static const char *
find_log(const struct conf *conf, const char *path)
{
	const char *error = conf->log.error.path;

	for (unsigned i = 0; i < conf->log.nnumbered; i++)
		if (strcmp(conf->log.numbered[i]->file.path, path) == 0)
			return conf->log.numbered[i]->name;
	return error != NULL && strcmp(error, path) == 0 ? "log.error" : NULL;
}

/* other: what has the path besides the logs, and its path, or NULL. */
static void
check_path(struct reader *r, const struct conf *conf, const char *key,
	const char *path, const char *other, const char *other_path)
{
	const char *name = find_log(conf, path);

	if (other_path != NULL && strcmp(other_path, path) == 0)
		name = other;
	if (name == NULL)
		return;
	reader_report_at(r, key,
		"the same path as that of %s: each needs a file of its own",
		name);
}

static void
check_length(struct reader *r, const char *path)
{
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (strlen(path) <= most)
		return;
	reader_report_at(r, "control",
		"the path is too long for a unix socket (%zu bytes at most)",
		most);
}

void
validate_paths(struct reader *r, const struct conf *conf)
{
	const struct conf_paths *p = &conf->paths;

	if (p->control != NULL) {
		check_length(r, p->control);
		check_path(r, conf, "control", p->control, "pid_file",
			p->pid_file);
	}
	if (p->pid_file != NULL)
		check_path(r, conf, "pid_file", p->pid_file, NULL, NULL);
}
