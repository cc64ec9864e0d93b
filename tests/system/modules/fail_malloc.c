/*
 * Preloaded: malloc(3) and its relatives fail in one process, when the file
 * that $FAIL_MALLOC names says so; see support/fail_malloc.h.
 * SPDX-License-Identifier: MIT
 */
#include "support/fail_malloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static struct fail_malloc *state;

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv(FAIL_MALLOC);
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd == -1)
		return;
	at = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		0);
	close(fd);
	if (at != MAP_FAILED)
		state = at;
}

static bool
fails(void)
{
	if (state == NULL || state->pid == 0 || state->pid != getpid())
		return false;
	if (state->failed > 0 && !state->for_good)
		return false;
	if (state->left > 0) {
		state->left--;
		return false;
	}
	state->failed++;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return size > 0 && fails() ? NULL : __libc_realloc(old, size);
}
