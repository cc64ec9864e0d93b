/*
 * A group that is not below the mount, as in a container that sees the path of
 * its host, is looked for up to the root, which is the container's own group.
 * SPDX-License-Identifier: MIT
 */
#include "config/cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* True for the line of the kind: "0::/path", or "4:cpu,memory:/path". */
static bool
is_line_of(const char *line, const char *controller)
{
	const char *at = strchr(line, ':'), *end;
	size_t len;

	if (at == NULL || (end = strchr(at + 1, ':')) == NULL)
		return false;
	if (controller == NULL)
		return strncmp(line, "0::", 3) == 0;
	while (at < end) {
		len = strcspn(at + 1, ",:");
		if (len == strlen(controller) &&
			strncmp(at + 1, controller, len) == 0)
			return true;
		at += 1 + len;
	}
	return false;
}

static void
copy_path(char *path, size_t size, const char *line)
{
	const char *from = strchr(strchr(line, ':') + 1, ':') + 1;

	snprintf(path, size, "%.*s", (int)strcspn(from, "\n"), from);
}

bool
cgroup_find(
	const char *membership, const char *controller, char *path, size_t size)
{
	FILE *f = fopen(membership, "re");
	char line[PATH_MAX + 256];
	bool found = false;

	path[0] = '\0';
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = is_line_of(line, controller);
	fclose(f);
	if (found)
		copy_path(path, size, line);
	return found;
}

static bool
read_limit(const char *root, const char *group, const char *file,
	cgroup_parse *parse, double *limit)
{
	char path[2 * PATH_MAX], line[64] = "";
	FILE *f;

	if (snprintf(path, sizeof(path), "%s%s/%s", root, group, file) >=
		(int)sizeof(path))
		return false;
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	return parse(line, limit);
}

bool
cgroup_find_limit(const char *root, char *group, const char *file,
	cgroup_parse *parse, double *limit)
{
	bool found = false;
	double one;
	char *slash;

	for (;;) {
		if (read_limit(root, group, file, parse, &one) &&
			(!found || one < *limit)) {
			*limit = one;
			found = true;
		}
		slash = strrchr(group, '/');
		if (slash == NULL)
			return found;
		*slash = '\0';
	}
}
