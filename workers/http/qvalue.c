/*
 * A qvalue is read as thousandths, so no floating point is needed.
 * SPDX-License-Identifier: MIT
 */
#include "http/qvalue.h"

enum { FRACTION = 3 }; /* digits after the point */

int
qvalue_parse(struct span s)
{
	int q, unit = QVALUE_MAX;

	if (s.len == 0 || s.len > 2 + FRACTION ||
		(s.at[0] != '0' && s.at[0] != '1'))
		return -1;
	if (s.len > 1 && s.at[1] != '.')
		return -1;
	q = (s.at[0] - '0') * unit;
	for (size_t i = 2; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return -1;
		unit /= 10;
		q += (s.at[i] - '0') * unit;
	}
	return q <= QVALUE_MAX ? q : -1;
}
