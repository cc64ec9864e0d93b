/*
 * Dates are computed from day numbers by arithmetic, so that formatting a
 * response never involves the locale, a time zone or a lock in libc.
 * SPDX-License-Identifier: MIT
 */
#include "http/date.h"

#include <stdint.h>

enum {
	DAY = 24 * 60 * 60,    /* seconds */
	DAYS_TO_1970 = 719162, /* days from 1 January of year 1 */
};

/* The first second of year 1 and the last one of year 9999. */
#define FIRST INT64_C(-62135596800)
#define LAST  INT64_C(253402300799)

/* 50 years of 365.2425 days (RFC 9110 5.6.7). */
#define FIFTY_YEARS (50 * INT64_C(31556952))

struct fields {
	int year, month, day; /* month counts from 0 to 11 */
	int hour, minute, second;
};

// clang-format off
static const char *const months[12] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static const char *const weekdays[7] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
};

static const char *const long_weekdays[7] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday",
};
// clang-format on

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Returns the days from 1 January to the first day of month (0 to 12). */
static int
days_before_month(int year, int month)
{
	static const short days[13] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334, 365 };

	return days[month] + (month > 1 && is_leap(year));
}

static int
days_in_month(int year, int month)
{
	return days_before_month(year, month + 1) -
	       days_before_month(year, month);
}

/* Returns the days from 1970-01-01 to 1 January of year (1 to 9999). */
static int64_t
days_before_year(int year)
{
	int past = year - 1;

	return past * INT64_C(365) + past / 4 - past / 100 + past / 400 -
	       DAYS_TO_1970;
}

static int64_t
days_from_date(const struct fields *f)
{
	return days_before_year(f->year) +
	       days_before_month(f->year, f->month) + f->day - 1;
}

static int64_t
seconds_from_date(const struct fields *f)
{
	return days_from_date(f) * DAY + f->hour * 3600 + f->minute * 60 +
	       f->second;
}

static int
year_from_days(int64_t days)
{
	int year = 1970 + (int)(days * 400 / 146097);

	while (days_before_year(year) > days)
		year--;
	while (days_before_year(year + 1) <= days)
		year++;
	return year;
}

static void
split_date(int64_t days, int64_t second, struct fields *f)
{
	int day;

	f->year = year_from_days(days);
	day = (int)(days - days_before_year(f->year));
	/* A month has fewer than 32 days: this is the month or the one before.
	 */
	f->month = day / 32;
	if (day >= days_before_month(f->year, f->month + 1))
		f->month++;
	f->day = day - days_before_month(f->year, f->month) + 1;
	f->hour = (int)(second / 3600);
	f->minute = (int)(second / 60 % 60);
	f->second = (int)(second % 60);
}

static void
put_two_digits(char *to, int value)
{
	to[0] = (char)('0' + value / 10);
	to[1] = (char)('0' + value % 10);
}

void
date_format(time_t t, char text[DATE_LEN])
{
	/* A file's time may be outside the years that four digits can express:
	 * such times are clipped. */
	int64_t when = t < FIRST ? FIRST : t > LAST ? LAST : t;
	int64_t second = (when % DAY + DAY) % DAY;
	int64_t days = (when - second) / DAY;
	struct fields f;

	split_date(days, second, &f);
	memcpy(text, "Sun, 06 Nov 1994 08:49:37 GMT", DATE_LEN);
	memcpy(text, weekdays[((days + 4) % 7 + 7) % 7], 3);
	put_two_digits(text + 5, f.day);
	memcpy(text + 8, months[f.month], 3);
	put_two_digits(text + 12, f.year / 100);
	put_two_digits(text + 14, f.year % 100);
	put_two_digits(text + 17, f.hour);
	put_two_digits(text + 20, f.minute);
	put_two_digits(text + 23, f.second);
}

/*
 * The take functions remove what they match from the front of *s; they return
 * false when it does not match.
 */
static bool
take_text(struct span *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len < len || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	s->len -= len;
	return true;
}

/* Names of days and months are case-sensitive (RFC 9110 5.6.7). */
static bool
take_name(struct span *s, const char *const names[], int count, int *which)
{
	for (int i = 0; i < count; i++) {
		if (take_text(s, names[i])) {
			*which = i;
			return true;
		}
	}
	return false;
}

static bool
take_digits(struct span *s, int width, int *value)
{
	*value = 0;
	if (s->len < (size_t)width)
		return false;
	for (int i = 0; i < width; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return false;
		*value = *value * 10 + (s->at[i] - '0');
	}
	s->at += width;
	s->len -= (size_t)width;
	return true;
}

static bool
take_time(struct span *s, struct fields *f)
{
	return take_digits(s, 2, &f->hour) && take_text(s, ":") &&
	       take_digits(s, 2, &f->minute) && take_text(s, ":") &&
	       take_digits(s, 2, &f->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool
take_imf(struct span s, struct fields *f)
{
	int weekday;

	return take_name(&s, weekdays, 7, &weekday) && take_text(&s, ", ") &&
	       take_digits(&s, 2, &f->day) && take_text(&s, " ") &&
	       take_name(&s, months, 12, &f->month) && take_text(&s, " ") &&
	       take_digits(&s, 4, &f->year) && take_text(&s, " ") &&
	       take_time(&s, f) && take_text(&s, " GMT") && s.len == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT; the year keeps its two digits. */
static bool
take_rfc850(struct span s, struct fields *f)
{
	int weekday;

	return take_name(&s, long_weekdays, 7, &weekday) &&
	       take_text(&s, ", ") && take_digits(&s, 2, &f->day) &&
	       take_text(&s, "-") && take_name(&s, months, 12, &f->month) &&
	       take_text(&s, "-") && take_digits(&s, 2, &f->year) &&
	       take_text(&s, " ") && take_time(&s, f) &&
	       take_text(&s, " GMT") && s.len == 0;
}

/* Sun Nov  6 08:49:37 1994 */
static bool
take_asctime(struct span s, struct fields *f)
{
	int weekday;

	return take_name(&s, weekdays, 7, &weekday) && take_text(&s, " ") &&
	       take_name(&s, months, 12, &f->month) && take_text(&s, " ") &&
	       take_digits(&s, take_text(&s, " ") ? 1 : 2, &f->day) &&
	       take_text(&s, " ") && take_time(&s, f) && take_text(&s, " ") &&
	       take_digits(&s, 4, &f->year) && s.len == 0;
}

/*
 * Adds the century to a two-digit year (RFC 9110 5.6.7): a date over 50 years
 * in the future lies in the past century.
 */
static void
add_century(struct fields *f, time_t now)
{
	int this_year = year_from_days(now / DAY);

	f->year += this_year - this_year % 100;
	if (seconds_from_date(f) > now + FIFTY_YEARS)
		f->year -= 100;
}

static bool
is_valid_date(const struct fields *f)
{
	/* The second may be 60, in a leap second (RFC 5322 3.3). */
	return f->year >= 1 && f->day >= 1 &&
	       f->day <= days_in_month(f->year, f->month) && f->hour <= 23 &&
	       f->minute <= 59 && f->second <= 60;
}

time_t
date_parse(struct span text, time_t now)
{
	struct fields f;

	if (take_rfc850(text, &f))
		add_century(&f, now);
	else if (!take_imf(text, &f) && !take_asctime(text, &f))
		return -1;
	return is_valid_date(&f) ? (time_t)seconds_from_date(&f) : -1;
}
