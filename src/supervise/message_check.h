/*
 * Checks what a worker sends, and when.  A worker may be compromised: nothing
 * of a message is used before it was checked here.
 * SPDX-License-Identifier: MIT
 */
#ifndef MESSAGE_CHECK_H
#define MESSAGE_CHECK_H

#include "common/channel.h"
#include "common/error_text.h"

struct proc;

/*
 * Returns 0, or -1 with a text that says what the worker did: "sent RECYCLE
 * twice".  The descriptors of a message that passes are connections, and their
 * SO_LINGER is off, so that close(2) does not wait.
 */
int message_check(
	struct proc *, const struct channel_message *, struct error_text *);

/* Checks only the content of a message, of any sender: its length, and the
 * number and type of its descriptors.  Returns as above. */
int message_check_content(const struct channel_message *, struct error_text *);

/* Copies the message's text with control characters as \xNN. */
void message_text(const struct channel_message *, struct error_text *);

#endif
