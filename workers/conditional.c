/*
 * Entity tags are read by a scanner of their own: inside one a comma does
 * not divide and a backslash does not escape (RFC 9110 8.8.3).
 * SPDX-License-Identifier: MIT
 */
#include "conditional.h"

#include "date.h"
#include "field_list.h"

struct tag {
	struct span opaque; /* with its quotes */
	bool is_weak;
};

/* RFC 9110 8.8.3: %x21 / %x23-7E / obs-text. */
static bool
is_tag_char(char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != '"' && u != 0x7f;
}

static void
skip(struct span *s, size_t len)
{
	s->at += len;
	s->len -= len;
}

/* Eats one entity tag.  "W/" is case-sensitive. */
static bool
take_tag(struct span *s, struct tag *tag)
{
	size_t len = 1;

	tag->is_weak = s->len >= 2 && memcmp(s->at, "W/", 2) == 0;
	if (tag->is_weak)
		skip(s, 2);
	if (s->len == 0 || *s->at != '"')
		return false;
	while (len < s->len && is_tag_char(s->at[len]))
		len++;
	if (len == s->len || s->at[len] != '"')
		return false;
	tag->opaque = (struct span){ s->at, len + 1 };
	skip(s, len + 1);
	return true;
}

static bool
is_tag(struct span text, struct tag *tag)
{
	return take_tag(&text, tag) && text.len == 0;
}

/* RFC 9110 8.8.3.2: for the strong comparison neither may be weak. */
static bool
is_same(const struct tag *a, const struct tag *b, bool strong)
{
	if (strong && (a->is_weak || b->is_weak))
		return false;
	return span_is(a->opaque, b->opaque);
}

/* Eats white space and commas.  Says whether a comma was among them. */
static bool
take_commas(struct span *s)
{
	bool has_comma = false;

	for (; s->len > 0 && strchr(" \t,", *s->at) != NULL; skip(s, 1)) {
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
	/* What a client asks about is mostly what it was sent. */
	if (span_is(list, have.opaque) && !(strong && have.is_weak))
		return true;
	take_commas(&list);
	while (list.len > 0) {
		if (!take_tag(&list, &asked))
			return false;
		is_found |= is_same(&asked, &have, strong);
		if (!take_commas(&list) && list.len > 0)
			return false;
	}
	return is_found;
}

static bool
is_date(struct span text, time_t now, time_t *date)
{
	if (text.at == NULL)
		return false;
	*date = date_parse(field_list_trim(text), now);
	return *date != -1;
}

/* RFC 9110 13.1.1, 13.1.4: If-Unmodified-Since counts only without If-Match,
 * and only where a date of modification is known. */
static bool
has_failed(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	time_t date;

	if (p->if_match.at != NULL)
		return !conditional_etag_in(p->if_match, v->etag, true);
	if (v->modified == -1 || !is_date(p->if_unmodified_since, now, &date))
		return false;
	return v->modified > date;
}

/* RFC 9110 13.1.2, 13.1.3: the same pair the other way round. */
static bool
is_not_modified(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	time_t date;

	if (p->if_none_match.at != NULL)
		return conditional_etag_in(p->if_none_match, v->etag, false);
	if (v->modified == -1 || !is_date(p->if_modified_since, now, &date))
		return false;
	return v->modified <= date;
}

int
conditional_check(
	const struct preconditions *p, const struct validators *v, time_t now)
{
	if (has_failed(p, v, now))
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
		return is_tag(v->etag, &have) && is_same(&asked, &have, true);
	return v->modified != -1 && is_date(value, now, &date) &&
	       v->modified == date;
}
