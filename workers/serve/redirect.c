/*
 * Location is a path, or what the configuration says: never a host that a
 * client could have put into its request unasked.
 * SPDX-License-Identifier: MIT
 */
#include "serve/redirect.h"

#include <assert.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/template.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/peer.h"
#include "http/octet.h"
#include "http/target.h"
#include "serve/error_page.h"
#include "serve/relative_location.h"
#include "serve/site.h"

/* Bytes that stay unencoded in a template, in its parts, and in a host. */
#define UNRESERVED "-._~"
#define IN_PATH    UNRESERVED "/!$&'()*+,;=:@"
#define IN_QUERY                                                               \
	UNRESERVED "/:@!$'()*,;" /* without the separators of a query */
#define IN_URL IN_PATH "?#[]%"

/* Percent-encodes from; returns the end. */
static char *
encode_text(char *to, struct span from, const char *marks)
{
	for (size_t i = 0; i < from.len; i++)
		if (from.at[i] == PATH_SLASH)
			to = mempcpy(to, "%2F", 3);
		else
			to += octet_encode(to, from.at[i], marks);
	return to;
}

/* Sends a Location field (RFC 9110 10.2.2). */
static void
send_location(
	struct exchange *x, int status, struct span location, struct span query)
{
	const char *mark = "";

	location = relative_location(x, location);
	if (query.len > 0)
		mark = memchr(location.at, '?', location.len) == NULL ? "?"
								      : "&";
	error_page_send(x, status,
		arena_printf(&x->arena, "Location: %.*s%s%.*s\r\n",
			(int)location.len, location.at, mark, (int)query.len,
			query.at));
}

/* ---- templates ---------------------------------------------------------- */

struct target {
	struct exchange *x;
	struct pattern_parts parts;
	char *text; /* NULL while only the length is measured */
	size_t len;
	struct span host; /* of the request */
	bool is_query;    /* a '?' was written */
};

static void
put_encoded(struct target *t, struct span s, const char *marks)
{
	if (t->text == NULL)
		t->len += s.len * 3;
	else
		t->len = (size_t)(encode_text(t->text + t->len, s, marks) -
				  t->text);
}

static void
expand_piece(struct target *t, const struct template_piece *piece)
{
	const struct span *part;

	if (piece->kind == TEMPLATE_TEXT) {
		put_encoded(t, piece->text, IN_URL);
		t->is_query |=
			memchr(piece->text.at, '?', piece->text.len) != NULL;
	} else if (span_is(piece->text, SPAN("host"))) {
		put_encoded(t, t->host, IN_URL);
	} else if (span_is(piece->text, SPAN("scheme"))) {
		put_encoded(
			t, span_of(t->x->is_https ? "https" : "http"), IN_URL);
	} else {
		part = span_is(piece->text, SPAN("path"))
			       ? &t->x->request.path
			       : template_find(&t->parts, piece->text);
		assert(part != NULL);
		put_encoded(t, *part, t->is_query ? IN_QUERY : IN_PATH);
	}
}

static void
expand_template(struct target *t, const char *template)
{
	struct span rest = span_of(template);
	struct template_piece piece;

	t->len = 0;
	t->is_query = false;
	while (template_next(&rest, &piece))
		expand_piece(t, &piece);
}

/* Collapses leading slashes: "/$1" must not become "//host" (RFC 3986 4.2). */
static struct span
collapse_slashes(const struct target *t, const char *template)
{
	struct span s = { t->text, t->len };

	if (template[0] != '/' || template[1] == '/')
		return s;
	while (s.len > 1 && s.at[1] == '/')
		s = (struct span){ s.at + 1, s.len - 1 };
	return s;
}

/*
 * Returns the host for a client that names none, as HTTP/1.0 and the checks of
 * load balancers allow: the first name of the site, else the address that the
 * client has connected to.
 */
static struct span
find_own_host(struct exchange *x)
{
	const char *const *host = x->site->conf->hosts;
	struct sockaddr_storage address;
	struct sockaddr *any = (struct sockaddr *)&address;
	socklen_t len = sizeof(address);
	char name[PEER_NAME];

	for (; host != NULL && *host != NULL; host++)
		if (strchr(*host, '*') == NULL)
			return span_of(*host);
	if (x->conn == NULL || getsockname(x->conn->io.fd, any, &len) == -1 ||
		(any->sa_family != AF_INET && any->sa_family != AF_INET6))
		return SPAN("localhost");
	peer_name(any, name);
	return arena_printf(
		&x->arena, strchr(name, ':') == NULL ? "%s" : "[%s]", name);
}

/*
 * As in nginx, the client's query is appended to that of the template, unless
 * the template ends with '?'.
 */
void
redirect_answer(struct exchange *x)
{
	const struct conf_route *conf = x->route->conf;
	struct span query = x->request.query, to;
	struct target t = { .x = x, .host = x->request.host };

	if (t.host.len == 0)
		t.host = find_own_host(x);
	route_parts(x->route, x->request.path, &t.parts);
	expand_template(&t, conf->redirect.target);
	t.text = arena_alloc(&x->arena, t.len + 1);
	assert(t.text != NULL);
	expand_template(&t, conf->redirect.target);
	to = collapse_slashes(&t, conf->redirect.target);
	if (to.len > 0 && to.at[to.len - 1] == '?') {
		to.len--;
		query.len = 0;
	}
	send_location(x, conf->redirect.status, to, query);
}

struct span
redirect_encode(struct exchange *x, struct span path)
{
	char *text = arena_alloc(&x->arena, path.len * 3 + 1);

	assert(text != NULL);
	return (struct span){ text,
		(size_t)(encode_text(text, path, IN_PATH) - text) };
}

void
redirect_to_path(struct exchange *x, int status, struct span path)
{
	send_location(x, status, redirect_encode(x, path), x->request.query);
}
