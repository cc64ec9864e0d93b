/*
 * Each range is joined with those it touches as it is read, so the ranges of a
 * set are at least one byte apart.
 * SPDX-License-Identifier: MIT
 */
#include "http/range.h"

#include "http/field_list.h"
#include "http/octet.h"

/* The result of parsing one range-spec. */
enum spec { SPEC_BAD, SPEC_UNSATISFIABLE, SPEC_OK, SPEC_EMPTY };

/* Takes digits, clipped at INT64_MAX; false when there is none. */
static bool
take_number(struct span *s, int64_t *value)
{
	const char *start = s->at;
	int digit;

	for (*value = 0; s->len > 0 && octet_is_digit(*s->at);
		s->at++, s->len--) {
		digit = *s->at - '0';
		if (*value > (INT64_MAX - digit) / 10)
			*value = INT64_MAX;
		else
			*value = *value * 10 + digit;
	}
	return s->at > start;
}

static bool
take_dash(struct span *s)
{
	if (s->len == 0 || *s->at != '-')
		return false;
	s->at++;
	s->len--;
	return true;
}

/*
 * Parses a suffix-range such as "-500": the last 500 bytes, or all where there
 * are fewer.
 */
static enum spec
read_suffix(struct span s, int64_t size, struct range *r)
{
	int64_t len;

	if (!take_dash(&s) || !take_number(&s, &len) || s.len != 0)
		return SPEC_BAD;
	if (len == 0)
		return SPEC_UNSATISFIABLE;
	if (size == 0)
		return SPEC_EMPTY;
	*r = (struct range){ len < size ? size - len : 0, size - 1 };
	return SPEC_OK;
}

/* Parses "0-499", "500-" or a suffix-range (RFC 9110 14.1.1). */
static enum spec
read_spec(struct span s, int64_t size, struct range *r)
{
	if (*s.at == '-')
		return read_suffix(s, size, r);
	if (!take_number(&s, &r->first) || !take_dash(&s))
		return SPEC_BAD;
	r->last = INT64_MAX;
	if (s.len > 0 && (!take_number(&s, &r->last) || s.len != 0))
		return SPEC_BAD;
	if (r->first > r->last)
		return SPEC_BAD;
	if (r->first >= size)
		return SPEC_UNSATISFIABLE;
	if (r->last >= size)
		r->last = size - 1;
	return SPEC_OK;
}

/*
 * True for overlapping or adjacent ranges. The sums cannot overflow: both
 * ranges end below the size.
 */
static bool
ranges_touch(const struct range *a, const struct range *b)
{
	return a->first <= b->last + 1 && b->first <= a->last + 1;
}

static void
extend_range(struct range *a, const struct range *b)
{
	if (b->first < a->first)
		a->first = b->first;
	if (b->last > a->last)
		a->last = b->last;
}

static void
remove_range(struct range_set *set, int i)
{
	set->count--;
	memmove(&set->ranges[i], &set->ranges[i + 1],
		(size_t)(set->count - i) * sizeof(set->ranges[0]));
}

/*
 * Adds r in place of the first range that it touches, or at the end. The ranges
 * of the set do not touch one another, so one pass is enough. Returns false
 * when the set is full.
 */
static bool
add_range(struct range_set *set, struct range r)
{
	int place = -1;

	for (int i = 0; i < set->count; i++) {
		if (!ranges_touch(&set->ranges[i], &r))
			continue;
		extend_range(&r, &set->ranges[i]);
		if (place == -1)
			place = i;
		else
			remove_range(set, i--);
	}
	if (place == -1 && set->count == RANGE_MAX)
		return false;
	set->ranges[place == -1 ? set->count++ : place] = r;
	return true;
}

/* The name of the unit is case-insensitive (RFC 9110 14.1). */
static bool
take_unit(struct span *s)
{
	struct span unit = SPAN("bytes=");

	if (s->len < unit.len || strncasecmp(s->at, unit.at, unit.len) != 0)
		return false;
	s->at += unit.len;
	s->len -= unit.len;
	return true;
}

int
range_parse(struct span value, int64_t size, struct range_set *set)
{
	bool is_any = false, is_empty = false;
	struct span element;
	struct range r;
	enum spec spec;

	set->count = 0;
	if (!take_unit(&value))
		return 0;
	while (field_list_next(&value, &element)) {
		is_any = true;
		spec = read_spec(element, size, &r);
		if (spec == SPEC_BAD || (spec == SPEC_OK && !add_range(set, r)))
			return 0;
		is_empty |= spec == SPEC_EMPTY;
	}
	/* A suffix of an empty representation is satisfiable but has no valid
	 * Content-Range (RFC 9110 14.1.2, 14.4): the whole, which is the same,
	 * is sent. */
	if (!is_any || is_empty)
		return 0;
	return set->count > 0 ? 206 : 416;
}
