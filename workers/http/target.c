/*
 * Derives host, path and query from a target. A byte that is not allowed in one
 * of them is answered with 400.
 * SPDX-License-Identifier: MIT
 */
#include "http/target.h"

#include <assert.h>

#include "http/host.h"
#include "http/octet.h"
#include "http/request.h"

/*
 * Appends the decoded bytes of one segment; returns the new end, or NULL for
 * status 400.
 */
static char *
decode_segment(const char *p, const char *end, char *to)
{
	for (; p < end; p++) {
		int c = (unsigned char)*p;

		if (c == '%') {
			int high = end - p > 2 ? octet_hex(p[1]) : -1;
			int low = high < 0 ? -1 : octet_hex(p[2]);

			c = low < 0 ? 0 : high << 4 | low;
			p += 2;
			if (c == 0)
				return NULL;
			/* An encoded slash is data, not a separator (RFC 3986
			 * 2.2). */
			if (c == '/')
				c = PATH_SLASH;
		}
		*to++ = (char)c;
	}
	return to;
}

/* Removes the last segment: "/a/b" becomes "/a". */
static char *
pop_segment(char *out, char *to)
{
	while (to > out && *--to != '/')
		;
	return to;
}

static bool
is_dots(const char *name, size_t len, size_t dots)
{
	return len == dots && memcmp(name, "..", dots) == 0;
}

/*
 * Writes the segments that remain, each behind its slash; an empty last
 * segment, or one of dots, leaves a slash. Returns the length, -1 for status
 * 400, or -2 when the path is too deep.
 */
static ssize_t
normalise_path(struct span raw, int64_t depth, char *out)
{
	const char *p = raw.at, *end = raw.at + raw.len, *next;
	char *to = out, *stop;
	int64_t segments = 0;

	for (; p < end; p = next) {
		next = memchr(p + 1, '/', (size_t)(end - p - 1));
		if (next == NULL)
			next = end;
		*to = '/';
		stop = decode_segment(p + 1, next, to + 1);
		if (stop == NULL)
			return -1;
		size_t len = (size_t)(stop - to - 1);
		bool is_up = is_dots(to + 1, len, 2);

		if (len > 0 && !is_up && !is_dots(to + 1, len, 1)) {
			to = stop;
			if (++segments > depth)
				return -2;
			continue;
		}
		if (is_up)
			to = pop_segment(out, to);
		if (next == end)
			*to++ = '/';
	}
	return to - out;
}

/* True when normalise_path() would not change anything. */
static bool
is_normal_path(struct span raw)
{
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.at[i] == '%')
			return false;
		if (raw.at[i] == '/' && i + 1 < raw.len &&
			(raw.at[i + 1] == '/' || raw.at[i + 1] == '.'))
			return false;
	}
	return true;
}

static int64_t
count_segments(struct span path)
{
	int64_t n = 0;

	for (size_t i = 0; i < path.len; i++)
		n += path.at[i] == '/';
	return n;
}

int
path_decode(struct span raw, int64_t depth, struct arena *a, struct span *path)
{
	ssize_t len;
	char *out;

	*path = raw;
	if (is_normal_path(raw))
		return (int64_t)raw.len > depth && count_segments(raw) > depth
			       ? 414
			       : 0;
	out = arena_alloc(a, raw.len + 1);
	assert(out != NULL);
	len = normalise_path(raw, depth, out);
	if (len < 0)
		return len == -1 ? 400 : 414;
	*path = (struct span){ out, (size_t)len };
	return 0;
}

static const char BAD_BYTE[] = "a byte in the target that must be encoded";

/* Splits the target at '?' and checks each byte. */
static int
split_query(struct request *r, struct span target, struct span *path)
{
	size_t i = 0;

	while (i < target.len && octet_is(target.at[i], OCTET_PATH))
		i++;
	*path = (struct span){ target.at, i };
	r->query = (struct span){ target.at + i, 0 };
	if (i == target.len)
		return 0;
	if (target.at[i] != '?')
		return request_refuse(r, 400, BAD_BYTE);
	r->query = (struct span){ target.at + i + 1, target.len - i - 1 };
	for (i++; i < target.len; i++)
		if (!octet_is(target.at[i], OCTET_QUERY))
			return request_refuse(r, 400, BAD_BYTE);
	return 0;
}

struct scheme {
	struct span text; /* with the slashes */
	int port;
};

/* The scheme of an absolute-form target; NULL for all but http and https. */
static const struct scheme *
find_scheme(struct span target)
{
	static const struct scheme all[] = { { SPAN("http://"), 80 },
		{ SPAN("https://"), 443 } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (target.len > all[i].text.len &&
			strncasecmp(target.at, all[i].text.at,
				all[i].text.len) == 0)
			return &all[i];
	return NULL;
}

static int
port_number(struct span port, int preset)
{
	int n = 0;

	for (size_t i = 0; i < port.len; i++)
		n = n * 10 + (port.at[i] - '0');
	return port.len == 0 ? preset : n;
}

/* A host name may end in a dot; "." alone is no name. */
static struct span
strip_dot(struct span name)
{
	if (name.len > 1 && name.at[name.len - 1] == '.')
		name.len--;
	return name;
}

/* True when Host names the same authority (RFC 9110 4.2.3): case, the default
 * port and a dot at the end do not count. */
static bool
is_same_authority(
	const struct host *a, struct span sent, const struct scheme *scheme)
{
	struct host b;

	return host_parse(sent, &b) == 0 &&
	       span_is_nocase(strip_dot(a->name), strip_dot(b.name)) &&
	       port_number(a->port, scheme->port) ==
		       port_number(b.port, scheme->port);
}

/* Splits "HOST:PORT/PATH?QUERY"; returns the authority. */
static struct span
take_authority(struct span *rest)
{
	struct span authority = { rest->at, 0 };

	while (authority.len < rest->len && rest->at[authority.len] != '/' &&
		rest->at[authority.len] != '?')
		authority.len++;
	rest->at += authority.len;
	rest->len -= authority.len;
	return authority;
}

/*
 * The authority of an absolute-form target replaces Host (RFC 9112 3.2.2). A
 * Host that names another authority is refused: a difference is a request
 * smuggling attempt.
 */
static int
check_absolute(struct request *r, struct span *target)
{
	struct span sent = request_value(r, FIELD_HOST);
	const struct scheme *scheme = find_scheme(*target);
	struct host host;

	if (scheme == NULL)
		return request_refuse(r, 400,
			"a target that is neither a path nor an http URL");
	target->at += scheme->text.len;
	target->len -= scheme->text.len;
	if (host_parse(take_authority(target), &host) != 0)
		return request_refuse(
			r, 400, "a target whose host is not a host name");
	if (sent.at != NULL && !is_same_authority(&host, sent, scheme))
		return request_refuse(
			r, 400, "a target whose host is not that of Host");
	r->host = host.name;
	r->is_https_target = scheme->port == 443;
	return 0;
}

int
target_check(
	struct request *r, const struct conf_limits *limits, struct arena *a)
{
	struct span target = request_span(r, r->target), path;
	int status;

	r->is_https_target = r->has_encoded_slash = false;
	/* CONNECT is for proxies (RFC 9110 9.3.6), and TRACE reveals fields
	 * that proxies added (RFC 9110 9.3.8). */
	if (r->method == METHOD_CONNECT || r->method == METHOD_TRACE)
		return request_refuse(r, 501, "the method CONNECT or TRACE");
	/* asterisk-form (RFC 9112 3.2.4) */
	if (r->method == METHOD_OPTIONS && span_is(target, SPAN("*"))) {
		r->path = target;
		r->query = (struct span){ "", 0 };
		return 0;
	}
	if (target.len > 0 && target.at[0] != '/' &&
		(status = check_absolute(r, &target)) != 0)
		return status;
	if ((status = split_query(r, target, &path)) != 0)
		return status;
	if (path.len == 0)
		path = SPAN("/");
	status = path_decode(path, limits->path_depth, a, &r->path);
	if (status != 0)
		return request_refuse(r, status,
			status == 414
				? "more segments than limits.path_depth"
				: "a percent sign without two hex digits, "
				  "or an encoded NUL");
	r->has_encoded_slash =
		r->path.at != path.at &&
		memchr(r->path.at, PATH_SLASH, r->path.len) != NULL;
	return 0;
}
