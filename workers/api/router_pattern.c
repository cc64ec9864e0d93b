/*
 * Patterns are checked once, when a module is loaded.
 * SPDX-License-Identifier: MIT
 */
#include "api/router_pattern.h"

enum router_pattern_kind
router_pattern_kind_of(struct span segment)
{
	if (segment.len > 0 && segment.at[0] == ':')
		return ROUTER_PATTERN_PARAM;
	if (segment.len > 0 && segment.at[0] == '*')
		return ROUTER_PATTERN_REST;
	return ROUTER_PATTERN_LITERAL;
}

static bool
is_parameter_name(struct span s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_";

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\0' || strchr(letters, s.at[i]) == NULL)
			return false;
	return true;
}

/* True when the last name occurs among those before it. */
static bool
has_duplicate_name(const struct span *names, unsigned count)
{
	for (unsigned i = 0; i + 1 < count; i++)
		if (span_is(names[i], names[count - 1]))
			return true;
	return false;
}

/*
 * Checks a literal segment. Normalised paths have no empty, "." or ".." segment
 * (RFC 3986 5.2.4), so such a segment would match nothing.
 */
static const char *
check_literal_segment(struct span s, bool is_last)
{
	if (s.len == 0 && !is_last)
		return "an empty segment matches no path";
	if (span_is(s, SPAN(".")) || span_is(s, SPAN("..")))
		return "\".\" and \"..\" match no path";
	if (memchr(s.at, '*', s.len) != NULL)
		return "'*' is only allowed at the start of a segment";
	return NULL;
}

const char *
router_pattern_check(const char *text)
{
	struct span rest = span_of(text), segment, names[ROUTER_PATTERN_PARAMS];
	unsigned nsegments = 0, nparams = 0;

	if (text[0] != '/')
		return "a pattern must begin with '/'";
	if (rest.len > ROUTER_PATTERN_LEN)
		return "the pattern is too long";
	while (router_pattern_next(&rest, &segment)) {
		enum router_pattern_kind kind = router_pattern_kind_of(segment);
		const char *why;

		if (++nsegments > ROUTER_PATTERN_SEGMENTS)
			return "the pattern has more than 64 segments";
		if (kind == ROUTER_PATTERN_LITERAL) {
			why = check_literal_segment(segment, rest.len == 0);
			if (why != NULL)
				return why;
			continue;
		}
		if (kind == ROUTER_PATTERN_REST && rest.len > 0)
			return "\"*name\" must be the last segment";
		if (nparams == ROUTER_PATTERN_PARAMS)
			return "the pattern has more than 16 parameters";
		names[nparams++] =
			(struct span){ segment.at + 1, segment.len - 1 };
		if (!is_parameter_name(names[nparams - 1]))
			return "a parameter name consists of letters, digits "
			       "and '_'";
		if (has_duplicate_name(names, nparams))
			return "a parameter name occurs twice";
	}
	return NULL;
}

unsigned
router_pattern_params(const char *text,
	struct router_pattern_param params[ROUTER_PATTERN_PARAMS])
{
	struct span rest = span_of(text), segment;
	unsigned count = 0;

	for (unsigned i = 0; router_pattern_next(&rest, &segment); i++) {
		enum router_pattern_kind kind = router_pattern_kind_of(segment);

		if (kind == ROUTER_PATTERN_LITERAL)
			continue;
		params[count++] = (struct router_pattern_param){
			.name = { segment.at + 1, segment.len - 1 },
			.segment = i,
			.is_rest = kind == ROUTER_PATTERN_REST,
		};
	}
	return count;
}
