/*
 * Prints the report as a table, in the command.
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>
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

static const char *
plural_of(const json_t *object, const char *name)
{
	return number_of(object, name) == 1 ? "" : "s";
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
		" worker%s",
		text_of(m, "version"), number_of(m, "pid"),
		text_of(m, "configuration"), text_of(m, "state"),
		json_is_object(leaving) ? age_of(leaving, "age", age)
					: age_of(m, "age", age),
		json_is_object(leaving) ? ", at most " : "",
		json_is_object(leaving) ? age_of(leaving, "left", left) : "",
		json_is_object(leaving) ? " more" : "",
		number_of(m, "generation"), number_of(m, "workers"),
		plural_of(m, "workers"));
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

/* "9.3M", in the units of the configuration. */
static const char *
size_of(double bytes, char text[16])
{
	static const char units[] = "kMGT";
	size_t unit = 0;

	for (bytes /= 1024; bytes >= 999.95 && unit < 3; bytes /= 1024)
		unit++;
	snprintf(text, 16, "%.1f%c", bytes < 1e6 ? bytes : 1e6, units[unit]);
	return text;
}

/* The sum of a member of "use", or of the worker itself; a worker that was
 * taken over may have written any number. */
static json_int_t
sum_of(const json_t *workers, const char *part, const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *w = json_array_get(workers, i);

		sum += (uint64_t)number_of(
			part == NULL ? w : json_object_get(w, part), name);
	}
	return (json_int_t)sum;
}

/* "in use: 12 of 36756 connections, 9.3M of 60.0M memory; a worker may open
 * 20000 files" */
static void
print_use(const json_t *m, const json_t *workers, FILE *out)
{
	const json_t *limits = json_object_get(m, "limits");
	json_int_t memory = number_of(limits, "memory");
	char used[16], most[16];

	if (limits == NULL)
		return;
	fprintf(out,
		"in use: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
		" connections, %s%s%s of memory; a worker may open "
		"%" JSON_INTEGER_FORMAT " files\n",
		sum_of(workers, NULL, "connections"),
		sum_of(workers, NULL, "connections_limit"),
		size_of((double)sum_of(workers, "use", "resident_bytes"), used),
		memory > 0 ? " of " : "",
		memory > 0 ? size_of((double)memory, most) : "",
		number_of(limits, "open_files"));
}

static void
print_draining(const json_t *m, FILE *out)
{
	const json_t *list = json_object_get(m, "draining"), *g;
	char left[16];

	for (size_t i = 0; i < json_array_size(list); i++) {
		g = json_array_get(list, i);
		fprintf(out,
			"generation %" JSON_INTEGER_FORMAT
			" drains for at most %s: %" JSON_INTEGER_FORMAT
			" worker%s, %" JSON_INTEGER_FORMAT " connection%s\n",
			number_of(g, "generation"), age_of(g, "left", left),
			number_of(g, "workers"), plural_of(g, "workers"),
			number_of(g, "connections"),
			plural_of(g, "connections"));
	}
}

/* Its title tells what is known of it. */
static void
print_orphan(const json_t *o, FILE *out)
{
	char left[16];

	if (json_object_get(o, "connections") == NULL) {
		fprintf(out, "pid %" JSON_INTEGER_FORMAT ": %s\n",
			number_of(o, "pid"), text_of(o, "title"));
		return;
	}
	fprintf(out,
		"worker %" JSON_INTEGER_FORMAT
		" of a master that was killed, pid %" JSON_INTEGER_FORMAT
		", generation %" JSON_INTEGER_FORMAT
		", drains for at most %s: %" JSON_INTEGER_FORMAT
		" connection%s\n",
		number_of(o, "worker"), number_of(o, "pid"),
		number_of(o, "generation"), age_of(o, "left", left),
		number_of(o, "connections"), plural_of(o, "connections"));
}

static void
print_orphans(const json_t *list, FILE *out)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		print_orphan(json_array_get(list, i), out);
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

/* "-" where the kernel does not tell. */
static const char *
files_of(const json_t *use, char text[16])
{
	json_int_t n = number_of(use, "open_files");

	snprintf(text, 16, n == 0 ? "-" : "%" JSON_INTEGER_FORMAT, n);
	return text;
}

static void
print_worker(const json_t *w, FILE *out)
{
	const json_t *use = json_object_get(w, "use");
	char age[16], beat[16], connections[48], files[16], memory[16];

	fprintf(out,
		"%8" JSON_INTEGER_FORMAT " %6" JSON_INTEGER_FORMAT
		" %10" JSON_INTEGER_FORMAT "  %-8s %11s"
		" %6s %7s %10" JSON_INTEGER_FORMAT " %6s %9s  %s\n",
		number_of(w, "pid"), number_of(w, "worker"),
		number_of(w, "generation"), text_of(w, "state"),
		connections_of(w, connections, sizeof(connections)),
		files_of(use, files),
		size_of((double)number_of(use, "resident_bytes"), memory),
		number_of(w, "requests"), age_of(w, "age", age),
		age_of(w, "heartbeat_age", beat),
		*text_of(w, "step") == '\0' ? text_of(w, "doing")
					    : text_of(w, "step"));
}

void
control_report_print(const json_t *report, FILE *out)
{
	const json_t *totals = json_object_get(report, "totals");
	const json_t *master = json_object_get(report, "master");
	const json_t *workers = json_object_get(report, "workers");

	print_master(master, out);
	print_use(master, workers, out);
	print_draining(master, out);
	print_orphans(json_object_get(report, "orphans"), out);
	print_sandbox(workers, out);
	fprintf(out, "     PID WORKER GENERATION  STATE    CONNECTIONS  FILES "
		     " MEMORY   REQUESTS    AGE HEARTBEAT  DOING\n");
	for (size_t i = 0; i < json_array_size(workers); i++)
		print_worker(json_array_get(workers, i), out);
	fprintf(out,
		"in all: %" JSON_INTEGER_FORMAT
		" request%s, %" JSON_INTEGER_FORMAT
		" connection%s, %" JSON_INTEGER_FORMAT
		" bytes sent, %" JSON_INTEGER_FORMAT " worker%s gone\n",
		number_of(totals, "requests"), plural_of(totals, "requests"),
		number_of(totals, "accepted"), plural_of(totals, "accepted"),
		number_of(totals, "bytes_sent"),
		number_of(totals, "workers_gone"),
		plural_of(totals, "workers_gone"));
}
