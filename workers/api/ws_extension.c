/*
 * An offer with a parameter that RFC 7692 does not know, or whose value it does
 * not permit, is declined, and the next one is looked at.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_extension.h"

#include <stdbool.h>
#include <stdio.h>

#include "http/field_list.h"
#include "http/request.h"

enum { BITS_MIN = 9, BITS_MAX = 15 };

enum parameter {
	SERVER_NO_CONTEXT_TAKEOVER,
	CLIENT_NO_CONTEXT_TAKEOVER,
	SERVER_MAX_WINDOW_BITS,
	CLIENT_MAX_WINDOW_BITS,
	PARAMETERS,
};

static const struct {
	struct span name;
	bool may_have_value, must_have_value;
} parameters[PARAMETERS] = {
	[SERVER_NO_CONTEXT_TAKEOVER] = { SPAN("server_no_context_takeover"),
		false, false },
	[CLIENT_NO_CONTEXT_TAKEOVER] = { SPAN("client_no_context_takeover"),
		false, false },
	[SERVER_MAX_WINDOW_BITS] = { SPAN("server_max_window_bits"), true,
		true },
	[CLIENT_MAX_WINDOW_BITS] = { SPAN("client_max_window_bits"), true,
		false },
};

/* Takes what is in front of the separator, and it; all if there is none. */
static struct span
take_until(struct span *rest, char separator)
{
	const char *end = memchr(rest->at, separator, rest->len);
	size_t len = end == NULL ? rest->len : (size_t)(end - rest->at);
	struct span taken = { rest->at, len };

	rest->at += len + (end != NULL);
	rest->len -= len + (end != NULL);
	return field_list_trim(taken);
}

/* Returns 8 to 15, or 0. */
static unsigned
read_bits(struct span value)
{
	if (value.len >= 2 && value.at[0] == '"' &&
		value.at[value.len - 1] == '"')
		value = (struct span){ value.at + 1, value.len - 2 };
	if (value.len == 1 && (value.at[0] == '8' || value.at[0] == '9'))
		return (unsigned)(value.at[0] - '0');
	if (value.len == 2 && value.at[0] == '1' && value.at[1] >= '0' &&
		value.at[1] <= '5')
		return 10 + (unsigned)(value.at[1] - '0');
	return 0;
}

static int
find_parameter(struct span name)
{
	for (int i = 0; i < PARAMETERS; i++)
		if (span_is(name, parameters[i].name))
			return i;
	return -1;
}

/* An offer has each parameter at most once. */
static bool
read_parameter(struct span text, unsigned *seen, unsigned *server_bits)
{
	bool has_value = memchr(text.at, '=', text.len) != NULL;
	int i = find_parameter(take_until(&text, '='));
	unsigned bits = has_value ? read_bits(field_list_trim(text)) : 0;

	if (i == -1 || (*seen & 1u << i) ||
		(has_value && (!parameters[i].may_have_value || bits == 0)) ||
		(!has_value && parameters[i].must_have_value))
		return false;
	*seen |= 1u << i;
	if (i == SERVER_MAX_WINDOW_BITS)
		*server_bits = bits;
	return true;
}

/* zlib makes no raw deflate with a window of 8 bits. */
static unsigned
read_offer(struct span offer)
{
	unsigned seen = 0, bits = BITS_MAX;
	bool has_more;

	has_more = memchr(offer.at, ';', offer.len) != NULL;
	if (!span_is(take_until(&offer, ';'), SPAN("permessage-deflate")))
		return 0;
	while (has_more) {
		has_more = memchr(offer.at, ';', offer.len) != NULL;
		if (!read_parameter(take_until(&offer, ';'), &seen, &bits))
			return 0;
	}
	return bits < BITS_MIN ? 0 : bits;
}

unsigned
ws_extension_choose(const struct request *r)
{
	struct span name = SPAN("Sec-WebSocket-Extensions"), rest, offer;
	unsigned bits;

	for (unsigned n = 0; (rest = request_find(r, name, n)).at != NULL; n++)
		while (field_list_next(&rest, &offer)) {
			bits = read_offer(offer);
			if (bits != 0)
				return bits;
		}
	return 0;
}

/* A window of BITS_MAX is what a client expects that asks for none. */
void
ws_extension_format(char to[WS_EXTENSION_FIELD], unsigned window_bits)
{
	static const char start[] =
		"Sec-WebSocket-Extensions: permessage-deflate; "
		"server_no_context_takeover; client_no_context_takeover";

	if (window_bits == 0)
		to[0] = '\0';
	else if (window_bits == BITS_MAX)
		snprintf(to, WS_EXTENSION_FIELD, "%s\r\n", start);
	else
		snprintf(to, WS_EXTENSION_FIELD,
			"%s; server_max_window_bits=%u\r\n", start,
			window_bits);
}
