/*
 * Tests whether epoll accepts another descriptor. libev reports a refusal
 * (ENOSPC, ENOMEM) late, or not at all for the descriptors that it watches
 * itself.
 * SPDX-License-Identifier: MIT
 */
#ifndef EPOLL_CHECK_H
#define EPOLL_CHECK_H

struct error_text;

/* Returns 0, or -1 with the error text and the remedy. */
int epoll_check(struct error_text *);

#endif
