/*
 * A name is percent-encoded in a link, escaped in HTML and quoted in JSON. In
 * the latter two a byte that is not valid UTF-8 becomes U+FFFD.
 * SPDX-License-Identifier: MIT
 */
#include "serve/listing_text.h"

#include <inttypes.h>
#include <string.h>

#include "common/utf8.h"
#include "http/octet.h"

const char *const listing_sorts[LISTING_SORTS] = {
	[LISTING_NAME] = "name",
	[LISTING_SIZE] = "size",
	[LISTING_TIME] = "time",
};

/* ---- text --------------------------------------------------------------- */

static void
put_escaped(FILE *to, const char *c, size_t len)
{
	switch (*c) {
	case '<':
		fputs_unlocked("&lt;", to);
		break;
	case '>':
		fputs_unlocked("&gt;", to);
		break;
	case '&':
		fputs_unlocked("&amp;", to);
		break;
	case '"':
		fputs_unlocked("&quot;", to);
		break;
	default:
		fwrite_unlocked(c, 1, len, to);
	}
}

static void
put_quoted(FILE *to, const char *c, size_t len)
{
	if (*c == '"' || *c == '\\')
		fprintf(to, "\\%c", *c);
	else if ((unsigned char)*c < ' ')
		fprintf(to, "\\u%04x", (unsigned)*c);
	else
		fwrite_unlocked(c, 1, len, to);
}

static void
put_text(FILE *to, struct span s, void (*put)(FILE *, const char *, size_t))
{
	while (s.len > 0) {
		size_t len = utf8_length(s.at, s.len);

		if (len == 0)
			fputs_unlocked("\xef\xbf\xbd", to);
		else
			put(to, s.at, len);
		s.at += len == 0 ? 1 : len;
		s.len -= len == 0 ? 1 : len;
	}
}

/* Percent-encodes all but unreserved characters (RFC 3986 2.3) and '/'. */
static void
put_link(FILE *to, struct span s)
{
	char bytes[3];

	for (size_t i = 0; i < s.len; i++)
		fwrite_unlocked(
			bytes, 1, octet_encode(bytes, s.at[i], "-._~/"), to);
}

/* ---- HTML --------------------------------------------------------------- */

static const char page_style[] =
	":root{color-scheme:light dark}"
	"body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;"
	"margin:2rem auto;padding:0 1rem}"
	"h1{font-size:1.3rem;overflow-wrap:anywhere}"
	"table{width:100%;border-collapse:collapse}"
	"th,td{text-align:left;padding:.3rem .5rem;"
	"border-bottom:1px solid #8884}"
	"td:first-child{overflow-wrap:anywhere}"
	"th+th,td+td{text-align:right;white-space:nowrap;"
	"font-variant-numeric:tabular-nums}"
	"a{text-decoration:none}a:hover{text-decoration:underline}"
	"tbody tr:hover{background:#8882}"
	"@media(max-width:32rem){th:last-child,td:last-child{display:none}}";

static size_t
count_slashes(struct span path)
{
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++)
		n += path.at[i] == '/';
	return n;
}

/* Prints the start of a link to the directory that many levels up. */
static void
print_up(FILE *to, size_t levels)
{
	fputs("<a href=\"", to);
	if (levels == 0)
		fputs("./", to);
	for (; levels > 0; levels--)
		fputs("../", to);
	fputs("\">", to);
}

/*
 * Prints each component of "/a/b/" as a link to that directory. The links are
 * relative, so that they work behind a proxy that removes a prefix.
 */
static void
print_trail(FILE *to, struct span path)
{
	size_t levels = count_slashes(path) - 1, from = 1;

	fputs("<h1>", to);
	print_up(to, levels);
	fputs("/</a>", to);
	for (size_t i = 1; i < path.len; i++) {
		if (path.at[i] != '/')
			continue;
		print_up(to, --levels);
		put_text(to, (struct span){ path.at + from, i - from },
			put_escaped);
		fputs("</a>/", to);
		from = i + 1;
	}
	fputs("</h1>\n", to);
}

static void
print_columns(FILE *to, const struct listing *l)
{
	static const char *const titles[LISTING_SORTS] = {
		[LISTING_NAME] = "Name",
		[LISTING_SIZE] = "Size",
		[LISTING_TIME] = "Modified (UTC)",
	};

	fputs("<table>\n<thead><tr>", to);
	for (int i = 0; i < LISTING_SORTS; i++) {
		bool is_used = (int)l->sort == i;

		fprintf(to,
			"<th%s><a href=\"?sort=%s&amp;order=%s\">%s%s</a></th>",
			!is_used           ? ""
			: l->is_descending ? " aria-sort=\"descending\""
					   : " aria-sort=\"ascending\"",
			listing_sorts[i],
			is_used && !l->is_descending ? "desc" : "asc",
			titles[i],
			!is_used           ? ""
			: l->is_descending ? " \xe2\x86\x93"
					   : " \xe2\x86\x91");
	}
	fputs("</tr></thead>\n<tbody>\n", to);
}

static void
print_size(FILE *to, int64_t size)
{
	static const char units[] = "KMGTPE";
	double n = (double)size;
	int unit = -1;

	for (; n >= 1000 && units[unit + 1] != '\0'; unit++)
		n /= 1024;
	if (unit == -1)
		fprintf(to, "%" PRId64 " B", size);
	else
		fprintf(to, "%.*f %ciB", n < 10 ? 1 : 0, n, units[unit]);
}

/* Prints "2026-11-23 04:01", or the RFC 3339 form when is_exact. */
static void
put_time(FILE *to, time_t time, bool is_exact)
{
	char text[64];
	struct tm tm;

	if (gmtime_r(&time, &tm) == NULL)
		return;
	if (is_exact)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	else
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	fputs_unlocked(text, to);
}

static void
print_row(FILE *to, const struct listing *l, size_t i)
{
	const struct listing_entry *e = &l->entries[i];
	const char *slash = e->is_directory ? "/" : "";

	fputs_unlocked("<tr><td><a href=\"./", to);
	put_link(to, span_of(e->name));
	fprintf(to, "%s\">", slash);
	put_text(to, span_of(e->name), put_escaped);
	fprintf(to, "%s</a></td><td>", slash);
	if (!e->is_directory)
		print_size(to, e->size);
	fputs_unlocked("</td><td>", to);
	put_time(to, e->modified, false);
	fputs_unlocked("</td></tr>\n", to);
}

static void
print_page_start(FILE *to, const struct listing *l)
{
	fputs("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\">\n<title>",
		to);
	put_text(to, l->path, put_escaped);
	fprintf(to, "</title>\n<style>%s</style>\n", page_style);
	print_trail(to, l->path);
	print_columns(to, l);
	if (l->path.len > 1)
		fputs("<tr><td><a href=\"../\">../</a></td><td></td>"
		      "<td></td></tr>\n",
			to);
}

static void
print_page_end(FILE *to, const struct listing *l)
{
	fputs("</tbody>\n</table>\n", to);
	if (l->is_cut)
		fprintf(to, "<p>Only the first %zu entries are listed.</p>\n",
			l->count);
	fputs("</html>\n", to);
}

const struct listing_form listing_html = { print_page_start, print_row,
	print_page_end };

/* ---- JSON --------------------------------------------------------------- */

static void
print_object(FILE *to, const struct listing *l, size_t i)
{
	const struct listing_entry *e = &l->entries[i];

	fputs_unlocked(i == 0 ? "\n" : ",\n", to);
	fputs_unlocked("{\"name\":\"", to);
	put_text(to, span_of(e->name), put_quoted);
	fputs_unlocked("\",\"href\":\"./", to);
	put_link(to, span_of(e->name));
	fprintf(to, "%s\",\"type\":\"%s\",", e->is_directory ? "/" : "",
		e->is_directory ? "directory" : "file");
	if (!e->is_directory)
		fprintf(to, "\"size\":%" PRId64 ",", e->size);
	fputs_unlocked("\"modified\":\"", to);
	put_time(to, e->modified, true);
	fputs_unlocked("\"}", to);
}

static void
print_array_start(FILE *to, const struct listing *l)
{
	fputs("{\"path\":\"", to);
	put_text(to, l->path, put_quoted);
	fprintf(to, "\",\"complete\":%s,\"entries\":[",
		l->is_cut ? "false" : "true");
}

static void
print_array_end(FILE *to, const struct listing *l)
{
	(void)l;
	fputs("\n]}\n", to);
}

const struct listing_form listing_json = { print_array_start, print_object,
	print_array_end };
