/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/unreadable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "file/docroot.h"

enum { MOST = 1000, NAMES = 200 };

struct survey {
	unsigned seen, unreadable;
	char names[NAMES];
};

static void
add_entry(struct survey *s, int dir, const struct dirent *entry)
{
	int rights = entry->d_type == DT_DIR ? R_OK | X_OK : R_OK;
	size_t used = strlen(s->names);

	/* Names with a dot are not served. */
	if (entry->d_name[0] == '.')
		return;
	s->seen++;
	if (faccessat(dir, entry->d_name, rights, AT_EACCESS) == 0 ||
		errno != EACCES)
		return;
	s->unreadable++;
	if (used + strlen(entry->d_name) + sizeof(", ...") < sizeof(s->names))
		snprintf(s->names + used, sizeof(s->names) - used, "%s%s",
			used == 0 ? "" : ", ", entry->d_name);
	else if (used > 0 && s->names[used - 1] != '.')
		snprintf(s->names + used, sizeof(s->names) - used, ", ...");
}

void
unreadable_warn(const struct docroot *root, const char *user, struct log *log)
{
	struct survey s = { 0 };
	const struct dirent *entry;
	int fd = openat(root->root.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while (s.seen < MOST && (entry = readdir(dir)) != NULL)
		add_entry(&s, fd, entry);
	closedir(dir);
	if (s.unreadable > 0)
		log_warnx(log,
			"%s: %u of %u names cannot be read by %s and are "
			"answered with 403: %s",
			root->route->files.root, s.unreadable, s.seen, user,
			s.names);
}
