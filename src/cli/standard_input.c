/*
 * The copy is in a memfd, sealed against changes.
 * SPDX-License-Identifier: MIT
 */
#include "cli/standard_input.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/sealed_copy.h"
#include "config/text.h"

enum {
	CHUNK = 4096,
};

/* What is larger than a configuration may be need not be read to its end. */
static int
copy_input(int fd)
{
	char bytes[CHUNK];
	size_t len = 0;
	ssize_t n;

	while (len <= CONFIG_TEXT_MAX) {
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n == 0)
			return 0;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || sealed_copy_write(fd, bytes, (size_t)n) == -1)
			return -1;
		len += (size_t)n;
	}
	return 0;
}

int
standard_input_keep(FILE *errors)
{
	int fd, result = -1;

	/* The program before an upgrade has kept it. */
	if (sealed_copy_is_valid(STDIN_FILENO))
		return 0;
	fd = memfd_create("prong.json", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd != -1 && copy_input(fd) == 0 && sealed_copy_seal(fd) == 0 &&
		dup2(fd, STDIN_FILENO) != -1)
		result = 0;
	if (result == -1)
		fprintf(errors, "prong: standard input: %s\n", strerror(errno));
	if (fd != -1)
		close(fd);
	return result;
}
