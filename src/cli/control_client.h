/*
 * The client side of the control socket.  These functions block; only commands
 * call them.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <jansson.h>

#include "common/error_text.h"

/*
 * Connects to the socket.  Returns -1 with errno; ENOENT and ECONNREFUSED mean
 * that no server is running.
 */
int control_client_open(const char *path);
void control_client_close(int fd);

/*
 * Sends the request, whose reference it takes, and waits for the answer without
 * a time limit.  The caller owns the answer; NULL with the error text on
 * failure.
 */
json_t *control_client_ask(int fd, json_t *request, struct error_text *);

/* Waits until the server has closed its end, which it does when it exits. */
void control_client_wait(int fd);

#endif
