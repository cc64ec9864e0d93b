/*
 * Prints the report as a table, in the command.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "control/control_report.h"

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "?" : text;
}

static json_int_t
number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* "-", "0.2s", "59s", "59m", "47h", "12d". */
static const char *
age_of(const json_t *object, const char *name, char text[16])
{
	const json_t *value = json_object_get(object, name);
	double s = json_number_value(value);

	if (!json_is_number(value))
		snprintf(text, 16, "-");
	else if (s < 10)
		snprintf(text, 16, "%.1fs", s);
	else if (s < 120)
		snprintf(text, 16, "%.0fs", s);
	else if (s < 120. * 60)
		snprintf(text, 16, "%.0fm", s / 60);
	else if (s < 48. * 3600)
		snprintf(text, 16, "%.0fh", s / 3600);
	else
		snprintf(text, 16, "%.0fd", s / 86400);
	return text;
}

static void
print_roots(const json_t *roots, FILE *out)
{
	for (size_t i = 0; i < json_array_size(roots); i++) {
		const json_t *root = json_array_get(roots, i);

		fprintf(out, "root %s: %s\n", text_of(root, "path"),
			text_of(root, "state"));
	}
}

static void
print_master(const json_t *m, FILE *out)
{
	const json_t *last = json_object_get(m, "last_change");
	const json_t *leaving = json_object_get(m, "leaving");
	char age[16], left[16];

	fprintf(out,
		"prong %s, pid %" JSON_INTEGER_FORMAT ", %s: %s for %s%s%s%s, "
		"generation %" JSON_INTEGER_FORMAT " with %" JSON_INTEGER_FORMAT
		" workers",
		text_of(m, "version"), number_of(m, "pid"),
		text_of(m, "configuration"), text_of(m, "state"),
		json_is_object(leaving) ? age_of(leaving, "age", age)
					: age_of(m, "age", age),
		json_is_object(leaving) ? ", at most " : "",
		json_is_object(leaving) ? age_of(leaving, "left", left) : "",
		json_is_object(leaving) ? " more" : "",
		number_of(m, "generation"), number_of(m, "workers"));
	if (json_number_value(json_object_get(m, "probation")) > 0)
		fprintf(out, ", on probation for %s",
			age_of(m, "probation", age));
	if (json_is_true(json_object_get(m, "unready")))
		fprintf(out, ", unready");
	fputc('\n', out);
	if (json_is_object(last))
		fprintf(out, "last %s, %s ago: %s: %s\n", text_of(last, "kind"),
			age_of(last, "age", age),
			json_is_true(json_object_get(last, "ok")) ? "done"
								  : "refused",
			text_of(last, "reason"));
	print_roots(json_object_get(m, "roots"), out);
}

static void
print_layers(const json_t *layers, FILE *out)
{
	for (size_t i = 0; i < json_array_size(layers); i++)
		fprintf(out, "%s%s", i == 0 ? "" : ", ",
			json_string_value(json_array_get(layers, i)));
	fprintf(out, "%s", json_array_size(layers) == 0 ? "none" : "");
}

/* The layers of the first worker that is ready, and each one that differs. */
static void
print_sandbox(const json_t *workers, FILE *out)
{
	const json_t *first = NULL;

	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *w = json_array_get(workers, i);
		const json_t *layers = json_object_get(w, "sandbox");

		if (*text_of(w, "step") != '\0' ||
			(first != NULL && json_equal(first, layers)))
			continue;
		fprintf(out, "sandbox");
		if (first != NULL)
			fprintf(out,
				" of worker %" JSON_INTEGER_FORMAT
				" (generation %" JSON_INTEGER_FORMAT ")",
				number_of(w, "worker"),
				number_of(w, "generation"));
		fprintf(out, ": ");
		print_layers(layers, out);
		fputc('\n', out);
		first = first == NULL ? layers : first;
	}
}

/* "3/1024"; programs before this one did not tell the limit. */
static const char *
connections_of(const json_t *w, char *text, size_t size)
{
	json_int_t open = number_of(w, "connections");
	json_int_t limit = number_of(w, "connections_limit");

	if (limit == 0)
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, open);
	else
		snprintf(text, size,
			"%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT, open,
			limit);
	return text;
}

static void
print_worker(const json_t *w, FILE *out)
{
	char age[16], beat[16], connections[48];

	fprintf(out,
		"%8" JSON_INTEGER_FORMAT " %6" JSON_INTEGER_FORMAT
		" %10" JSON_INTEGER_FORMAT "  %-8s %11s"
		" %10" JSON_INTEGER_FORMAT " %6s %9s  %s\n",
		number_of(w, "pid"), number_of(w, "worker"),
		number_of(w, "generation"), text_of(w, "state"),
		connections_of(w, connections, sizeof(connections)),
		number_of(w, "requests"), age_of(w, "age", age),
		age_of(w, "heartbeat_age", beat),
		*text_of(w, "step") == '\0' ? text_of(w, "doing")
					    : text_of(w, "step"));
}

void
control_report_print(const json_t *report, FILE *out)
{
	const json_t *totals = json_object_get(report, "totals");
	const json_t *workers = json_object_get(report, "workers");

	print_master(json_object_get(report, "master"), out);
	print_sandbox(workers, out);
	fprintf(out, "     PID WORKER GENERATION  STATE    CONNECTIONS   "
		     "REQUESTS    AGE HEARTBEAT  DOING\n");
	for (size_t i = 0; i < json_array_size(workers); i++)
		print_worker(json_array_get(workers, i), out);
	fprintf(out,
		"in all: %" JSON_INTEGER_FORMAT
		" requests, %" JSON_INTEGER_FORMAT
		" connections, %" JSON_INTEGER_FORMAT
		" bytes sent, %" JSON_INTEGER_FORMAT " %s gone\n",
		number_of(totals, "requests"), number_of(totals, "accepted"),
		number_of(totals, "bytes_sent"),
		number_of(totals, "workers_gone"),
		number_of(totals, "workers_gone") == 1 ? "worker" : "workers");
}
