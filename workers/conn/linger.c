/*
 * Reads and drops what a client still sends after its last response, so that
 * close(2) does not make the kernel send a reset.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <sys/socket.h>

#include "conn/conn.h"
#include "conn/worker_state.h"

void
conn_linger(struct conn *c)
{
	enum { MOST_READS = 16, MOST_BYTES = 8 * 1024 * 1024 };
	struct worker *w = c->worker;

	for (int i = 0; i < MOST_READS; i++) {
		ssize_t n = recv(c->io.fd, w->input, WORKER_INPUT, 0);

		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0 || (c->progress += (uint64_t)n) > MOST_BYTES) {
			conn_close(c, NULL);
			return;
		}
	}
}
