/*
 * Matching goes segment by segment and never backtracks over a segment: only
 * "**" matches more than one, and the number of segments behind it determines
 * how many.
 * SPDX-License-Identifier: MIT
 */
#include "common/pattern.h"

static bool
is_name_char(char c, bool is_first)
{
	char lower = (char)(c | 0x20);

	return (lower >= 'a' && lower <= 'z') ||
	       (!is_first && ((c >= '0' && c <= '9') || c == '_'));
}

static bool
is_named(struct span segment)
{
	return segment.len > 0 && segment.at[0] == ':';
}

static bool
is_deep(struct span segment)
{
	return memmem(segment.at, segment.len, "**", 2) != NULL;
}

/* Removes the first segment, with the slash that *rest begins with. */
static struct span
take_segment(struct span *rest)
{
	const char *from = rest->at + 1, *end = rest->at + rest->len;
	const char *slash = memchr(from, '/', (size_t)(end - from));
	struct span segment;

	if (slash == NULL)
		slash = end;
	segment = (struct span){ from, (size_t)(slash - from) };
	*rest = (struct span){ slash, (size_t)(end - slash) };
	return segment;
}

/* ---- validation ---------------------------------------------------------- */

static const char *
check_name(struct span segment, const struct pattern_parts *before)
{
	struct span name = { segment.at + 1, segment.len - 1 };

	if (name.len == 0)
		return "':' must begin the name of a segment";
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_char(name.at[i], i == 0))
			return "a name behind ':' must consist of letters, "
			       "digits and '_'";
	for (int i = 0; i < before->count; i++)
		if (span_is(before->all[i].name, name))
			return "must not contain a name twice";
	return NULL;
}

/* Checks the stars of a segment: "**" may have only literal text beside it. */
static const char *
check_stars(struct span segment, bool *has_deep)
{
	const char *deep = memmem(segment.at, segment.len, "**", 2);
	size_t stars = 0;

	for (size_t i = 0; i < segment.len; i++)
		stars += segment.at[i] == '*';
	if (deep == NULL)
		return NULL;
	if (*has_deep || stars > 2)
		return "\"**\" may occur once, with no other '*' in its "
		       "segment";
	*has_deep = true;
	return NULL;
}

static bool
add_part(struct pattern_parts *parts, struct span name, struct span value)
{
	if (parts->count == PATTERN_PARTS)
		return false;
	parts->all[parts->count++] = (struct pattern_part){ name, value };
	return true;
}

/*
 * Adds the parts of one segment, without values; false if there are too many.
 */
static bool
add_parts(struct pattern_parts *parts, struct span segment)
{
	struct span none = { "", 0 };

	if (is_named(segment))
		return add_part(parts,
			(struct span){ segment.at + 1, segment.len - 1 }, none);
	for (size_t i = 0; i < segment.len; i++) {
		if (segment.at[i] != '*')
			continue;
		i += i + 1 < segment.len && segment.at[i + 1] == '*';
		if (!add_part(parts, none, none))
			return false;
	}
	return true;
}

const char *
pattern_wrong(const char *pattern)
{
	struct pattern_parts parts = { 0 };
	struct span rest = span_of(pattern);
	const char *wrong = NULL;
	bool has_deep = false;

	while (rest.len > 0 && wrong == NULL) {
		struct span segment = take_segment(&rest);

		wrong = is_named(segment) ? check_name(segment, &parts)
					  : check_stars(segment, &has_deep);
		if (rest.len == 0 && span_is(segment, SPAN("*")) && has_deep)
			wrong = "a last \"*\" matches the whole rest, so "
				"\"**\" must not precede it";
		if (!add_parts(&parts, segment))
			return "must not contain more than nine '*' and ':'";
	}
	return wrong;
}

size_t
pattern_literal(struct span pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.at[i] == '*' ||
			(pattern.at[i] == ':' && pattern.at[i - 1] == '/'))
			return i;
	return pattern.len;
}

size_t
pattern_weight(struct span pattern)
{
	size_t weight = 0;

	while (pattern.len > 0) {
		struct span segment = take_segment(&pattern);

		weight++;
		for (size_t i = 0; i < segment.len && !is_named(segment); i++)
			weight += segment.at[i] != '*';
	}
	return weight;
}

void
pattern_names(struct span pattern, struct pattern_parts *parts)
{
	parts->count = 0;
	while (pattern.len > 0)
		add_parts(parts, take_segment(&pattern));
}

/* ---- matching ------------------------------------------------------------ */

/*
 * Matches one segment.  Each '*' matches as little as possible; on a mismatch
 * only the last one is extended, since what comes before it has matched
 * already.
 */
static bool
match_stars(struct span glob, struct span text, struct pattern_parts *parts)
{
	size_t g = 0, t = 0, star = glob.len;
	int part = parts->count - 1;

	while (t < text.len || g < glob.len) {
		if (g < glob.len && glob.at[g] == '*') {
			star = g++;
			part = parts->count;
			add_part(parts, (struct span){ "", 0 },
				(struct span){ text.at + t, 0 });
		} else if (g < glob.len && t < text.len &&
			   glob.at[g] == text.at[t]) {
			g++, t++;
		} else if (star < glob.len) {
			struct span *value = &parts->all[part].value;

			g = star + 1;
			t = (size_t)(value->at - text.at) + ++value->len;
			if (t > text.len)
				return false;
		} else {
			return false;
		}
	}
	return true;
}

static bool
match_segment(
	struct span segment, struct span text, struct pattern_parts *parts)
{
	if (!is_named(segment))
		return match_stars(segment, text, parts);
	if (text.len == 0)
		return false;
	return add_part(
		parts, (struct span){ segment.at + 1, segment.len - 1 }, text);
}

/*
 * Matches a segment with "**".  The text has no leading slash and is all that
 * the segment may match.
 */
static bool
match_deep(struct span segment, struct span text, struct pattern_parts *parts)
{
	const char *deep = memmem(segment.at, segment.len, "**", 2);
	size_t before = deep == NULL ? 0 : (size_t)(deep - segment.at);
	size_t after = deep == NULL ? 0 : segment.len - before - 2;

	if (text.len < before + after ||
		memcmp(text.at, segment.at, before) != 0 ||
		memcmp(text.at + text.len - after,
			segment.at + segment.len - after, after) != 0)
		return false;
	return add_part(parts, (struct span){ "", 0 },
		(struct span){ text.at + before, text.len - before - after });
}

static size_t
count_slashes(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.at[i] == '/';
	return n;
}

/*
 * Removes from the path what "**" matches: all but the last slashes segments.
 */
static bool
take_deep(struct span *path, size_t slashes, struct span *text)
{
	size_t len = path->len;

	while (slashes > 0 && len > 0)
		slashes -= path->at[--len] == '/';
	if (slashes > 0 || len == 0)
		return false;
	*text = (struct span){ path->at + 1, len - 1 };
	*path = (struct span){ path->at + len, path->len - len };
	return true;
}

bool
pattern_fits(struct span pattern, struct span path, struct pattern_parts *parts)
{
	struct span segment, text;

	parts->count = 0;
	while (pattern.len > 0) {
		if (path.len == 0)
			return false;
		segment = take_segment(&pattern);
		if (is_deep(segment) ||
			(pattern.len == 0 && span_is(segment, SPAN("*")))) {
			if (!take_deep(&path, count_slashes(pattern), &text) ||
				!match_deep(segment, text, parts))
				return false;
			continue;
		}
		text = take_segment(&path);
		if (!match_segment(segment, text, parts))
			return false;
	}
	return path.len == 0;
}
