/*
 * The client of a connection of a fake worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_CLIENT_H
#define CONN_CLIENT_H

#include <sys/types.h>

#include "support/fake_worker.h"

enum { CONN_CLIENT_GOT = 1 << 20 };

extern struct fake_worker fake;
extern char got[CONN_CLIENT_GOT]; /* text that was received last */

/* A worker that serves "hello\n" at "/a"; the test starts it. */
void conn_client_set_up(void);

void conn_client_send(int fd, const char *text);

/* Receives into got what is there now; -1: the worker has closed. */
ssize_t conn_client_receive(int fd);

#endif
