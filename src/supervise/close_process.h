/*
 * Closes descriptors that a worker sent and the master refused.
 * SPDX-License-Identifier: MIT
 */
#ifndef CLOSE_PROCESS_H
#define CLOSE_PROCESS_H

/*
 * Closes the descriptors, at most CHANNEL_FDS, in a process of their own and
 * returns at once.  close(2) may take as long as the sender likes: a socket
 * that lingers, a file of a file system in user space, a unix socket with such
 * descriptors in its queue.
 */
void close_in_process(const int *fds, int n);

#endif
