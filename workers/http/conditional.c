/*
 * Entity tags have a scanner of their own: inside a tag a comma does not
 * separate elements and a backslash does not escape (RFC 9110 8.8.3).
 * SPDX-License-Identifier: MIT
 */
#include "http/conditional.h"

#include "http/date.h"
#include "http/field_list.h"

struct tag {
	struct span opaque; /* with its quotes */
	bool is_weak;
};

/* True for an etagc of RFC 9110 8.8.3: %x21 / %x23-7E / obs-text. */
static bool
is_tag_char(char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != '"' && u != 0x7f;
}

static void
skip_bytes(struct span *s, size_t len)
{
	s->at += len;
	s->len -= len;
}

/* Takes one entity tag from the front of *s. "W/" is case-sensitive. */
static bool
take_tag(struct span *s, struct tag *tag)
{
	size_t len = 1;

	tag->is_weak = s->len >= 2 && memcmp(s->at, "W/", 2) == 0;
	if (tag->is_weak)
		skip_bytes(s, 2);
	if (s->len == 0 || *s->at != '"')
		return false;
	while (len < s->len && is_tag_char(s->at[len]))
		len++;
	if (len == s->len || s->at[len] != '"')
		return false;
	tag->opaque = (struct span){ s->at, len + 1 };
	skip_bytes(s, len + 1);
	return true;
}

static bool
is_tag(struct span text, struct tag *tag)
{
	return take_tag(&text, tag) && text.len == 0;
}

/*
 * Compares two tags. Strong comparison fails when either is weak (RFC 9110
 * 8.8.3.2).
 */
static bool
is_same_tag(const struct tag *a, const struct tag *b, bool strong)
{
	if (strong && (a->is_weak || b->is_weak))
		return false;
	return span_is(a->opaque, b->opaque);
}

/* Skips white space and commas; true when there was a comma. */
static bool
skip_commas(struct span *s)
{
	bool has_comma = false;

	for (; s->len > 0 && strchr(" \t,", *s->at) != NULL; skip_bytes(s, 1)) {
		if (*s->at == '\0')
			break;
		has_comma |= *s->at == ',';
	}
	return has_comma;
}

bool
conditional_etag_in(struct span list, struct span etag, bool strong)
{
	struct tag have, asked;
	bool is_found = false;

	list = field_list_trim(list);
	if (span_is(list, SPAN("*")))
		return true;
	if (!is_tag(etag, &have))
		return false;
	/* Fast path: most clients send exactly the tag they were given. */
	if (span_is(list, have.opaque) && !(strong && have.is_weak))
		return true;
	skip_commas(&list);
	while (list.len > 0) {
		if (!take_tag(&list, &asked))
			return false;
		is_found |= is_same_tag(&asked, &have, strong);
		if (!skip_commas(&list) && list.len > 0)
			return false;
	}
	return is_found;
}

static bool
parse_date_value(struct span text, time_t now, time_t *date)
{
	if (text.at == NULL)
		return false;
	*date = date_parse(field_list_trim(text), now);
	return *date != -1;
}

/*
 * Evaluates If-Match and If-Unmodified-Since (RFC 9110 13.1.1, 13.1.4). The
 * date counts only without If-Match and only where the modification date is
 * known.
 */
static bool
has_failed_precondition(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	time_t date;

	if (p->if_match.at != NULL)
		return !conditional_etag_in(p->if_match, v->etag, true);
	if (v->modified == -1 ||
		!parse_date_value(p->if_unmodified_since, now, &date))
		return false;
	return v->modified > date;
}

/*
 * Evaluates If-None-Match and If-Modified-Since (RFC 9110 13.1.2, 13.1.3), with
 * the same precedence.
 */
static bool
is_not_modified(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	time_t date;

	if (p->if_none_match.at != NULL)
		return conditional_etag_in(p->if_none_match, v->etag, false);
	if (v->modified == -1 ||
		!parse_date_value(p->if_modified_since, now, &date))
		return false;
	return v->modified <= date;
}

int
conditional_check(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	if (has_failed_precondition(p, v, now))
		return 412;
	return is_not_modified(p, v, now) ? 304 : 0;
}

bool
conditional_range_holds(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	struct span value = field_list_trim(p->if_range);
	struct tag asked, have;
	time_t date;

	if (p->if_range.at == NULL)
		return true;
	if (is_tag(value, &asked))
		return is_tag(v->etag, &have) &&
		       is_same_tag(&asked, &have, true);
	return v->modified != -1 && parse_date_value(value, now, &date) &&
	       v->modified == date;
}
