/*
 * Each range joins the ones it touches as it is read, so what is left is
 * apart by at least a byte: more than one is always less than the whole.
 * SPDX-License-Identifier: MIT
 */
#include "range.h"

#include "field_list.h"
#include "octet.h"

/* What one element of the set asks for. */
enum spec { SPEC_BAD, SPEC_UNSATISFIABLE, SPEC_OK, SPEC_EMPTY };

/* Eats digits, clipped at INT64_MAX.  False when there is none. */
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

/* "-500": the last 500 bytes, or all where there are fewer. */
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

/* "0-499" or "500-" (RFC 9110 14.1.1). */
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

/* Overlapping or adjacent.  No sum can wrap: both lie below a size. */
static bool
touches(const struct range *a, const struct range *b)
{
	return a->first <= b->last + 1 && b->first <= a->last + 1;
}

static void
cover(struct range *a, const struct range *b)
{
	if (b->first < a->first)
		a->first = b->first;
	if (b->last > a->last)
		a->last = b->last;
}

static void
drop(struct range_set *set, int i)
{
	set->count--;
	memmove(&set->ranges[i], &set->ranges[i + 1],
		(size_t)(set->count - i) * sizeof(set->ranges[0]));
}

/* Puts r at the place of the first range that it touches, or at the end.
 * Those in the set do not touch one another, so one look at each is enough.
 * False when the set is full. */
static bool
add(struct range_set *set, struct range r)
{
	int place = -1;

	for (int i = 0; i < set->count; i++) {
		if (!touches(&set->ranges[i], &r))
			continue;
		cover(&r, &set->ranges[i]);
		if (place == -1)
			place = i;
		else
			drop(set, i--);
	}
	if (place == -1 && set->count == RANGE_MAX)
		return false;
	set->ranges[place == -1 ? set->count++ : place] = r;
	return true;
}

/* RFC 9110 14.1: the unit's name has no case. */
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
		if (spec == SPEC_BAD || (spec == SPEC_OK && !add(set, r)))
			return 0;
		is_empty |= spec == SPEC_EMPTY;
	}
	/* The last bytes of nothing can be had, but no Content-Range says so
	 * (RFC 9110 14.1.2, 14.4): the whole is sent, which is the same. */
	if (!is_any || is_empty)
		return 0;
	return set->count > 0 ? 206 : 416;
}
