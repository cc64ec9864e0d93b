/*
 * The page is status_page.html; the build makes a string of it.  Its script and
 * its style run by a nonce, which is new in each response, and nothing else
 * does: https://www.w3.org/TR/CSP3/.
 * SPDX-License-Identifier: MIT
 */
#include "serve/status_page.h"

#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "common/random.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "http/accept_media.h"

#define MARK "@NONCE@"

#include "serve/status_page.inc" /* page[] */

enum {
	NONCE = 32, /* hexadecimal digits */
	PAGE_MAX = sizeof(page) + 8 * NONCE,
};

bool
status_page_is_wanted(struct exchange *x)
{
	struct span accept = request_list(&x->request, FIELD_ACCEPT, &x->arena);

	return accept.at != NULL &&
	       accept_media_named(accept, SPAN("text/html")) >
		       accept_media_named(accept, SPAN("application/json"));
}

static void
make_nonce(char text[NONCE + 1])
{
	snprintf(text, NONCE + 1, "%016" PRIx64 "%016" PRIx64, random_seed(),
		random_seed());
}

/* Copies the page with the nonce in the places of its marks. */
static struct span
put_nonce(struct exchange *x, const char *nonce)
{
	char text[PAGE_MAX];
	size_t used = 0;
	const char *from = page, *mark;

	while ((mark = strstr(from, MARK)) != NULL) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%.*s%s", (int)(mark - from), from, nonce);
		assert(used < sizeof(text));
		from = mark + strlen(MARK);
	}
	used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", from);
	assert(used < sizeof(text));
	return (struct span){ exchange_copy(x, text, used), used };
}

void
status_page_send(struct exchange *x)
{
	struct response r = { .status = 200,
		.type = SPAN("text/html; charset=utf-8") };
	char nonce[NONCE + 1];

	make_nonce(nonce);
	r.content = put_nonce(x, nonce);
	r.fields = arena_printf(&x->arena,
		"Cache-Control: no-store\r\n"
		"Content-Security-Policy: default-src 'none'; script-src "
		"'nonce-%s'; style-src 'nonce-%s'; connect-src 'self'; "
		"base-uri 'none'; form-action 'none'; frame-ancestors "
		"'none'\r\nReferrer-Policy: no-referrer\r\n"
		"X-Content-Type-Options: nosniff\r\n",
		nonce, nonce);
	response_send(x, &r);
}
