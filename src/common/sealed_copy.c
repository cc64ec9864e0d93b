/*
 * memfd_create -> copy -> F_ADD_SEALS.
 * SPDX-License-Identifier: MIT
 */
#include "common/sealed_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/close_fd.h"

enum {
	CHUNK = 64 * 1024,
	SIZE_MAX_MB = 512,
	NAME = 250, /* bytes of a name with its end, see memfd_create(2) */
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE,
};

int
sealed_copy_write(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, bytes, len);
		if (n == -1 && errno != EINTR)
			return -1;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int
sealed_copy_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS);
}

static int
copy_bytes(int from, int to)
{
	char bytes[CHUNK];
	ssize_t n;

	do {
		n = read(from, bytes, sizeof(bytes));
		if (n > 0 && sealed_copy_write(to, bytes, (size_t)n) == -1)
			return -1;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return n == 0 ? 0 : -1;
}

static bool
is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
fill_copy(int from, int to)
{
	struct stat before, after;

	if (fstat(from, &before) == -1)
		return -1;
	if (!S_ISREG(before.st_mode) || before.st_size > (off_t)SIZE_MAX_MB
								 << 20) {
		errno = S_ISREG(before.st_mode) ? EFBIG : EINVAL;
		return -1;
	}
	if (copy_bytes(from, to) == -1 || fstat(from, &after) == -1)
		return -1;
	if (!is_unchanged(&before, &after)) {
		errno = EBUSY;
		return -1;
	}
	return sealed_copy_seal(to);
}

/* Returns a file in memory with the name, as far as it fits. */
static int
create_copy(const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[NAME];

	snprintf(name, sizeof(name), "%s", slash == NULL ? path : slash + 1);
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int
sealed_copy_open(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int to;

	if (from == -1)
		return -1;
	to = create_copy(path);
	if (to != -1 && fill_copy(from, to) == -1) {
		close_keeping_errno(to);
		to = -1;
	}
	close_keeping_errno(from);
	return to;
}

bool
sealed_copy_is_valid(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & SEALS) == SEALS;
}
