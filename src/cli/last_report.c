/*
 * A request has the members of a line of the access log, prong.json(5).
 * SPDX-License-Identifier: MIT
 */
#include "cli/last_report.h"

#include <stdbool.h>
#include <string.h>

#include "cli/options.h"

static const char *
find_text(const json_t *request, const char *member)
{
	const char *text = json_string_value(json_object_get(request, member));

	return text == NULL ? "" : text;
}

static double
find_number(const json_t *request, const char *member)
{
	return json_number_value(json_object_get(request, member));
}

/* Terminals obey control characters. */
static void
put_text(const char *text, FILE *out)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			fprintf(out, "\\x%02x", (unsigned char)*text);
		else
			putc(*text, out);
}

static void
print_step(const char *step, const char *text, FILE *out)
{
	fprintf(out, "  %-9s ", step);
	put_text(text, out);
	putc('\n', out);
}

static void
print_member(
	const json_t *request, const char *member, const char *step, FILE *out)
{
	const char *text = find_text(request, member);

	if (*text != '\0')
		print_step(step, text, out);
}

static void
print_response(const json_t *request, FILE *out)
{
	fprintf(out,
		"  %-9s %.0f, %.0f bytes of content in %.6f s, the first after "
		"%.6f s\n",
		"response", find_number(request, "status"),
		find_number(request, "bytes"),
		find_number(request, "duration_us") / 1e6,
		find_number(request, "ttfb_us") / 1e6);
	fprintf(out, "  %-9s %s: ", "end",
		json_is_true(json_object_get(request, "complete"))
			? "complete"
			: "not complete");
	put_text(find_text(request, "end"), out);
	putc('\n', out);
}

/* Within quotes of the shell. */
static bool
is_safe(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '\'')
			return false;
	return true;
}

/* A worker that was taken over may have written any of the members. */
static bool
is_safe_request(const json_t *request)
{
	static const char *const members[] = { "method", "scheme", "host",
		"target", "peer", "client" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!is_safe(find_text(request, members[i])))
			return false;
	return *find_text(request, "target") == '/';
}

static void
print_again(const json_t *request, const struct options *o, FILE *out)
{
	const char *host = find_text(request, "host");
	const char *peer = find_text(request, "peer");

	if (!is_safe_request(request) ||
		(!o->is_default_file && !is_safe(o->file)))
		return;
	if (*peer == '\0')
		peer = find_text(request, "client");
	fprintf(out, "  %-9s prong explain ", "again");
	if (!o->is_default_file)
		fprintf(out, "-c '%s' ", o->file);
	fprintf(out, "'%s' '", find_text(request, "method"));
	if (*host != '\0')
		fprintf(out, "%s://%s", find_text(request, "scheme"), host);
	fprintf(out, "%s'", find_text(request, "target"));
	if (strpbrk(peer, ".:") != NULL)
		fprintf(out, " --as '%s'", peer);
	putc('\n', out);
}

static void
print_request(const json_t *request, const struct options *o, FILE *out)
{
	put_text(find_text(request, "method"), out);
	putc(' ', out);
	put_text(find_text(request, "target"), out);
	putc('\n', out);
	print_member(request, "request_id", "id", out);
	print_member(request, "trace_id", "trace", out);
	print_member(request, "time", "time", out);
	print_member(request, "client", "client", out);
	print_member(request, "peer", "proxy", out);
	print_member(request, "host", "host", out);
	print_member(request, "protocol", "protocol", out);
	print_member(request, "site", "site", out);
	print_member(request, "route", "route", out);
	fprintf(out, "  %-9s %.0f of generation %.0f\n", "worker",
		find_number(request, "worker"),
		find_number(request, "generation"));
	print_response(request, out);
	print_again(request, o, out);
}

void
last_report_print(const json_t *answer, const struct options *o, FILE *out)
{
	const json_t *requests = json_object_get(answer, "requests");

	for (size_t i = 0; i < json_array_size(requests); i++)
		print_request(json_array_get(requests, i), o, out);
}
