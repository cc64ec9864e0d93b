/*
 *   /old/a  ->  /new/a    ../new/a
 *   /docs   ->  /docs/    docs/
 * SPDX-License-Identifier: MIT
 */
#include "serve/relative_location.h"

#include <assert.h>

#include "conn/exchange.h"
#include "serve/redirect.h"
#include "serve/site.h"

/* Returns the path of the request as the client has sent it. */
static struct span
sent_path(const struct request *r)
{
	struct span target = request_span(r, r->target);
	const char *end;

	if (target.len > 0 && target.at[0] != '/') {
		end = memmem(target.at, target.len, "://", 3);
		if (end == NULL)
			return SPAN("/");
		target.len -= (size_t)(end + 3 - target.at);
		target.at = end + 3;
		end = memchr(target.at, '/', target.len);
		if (end == NULL)
			return SPAN("/");
		target.len -= (size_t)(end - target.at);
		target.at = end;
	}
	end = memchr(target.at, '?', target.len);
	if (end != NULL)
		target.len = (size_t)(end - target.at);
	return target;
}

/*
 * Returns the number of segments before the last slash, as a client resolves
 * them: dots are removed, empty segments are not (RFC 3986 5.2.4).
 */
static size_t
count_depth(struct span path)
{
	const char *p = path.at + 1, *end = path.at + path.len, *slash;
	size_t depth = 0;

	for (; p < end; p = slash + 1) {
		slash = memchr(p, '/', (size_t)(end - p));
		if (slash == NULL)
			break;
		struct span segment = { p, (size_t)(slash - p) };

		if (span_is(segment, SPAN("..")))
			depth -= depth > 0;
		else
			depth += !span_is(segment, SPAN("."));
	}
	return depth;
}

/* Returns the length of the directories that both paths begin with. */
static size_t
common_length(struct span a, struct span b)
{
	size_t common = 0;

	for (size_t i = 0; i < a.len && i < b.len && a.at[i] == b.at[i]; i++)
		if (a.at[i] == '/')
			common = i + 1;
	return common;
}

/* A colon in the first segment would end a scheme (RFC 3986 4.2). */
static bool
needs_dot(struct span rest)
{
	const char *slash = memchr(rest.at, '/', rest.len);
	size_t len = slash == NULL ? rest.len : (size_t)(slash - rest.at);

	return len == 0 || memchr(rest.at, ':', len) != NULL;
}

static struct span
make_reference(struct exchange *x, size_t ups, struct span rest)
{
	static const char up[] = "../", dot[] = "./";
	char *text = arena_alloc(
		&x->arena, ups * (sizeof(up) - 1) + sizeof(dot) + rest.len);
	char *to = text;

	assert(text != NULL);
	for (size_t i = 0; i < ups; i++)
		to = mempcpy(to, up, sizeof(up) - 1);
	if (ups == 0 && needs_dot(rest))
		to = mempcpy(to, dot, sizeof(dot) - 1);
	to = mempcpy(to, rest.at, rest.len);
	return (struct span){ text, (size_t)(to - text) };
}

struct span
relative_location(struct exchange *x, struct span path)
{
	struct span own, sent;
	size_t common = 1, depth;

	if (x->route == NULL || !x->route->conf->relative_redirects ||
		path.len == 0 || path.at[0] != '/' ||
		(path.len > 1 && path.at[1] == '/'))
		return path;
	own = redirect_encode(x, x->request.path);
	sent = sent_path(&x->request);
	depth = count_depth(sent);
	/* Where the client has sent dots or empty segments, only the top is the
	 * same for both. */
	if (depth == count_depth(own)) {
		common = common_length(own, path);
		depth -= count_depth((struct span){ own.at, common });
	}
	return make_reference(
		x, depth, (struct span){ path.at + common, path.len - common });
}
