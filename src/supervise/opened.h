/*
 * The message from a process that opens files to the master: how one of the
 * resources went, and its descriptor.
 * SPDX-License-Identifier: MIT
 */
#ifndef OPENED_H
#define OPENED_H

#include <stdbool.h>
#include <stddef.h>

#include "common/channel.h"
#include "supervise/resources.h"

enum { OPENED_PATH = 4096 /* bytes of a path in it, with its terminator */ };

/* Sends it, waiting while the channel is full, and closes the descriptor.  path
 * is the file's that was copied, or "".  Ends the process when the master has
 * ended. */
void opened_send(
	int channel, size_t index, struct resource *, const char *path);

/*
 * Reads a message about one of the resources; *r gets the error, or a
 * descriptor of the right kind, and the path.  Returns false after closing its
 * descriptors if the message is not one.
 */
bool opened_take(struct channel_message *, const struct resources *,
	size_t *index, struct resource *r);

#endif
