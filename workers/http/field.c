/*
 * Names are looked up by their length: at most six share one.
 * SPDX-License-Identifier: MIT
 */
#include "http/field.h"

#include <stdint.h>

enum { LONGEST = 25, SAME_LENGTH = 6 };

struct name {
	const char *text; /* lower case */
	enum field_id id;
};

// clang-format off
#define COMMON(text) { text, FIELD_COMMON }

static const struct name names[LONGEST + 1][SAME_LENGTH] = {
	[2] = { COMMON("te") },
	[3] = { COMMON("via"), COMMON("dnt") },
	[4] = { { "host", FIELD_HOST } },
	[5] = { { "range", FIELD_RANGE } },
	[6] = { { "accept", FIELD_ACCEPT }, { "expect", FIELD_EXPECT },
		COMMON("cookie"), COMMON("origin"), COMMON("pragma") },
	[7] = { { "referer", FIELD_REFERER }, COMMON("upgrade") },
	[8] = { { "if-range", FIELD_IF_RANGE }, { "if-match", FIELD_IF_MATCH },
		COMMON("priority") },
	[9] = { COMMON("sec-ch-ua"), COMMON("x-real-ip"), COMMON("forwarded") },
	[10] = { { "connection", FIELD_CONNECTION },
		 { "user-agent", FIELD_USER_AGENT }, COMMON("keep-alive") },
	[11] = { COMMON("traceparent") },
	[12] = { { "x-request-id", FIELD_X_REQUEST_ID },
		 COMMON("content-type") },
	[13] = { { "if-none-match", FIELD_IF_NONE_MATCH },
		 { "authorization", FIELD_AUTHORIZATION },
		 COMMON("cache-control") },
	[14] = { { "content-length", FIELD_CONTENT_LENGTH },
		 COMMON("sec-fetch-dest"), COMMON("sec-fetch-mode"),
		 COMMON("sec-fetch-site"), COMMON("sec-fetch-user") },
	[15] = { { "accept-encoding", FIELD_ACCEPT_ENCODING },
		 COMMON("accept-language"), COMMON("x-forwarded-for") },
	[16] = { COMMON("x-forwarded-host"), COMMON("x-forwarded-port"),
		 COMMON("sec-ch-ua-mobile") },
	[17] = { { "if-modified-since", FIELD_IF_MODIFIED_SINCE },
		 { "transfer-encoding", FIELD_TRANSFER_ENCODING },
		 COMMON("x-forwarded-proto") },
	[18] = { COMMON("sec-ch-ua-platform") },
	[19] = { { "if-unmodified-since", FIELD_IF_UNMODIFIED_SINCE } },
	[25] = { COMMON("upgrade-insecure-requests") },
};
// clang-format on

/*
 * Loads four to eight bytes starting at p; the second half overlaps the first
 * where there are fewer than eight.
 */
static uint64_t
load_word(const char *p, size_t len)
{
	uint64_t word;
	uint32_t first, last;

	if (len >= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		return word;
	}
	memcpy(&first, p, sizeof(first));
	memcpy(&last, p + len - sizeof(last), sizeof(last));
	return (uint64_t)last << 32 | first;
}

/*
 * Compares eight bytes without regard to case. text is lower case: bit 6 of a
 * byte tells a letter, and only a letter may differ in bit 5.
 */
static bool
is_same_word(uint64_t text, uint64_t name)
{
	return ((text ^ name) & ~(text >> 1 & 0x2020202020202020u)) == 0;
}

static bool
is_same_name(const char *text, const char *name, size_t len)
{
	enum { WORD = 8, HALF = 4 };
	size_t i = 0;

	if (len < HALF)
		return strncasecmp(text, name, len) == 0;
	for (; i + WORD < len; i += WORD)
		if (!is_same_word(load_word(text + i, WORD),
			    load_word(name + i, WORD)))
			return false;
	/* The last word overlaps the one before it. */
	i = len > WORD ? len - WORD : 0;
	return is_same_word(
		load_word(text + i, len - i), load_word(name + i, len - i));
}

enum field_id
field_find(struct span name)
{
	if (name.len > LONGEST)
		return FIELD_OTHER;
	for (const struct name *n = names[name.len];
		n < names[name.len] + SAME_LENGTH && n->text != NULL; n++)
		if ((*name.at | 0x20) == *n->text &&
			is_same_name(n->text, name.at, name.len))
			return n->id;
	return FIELD_OTHER;
}
