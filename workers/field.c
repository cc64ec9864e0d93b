/*
 * Names by their length: no length has more than three.
 * SPDX-License-Identifier: MIT
 */
#include "field.h"

#include <stdint.h>

enum { LONGEST = 19, SAME_LENGTH = 3 };

struct name {
	const char *text; /* lower case */
	enum field_id id;
};

// clang-format off
static const struct name names[LONGEST + 1][SAME_LENGTH] = {
	[4] = { { "host", FIELD_HOST } },
	[5] = { { "range", FIELD_RANGE } },
	[6] = { { "accept", FIELD_ACCEPT }, { "expect", FIELD_EXPECT } },
	[7] = { { "referer", FIELD_REFERER } },
	[8] = { { "if-range", FIELD_IF_RANGE }, { "if-match", FIELD_IF_MATCH } },
	[10] = { { "connection", FIELD_CONNECTION },
		 { "user-agent", FIELD_USER_AGENT } },
	[12] = { { "x-request-id", FIELD_X_REQUEST_ID } },
	[13] = { { "if-none-match", FIELD_IF_NONE_MATCH },
		 { "authorization", FIELD_AUTHORIZATION } },
	[14] = { { "content-length", FIELD_CONTENT_LENGTH } },
	[15] = { { "accept-encoding", FIELD_ACCEPT_ENCODING } },
	[17] = { { "if-modified-since", FIELD_IF_MODIFIED_SINCE },
		 { "transfer-encoding", FIELD_TRANSFER_ENCODING } },
	[19] = { { "if-unmodified-since", FIELD_IF_UNMODIFIED_SINCE } },
};
// clang-format on

static uint64_t
word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* name is a token: setting bit 5 folds its letters, and makes no '-' of
 * another token character.  Long names are compared in words. */
static bool
is_name(const char *text, const char *name, size_t len)
{
	const uint64_t fold = 0x2020202020202020u;
	const size_t step = sizeof(fold);

	for (; len > step; text += step, name += step, len -= step)
		if ((word_at(name) | fold) != word_at(text))
			return false;
	if (len == step)
		return (word_at(name) | fold) == word_at(text);
	for (size_t i = 0; i < len; i++)
		if ((name[i] | 0x20) != text[i])
			return false;
	return true;
}

enum field_id
field_find(struct span name)
{
	if (name.len > LONGEST)
		return FIELD_OTHER;
	for (const struct name *n = names[name.len];
		n < names[name.len] + SAME_LENGTH && n->text != NULL; n++)
		if ((*name.at | 0x20) == *n->text &&
			is_name(n->text, name.at, name.len))
			return n->id;
	return FIELD_OTHER;
}
