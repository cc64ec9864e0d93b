/*
 * Location is a path, or what the configuration says: never a host that a
 * client could have put into its request.
 * SPDX-License-Identifier: MIT
 */
#include "redirect.h"

#include "error_page.h"
#include "exchange.h"
#include "octet.h"
#include "response.h"
#include "site.h"

/* RFC 3986 2.3, and the sub-delims that stay readable in a path. */
static bool
stays(char c)
{
	return octet_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c != '\0' && strchr("-._~/!$&'()*+,;=:@", c) != NULL);
}

/* Percent-encodes what may not stand in a path; at is NULL: too long. */
static struct span
encode(struct exchange *x, struct span path)
{
	static const char digits[] = "0123456789ABCDEF";
	char *text = arena_alloc(&x->arena, path.len * 3 + 1), *to = text;

	if (text == NULL)
		return (struct span){ NULL, 0 };
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];

		if (stays(path.at[i])) {
			*to++ = path.at[i];
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return (struct span){ text, (size_t)(to - text) };
}

static void
send_location(struct exchange *x, int status, struct span location)
{
	struct span query = x->request.query, fields = { NULL, 0 };

	if (location.at != NULL)
		fields = arena_printf(&x->arena, "Location: %.*s%s%.*s\r\n",
			(int)location.len, location.at,
			query.len > 0 ? "?" : "", (int)query.len, query.at);
	if (location.at == NULL || fields.at == NULL)
		error_page_send(x, 414, SPAN(""));
	else
		error_page_send(x, status, fields);
}

void
redirect_answer(struct exchange *x)
{
	const struct conf_route *conf = x->route->conf;
	struct span to = span_of(conf->redirect);
	const char *mark = strstr(to.at, "$1");
	struct span rest = { x->request.path.at + conf->path.len,
		x->request.path.len - conf->path.len };

	if (mark != NULL) {
		rest = encode(x, rest);
		to = rest.at == NULL
			     ? rest
			     : arena_printf(&x->arena, "%.*s%.*s%s",
				       (int)(mark - to.at), to.at,
				       (int)rest.len, rest.at, mark + 2);
	}
	send_location(x, conf->status, to);
}

void
redirect_to_path(struct exchange *x, struct span path)
{
	send_location(x, 301, encode(x, path));
}
