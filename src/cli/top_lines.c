/*
 * Site names, routes and request lines may hold anything: of what is not
 * printable ASCII, "?" is shown.
 * SPDX-License-Identifier: MIT
 */
#include "cli/top_lines.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	SITE_COLUMNS = 48, /* of a site's numbers */
	NAME_MIN = 8,
	STALLED_MS = 3000, /* a heartbeat comes once a second */
};

/* The lines, the size of the terminal, and what is rendered. */
struct view {
	struct top_lines *to;
	size_t width, height;
	const json_t *figures;
};

/* ---- lines --------------------------------------------------------------- */

/* A byte within a character of UTF-8 is not shown: its first byte is, as one
 * "?". */
static void
make_printable(char *text)
{
	char *to = text;

	for (const char *c = text; *c != '\0'; c++)
		if (*c >= ' ' && *c < 0x7f)
			*to++ = *c;
		else if (((unsigned char)*c & 0xc0) != 0x80)
			*to++ = '?';
	*to = '\0';
}

static void put_line(struct view *, enum top_style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
put_line(struct view *v, enum top_style style, const char *fmt, ...)
{
	struct top_line *line = &v->to->all[v->to->n];
	char text[TOP_WIDTH * 4];
	va_list args;

	if (v->to->n >= v->height)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	make_printable(text);
	line->style = style;
	snprintf(line->text, v->width + 1, "%s", text);
	v->to->n++;
}

/* ---- values -------------------------------------------------------------- */

/* A number in a few columns. */
struct short_text {
	char text[16];
};

static const json_t *
get_member(const json_t *object, const char *name)
{
	return json_object_get(object, name);
}

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(get_member(object, name));

	return text == NULL ? "" : text;
}

static long long
number_of(const json_t *object, const char *name)
{
	return (long long)json_integer_value(get_member(object, name));
}

/* "-", "0", "0.4", "37", "1234", "12.3k", "4.5M": k is 1000 or 1024. */
static struct short_text
shorten_by(const json_t *value, double k)
{
	static const char units[] = "kMGTPE";
	struct short_text s = { "-" };
	double n = json_number_value(value);
	size_t unit = 0;

	if (!json_is_number(value))
		return s;
	if (n < 9999.5) {
		snprintf(s.text, sizeof(s.text),
			n == 0 || n >= 9.95 ? "%.0f" : "%.1f", n);
		return s;
	}
	n = n < 999e18 ? n : 999e18;
	for (n /= k; n >= 999.95 && unit < 5; n /= k)
		unit++;
	snprintf(s.text, sizeof(s.text), "%.1f%c", n, units[unit]);
	return s;
}

static struct short_text
shorten_number(const json_t *value)
{
	return shorten_by(value, 1000);
}

/* In the units of the configuration. */
static struct short_text
shorten_memory(const json_t *value)
{
	return shorten_by(value, 1024);
}

/* Of seconds: "-", "<1ms", "12ms", "1.2s", ">10s" */
static struct short_text
shorten_latency(const json_t *value)
{
	struct short_text s = { "-" };
	double n = json_number_value(value);

	if (!json_is_number(value))
		return s;
	if (n < 0.001)
		strcpy(s.text, "<1ms");
	else if (n >= 10)
		strcpy(s.text, ">10s");
	else if (n < 0.00995)
		snprintf(s.text, sizeof(s.text), "%.1fms", n * 1e3);
	else if (n < 0.9995)
		snprintf(s.text, sizeof(s.text), "%.0fms", n * 1e3);
	else
		snprintf(s.text, sizeof(s.text), "%.1fs", n);
	return s;
}

static struct short_text
shorten_age(double s)
{
	struct short_text t;

	if (s < 100)
		snprintf(t.text, sizeof(t.text), "%.1fs", s);
	else if (s < 100. * 60)
		snprintf(t.text, sizeof(t.text), "%.0fm", s / 60);
	else if (s < 100. * 3600)
		snprintf(t.text, sizeof(t.text), "%.0fh", s / 3600);
	else
		snprintf(t.text, sizeof(t.text), "%.0fd", s / 86400);
	return t;
}

/* ---- the head ------------------------------------------------------------ */

static size_t
count_state(const json_t *workers, const char *state)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(workers); i++)
		n += strcmp(text_of(json_array_get(workers, i), "state"),
			     state) == 0;
	return n;
}

static void
put_title(struct view *v)
{
	const json_t *f = v->figures;

	put_line(v, TOP_TITLE,
		"prong %s, pid %lld: %s for %s, generation %lld, %zu of %lld "
		"workers serve",
		text_of(f, "version"), number_of(f, "pid"), text_of(f, "state"),
		shorten_age(json_number_value(get_member(f, "uptime"))).text,
		number_of(f, "current_generation"),
		count_state(get_member(f, "workers"), "serving"),
		number_of(f, "workers_wanted"));
}

static void
put_rates(struct view *v)
{
	const json_t *f = v->figures;
	bool is_alarm = json_number_value(get_member(f, "5xx_per_second")) > 0;

	put_line(v, is_alarm ? TOP_ALARM : TOP_PLAIN,
		"%s requests/s, %s bytes/s sent, p50 %s, p99 %s, "
		"4xx %s/s, 5xx %s/s",
		shorten_number(get_member(f, "requests_per_second")).text,
		shorten_number(get_member(f, "bytes_sent_per_second")).text,
		shorten_latency(get_member(f, "p50")).text,
		shorten_latency(get_member(f, "p99")).text,
		shorten_number(get_member(f, "4xx_per_second")).text,
		shorten_number(get_member(f, "5xx_per_second")).text);
}

static void
put_connections(struct view *v)
{
	const json_t *c = get_member(v->figures, "connections");
	long long open = number_of(c, "idle") + number_of(c, "reading") +
			 number_of(c, "waiting") + number_of(c, "writing");
	long long limit = number_of(c, "limit");
	bool is_alarm = number_of(c, "accept_queue") > 0 && open >= limit;

	put_line(v, is_alarm ? TOP_ALARM : TOP_PLAIN,
		"%lld of %lld connections: %lld idle, %lld reading, "
		"%lld waiting, %lld writing; %lld queued",
		open, limit, number_of(c, "idle"), number_of(c, "reading"),
		number_of(c, "waiting"), number_of(c, "writing"),
		number_of(c, "accept_queue"));
}

/* "refused: rate 12/s, memory 1/s"; no line if none was. */
static void
put_refused(struct view *v)
{
	json_t *refused = json_object_get(v->figures, "refused_per_second");
	char text[TOP_WIDTH] = "refused:";
	size_t used = strlen(text);
	const char *name;
	json_t *rate;

	json_object_foreach(refused, name, rate)
	{
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s %s %s/s", text[used - 1] == ':' ? "" : ",", name,
			shorten_number(rate).text);
		if (used >= sizeof(text) - 1)
			break;
	}
	if (json_object_size(refused) > 0)
		put_line(v, TOP_ALARM, "%s", text);
}

static void
put_losses(struct view *v)
{
	const json_t *dropped = get_member(v->figures, "log_lines_dropped");
	long long crashes = number_of(v->figures, "crashes");

	if (number_of(dropped, "access") + number_of(dropped, "error") +
			crashes ==
		0)
		return;
	put_line(v, TOP_PLAIN,
		"since the start: %lld crashes; log lines dropped: %lld "
		"access, "
		"%lld error",
		crashes, number_of(dropped, "access"),
		number_of(dropped, "error"));
}

/* ---- lists --------------------------------------------------------------- */

static size_t
name_width(const struct view *v)
{
	return v->width < SITE_COLUMNS + NAME_MIN ? NAME_MIN
						  : v->width - SITE_COLUMNS;
}

static void
head_sites(struct view *v)
{
	put_line(v, TOP_HEADING, "%-*s %7s %7s %7s %7s %7s %6s",
		(int)name_width(v), "SITE", "REQ/S", "SENT/S", "P50", "P99",
		"4XX/S", "5XX/S");
}

static void
put_site(struct view *v, const json_t *s)
{
	bool is_alarm = json_number_value(get_member(s, "5xx_per_second")) > 0;
	int width = (int)name_width(v);

	put_line(v, is_alarm ? TOP_ALARM : TOP_PLAIN,
		"%-*.*s %7s %7s %7s %7s %7s %6s", width, width,
		text_of(s, "site"),
		shorten_number(get_member(s, "requests_per_second")).text,
		shorten_number(get_member(s, "bytes_sent_per_second")).text,
		shorten_latency(get_member(s, "p50")).text,
		shorten_latency(get_member(s, "p99")).text,
		shorten_number(get_member(s, "4xx_per_second")).text,
		shorten_number(get_member(s, "5xx_per_second")).text);
}

static void
head_workers(struct view *v)
{
	put_line(v, TOP_HEADING, "%6s %7s %3s %-8s %7s %6s %5s %7s %6s %s",
		"WORKER", "PID", "GEN", "STATE", "REQ/S", "CONNS", "CPU%",
		"MEMORY", "LAG", "DOING");
}

static void
put_worker(struct view *v, const json_t *w)
{
	bool is_stalled = number_of(w, "heartbeat_ms") > STALLED_MS;
	struct short_text lag;

	snprintf(lag.text, sizeof(lag.text), "%lldms",
		number_of(w, "lag_ms") % 1000000);
	put_line(v, is_stalled ? TOP_ALARM : TOP_PLAIN,
		"%6lld %7lld %3lld %-8s %7s %6lld %5.0f %7s %6s %s",
		number_of(w, "worker"), number_of(w, "pid"),
		number_of(w, "generation"),
		is_stalled ? "stalled" : text_of(w, "state"),
		shorten_number(get_member(w, "requests_per_second")).text,
		number_of(w, "connections"),
		json_number_value(get_member(w, "cpu_percent")),
		shorten_memory(get_member(w, "resident_bytes")).text, lag.text,
		text_of(w, "doing"));
}

static void
head_running(struct view *v)
{
	put_line(v, TOP_HEADING, "%7s %6s  %s", "AGE", "WORKER",
		"REQUEST (SITE AND ROUTE)");
}

static void
put_running(struct view *v, const json_t *r)
{
	put_line(v, TOP_PLAIN, "%7s %6lld  %.*s (%s%s%s)",
		shorten_age((double)number_of(r, "age_ms") / 1e3).text,
		number_of(r, "worker"), TOP_WIDTH, text_of(r, "request"),
		text_of(r, "site"), *text_of(r, "route") == '\0' ? "" : " ",
		text_of(r, "route"));
}

static const struct list {
	const char *name;
	void (*head)(struct view *);
	void (*put)(struct view *, const json_t *);
	const char *others; /* a member that counts what is not listed */
} lists[] = {
	{ "sites", head_sites, put_site, NULL },
	{ "workers", head_workers, put_worker, NULL },
	{ "running", head_running, put_running, "running_others" },
};

enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

/* Puts a heading and at most rows lines. */
static void
put_list(struct view *v, const struct list *list, size_t rows)
{
	const json_t *all = get_member(v->figures, list->name);
	size_t size = json_array_size(all), n = size;
	long long rest = 0;

	if (list->others != NULL)
		rest = number_of(v->figures, list->others);
	if (n + (rest > 0) > rows)
		n = rows > 0 ? rows - 1 : 0;
	rest += (long long)(size - n);
	list->head(v);
	for (size_t i = 0; i < n; i++)
		list->put(v, json_array_get(all, i));
	if (rest > 0 && rows > 0)
		put_line(v, TOP_PLAIN, "%7s and %lld more", "", rest);
}

/* How many lines each list would like to have. */
static size_t
count_wanted(const struct view *v, const struct list *list)
{
	bool has_others =
		list->others != NULL && number_of(v->figures, list->others) > 0;

	return json_array_size(get_member(v->figures, list->name)) + has_others;
}

/* Gives each list a third of the lines, and what is over to those that want
 * more. */
static void
share_lines(const struct view *v, size_t lines, size_t rows[LISTS])
{
	size_t wanted;

	for (size_t i = 0; i < LISTS; i++) {
		wanted = count_wanted(v, &lists[i]);
		rows[i] = wanted < lines / LISTS ? wanted : lines / LISTS;
	}
	for (size_t i = 0; i < LISTS; i++)
		lines -= rows[i];
	for (size_t i = 0; i < LISTS; i++) {
		wanted = count_wanted(v, &lists[i]) - rows[i];
		wanted = wanted < lines ? wanted : lines;
		rows[i] += wanted;
		lines -= wanted;
	}
}

void
top_lines_render(struct top_lines *to, const json_t *figures, size_t width,
	size_t height, const char *message)
{
	struct view v = { to, width < TOP_WIDTH ? width : TOP_WIDTH,
		height < TOP_ROWS ? height : TOP_ROWS, figures };
	size_t rows[LISTS], used;

	to->n = 0;
	v.height -= message != NULL && v.height > 0;
	put_title(&v);
	put_rates(&v);
	put_connections(&v);
	put_refused(&v);
	put_losses(&v);
	used = to->n + LISTS * 2; /* headings, and empty lines before them */
	share_lines(&v, v.height > used ? v.height - used : 0, rows);
	for (size_t i = 0; i < LISTS; i++) {
		put_line(&v, TOP_PLAIN, "%s", "");
		put_list(&v, &lists[i], rows[i]);
	}
	v.height = height < TOP_ROWS ? height : TOP_ROWS;
	if (message != NULL)
		put_line(&v, TOP_ALARM, "%s", message);
}
