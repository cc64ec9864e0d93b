/*
 * The key is checked for the form of 16 base64-encoded bytes; its value is not
 * needed.
 * SPDX-License-Identifier: MIT
 */
#include "api/handshake.h"

#include <stdint.h>

#include "api/sha1.h"
#include "common/base64.h"
#include "http/field_list.h"
#include "http/request.h"

enum { KEY = 24, KEY_DIGITS = 22 }; /* characters */

/*
 * True when a field line with this name has the element, as compared by is().
 */
static bool
has_element(const struct request *r, struct span name, struct span element,
	bool (*is)(struct span, struct span))
{
	struct span rest, one;

	for (unsigned n = 0; (rest = request_find(r, name, n)).at != NULL; n++)
		while (field_list_next(&rest, &one))
			if (is(one, element))
				return true;
	return false;
}

static bool
is_websocket_key(struct span key)
{
	if (key.at == NULL || key.len != KEY)
		return false;
	for (int i = 0; i < KEY_DIGITS; i++)
		if (!base64_is_digit(key.at[i]))
			return false;
	return key.at[KEY_DIGITS] == '=' && key.at[KEY_DIGITS + 1] == '=';
}

/* Computes Sec-WebSocket-Accept (RFC 6455 4.2.2, item 5.4). */
static void
compute_accept(struct handshake *h, struct span key)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[KEY + sizeof(magic) - 1];
	uint8_t digest[SHA1_LEN];

	memcpy(text, key.at, KEY);
	memcpy(text + KEY, magic, sizeof(magic) - 1);
	_Static_assert(BASE64_LEN(SHA1_LEN) == HANDSHAKE_ACCEPT, "one length");
	sha1(digest, text, sizeof(text));
	base64_encode(h->accept, digest, sizeof(digest));
}

static const char *
choose_protocol(const struct request *r, const char *const *protocols)
{
	for (; protocols != NULL && *protocols != NULL; protocols++)
		if (has_element(r, SPAN("Sec-WebSocket-Protocol"),
			    span_of(*protocols), span_is))
			return *protocols;
	return NULL;
}

/* RFC 8441 5: there is no key, and a 426 has no meaning. */
static int
check_http2(const struct request *r, struct handshake *h)
{
	struct span version =
		request_find_only(r, SPAN("Sec-WebSocket-Version"));

	h->accept[0] = '\0';
	return r->is_websocket && version.at != NULL &&
			       span_is(version, SPAN("13"))
		       ? 0
		       : 400;
}

static int
check_http1(const struct request *r, struct handshake *h)
{
	struct span key = request_find_only(r, SPAN("Sec-WebSocket-Key"));
	struct span version =
		request_find_only(r, SPAN("Sec-WebSocket-Version"));

	if (!has_element(r, SPAN("Upgrade"), SPAN("websocket"), span_is_nocase))
		return 426;
	if (r->method != METHOD_GET || r->minor < 1 || request_has_body(r))
		return 400;
	if (!has_element(
		    r, SPAN("Connection"), SPAN("upgrade"), span_is_nocase))
		return 400;
	if (version.at == NULL || !span_is(version, SPAN("13")))
		return 426;
	if (!is_websocket_key(key))
		return 400;
	compute_accept(h, key);
	return 0;
}

int
handshake_check(const struct request *r, const char *const *protocols,
	struct handshake *h)
{
	h->protocol = choose_protocol(r, protocols);
	return r->is_http2 ? check_http2(r, h) : check_http1(r, h);
}
