/*
 * SPDX-License-Identifier: MIT
 */
#include "common/standard_fds.h"

#include <fcntl.h>
#include <unistd.h>

void
standard_fds_fill(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

void
standard_fds_discard(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null == -1)
		return;
	dup2(null, fd);
	close(null);
}
