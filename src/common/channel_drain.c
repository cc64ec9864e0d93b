/*
 * The text of the message is the struct, since master and worker are the same
 * program.
 * SPDX-License-Identifier: MIT
 */
#include "common/channel_drain.h"

#include <assert.h>
#include <string.h>

_Static_assert(sizeof(struct channel_drain) < CHANNEL_TEXT,
	"a message holds the struct");

void
channel_drain_write(struct channel_message *m, const struct channel_drain *d)
{
	assert(d->naddresses <= CHANNEL_DRAIN_ADDRESSES);
	*m = (struct channel_message){ .kind = CHANNEL_DRAIN,
		.len = sizeof(*d) };
	memcpy(m->text, d, sizeof(*d));
}

void
channel_drain_read(const struct channel_message *m, struct channel_drain *d)
{
	assert(m->kind == CHANNEL_DRAIN && m->len == sizeof(*d));
	memcpy(d, m->text, sizeof(*d));
	assert(d->naddresses <= CHANNEL_DRAIN_ADDRESSES);
}
