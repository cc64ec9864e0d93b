/*
 * The copy is in a memfd, sealed against changes.
 * SPDX-License-Identifier: MIT
 */
#include "cli/standard_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/text.h"

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
	CHUNK = 4096,
};

/* True if the program before an upgrade has kept it. */
static bool
is_kept(void)
{
	return fcntl(STDIN_FILENO, F_GET_SEALS) == SEALS;
}

/* Writes all to the file.  Returns 0, or -1 with errno. */
static int
write_all(int fd, const char *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(fd, bytes + done, len - done);
		if (n == -1 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

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
		if (n == -1 || write_all(fd, bytes, (size_t)n) == -1)
			return -1;
		len += (size_t)n;
	}
	return 0;
}

int
standard_input_keep(FILE *errors)
{
	int fd, result = -1;

	if (is_kept())
		return 0;
	fd = memfd_create("prong.json", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd != -1 && copy_input(fd) == 0 &&
		fcntl(fd, F_ADD_SEALS, SEALS) == 0 &&
		dup2(fd, STDIN_FILENO) != -1)
		result = 0;
	if (result == -1)
		fprintf(errors, "prong: standard input: %s\n", strerror(errno));
	if (fd != -1)
		close(fd);
	return result;
}
