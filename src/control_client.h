/*
 * The other end of the control socket: asks, waits, reads the answer.  For
 * the commands; blocks.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <jansson.h>

#include "reason.h"

/* A connection; -1 with errno: ENOENT and ECONNREFUSED say that no server is
 * there. */
int control_client_open(const char *path);
void control_client_close(int fd);

/* Sends the request (taken over) and waits for its answer, however long it
 * takes.  The caller's; NULL with the reason. */
json_t *control_client_ask(int fd, json_t *request, struct reason *);

/* Waits until the server has closed its end: it is gone. */
void control_client_wait(int fd);

#endif
