/*
 * SPDX-License-Identifier: MIT
 */
#include "supervise/epoll_check.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/error_text.h"

int
epoll_check(struct error_text *why)
{
	struct epoll_event e = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int fd = eventfd(0, EFD_CLOEXEC);
	int rc = epoll == -1 || fd == -1
			 ? -1
			 : epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
	int reason = errno;

	if (epoll != -1)
		close(epoll);
	if (fd != -1)
		close(fd);
	if (rc == 0)
		return 0;
	return error_text_set(why,
		"epoll cannot watch a descriptor: %s; is "
		"fs.epoll.max_user_watches used up?",
		strerror(reason));
}
