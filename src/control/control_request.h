/*
 * A request of the control socket: a line with a JSON object.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The members of the request object. */
struct control_request {
	char command[32]; /* cut to this size; "": none */
	char id[132];     /* the same; of "explain": of a request */
	int64_t workers;  /* 0: none */
	bool is_forced;   /* reload, upgrade: without checks */
};

/* Reads the request from a line without its newline.  Returns NULL, or what is
 * wrong with it. */
const char *control_request_parse(
	struct control_request *, const char *line, size_t len);

#endif
