/*
 * Lines of one name must stand together, whichever workers have defined them.
 * SPDX-License-Identifier: MIT
 */
#include "serve/metrics_modules.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/scoreboard_view.h"
#include "serve/metric_lines.h"

static const struct metric_row dropped = { "prong_module_metrics_dropped",
	"gauge", "Metrics of modules that found no room" };

/* MODULE_ROUTE_DURATION, which the workers define without a text. */
static const struct metric_row durations = { "prong_module_duration_seconds",
	"histogram",
	"Time from the head of a request to the end of its module's answer" };

#define PREFIX "prong_module_"

/* Prints the value in its unit. */
static void
put_number(FILE *f, uint64_t value, int64_t per_unit)
{
	int64_t n = (int64_t)value;

	if (per_unit == 1)
		fprintf(f, "%" PRId64 "\n", n);
	else
		fprintf(f, "%.15g\n", (double)n / (double)per_unit);
}

/* Prints the name and what it ends in, and the label. */
static void
put_name(FILE *f, const struct module_metric_about *a, const char *end)
{
	fprintf(f, PREFIX "%s%s", a->name, end);
	if (a->label[0] != '\0')
		fprintf(f, "{%s}", a->label);
	putc(' ', f);
}

static void
put_bucket(FILE *f, const struct module_metric_about *a, uint32_t i, uint64_t n)
{
	fprintf(f, PREFIX "%s_bucket{%s%sle=\"", a->name, a->label,
		a->label[0] == '\0' ? "" : ",");
	if (i == a->nbounds)
		fputs("+Inf", f);
	else
		fprintf(f, "%.15g", (double)a->bounds[i] / (double)a->per_unit);
	fprintf(f, "\"} %" PRIu64 "\n", n);
}

static void
put_series(FILE *f, const struct module_series *s)
{
	const struct module_metric_about *a = &s->about;
	uint64_t n = 0;

	if (a->kind != MODULE_HISTOGRAM) {
		put_name(f, a, "");
		put_number(f, s->value, a->per_unit);
		return;
	}
	for (uint32_t i = 0; i <= a->nbounds; i++) {
		n += s->buckets[i];
		put_bucket(f, a, i, n);
	}
	put_name(f, a, "_sum");
	put_number(f, s->value, a->per_unit);
	put_name(f, a, "_count");
	fprintf(f, "%" PRIu64 "\n", n);
}

static bool
has_name(const struct module_series *s, const char *name)
{
	return strcmp(s->about.name, name) == 0;
}

/* The definition of a name that is the newest one: of two generations, the
 * labels may be others, and so may be the kind. */
static const struct module_metric_about *
newest_of(const struct module_metrics_sum *sum, const char *name)
{
	const struct module_metric_about *newest = NULL;

	for (uint32_t i = 0; i < sum->n; i++)
		if (has_name(&sum->all[i], name) &&
			(newest == NULL ||
				sum->all[i].about.defined > newest->defined))
			newest = &sum->all[i].about;
	return newest;
}

static void
put_metric(FILE *f, const struct module_metrics_sum *sum, const char *name)
{
	const struct module_metric_about *a = newest_of(sum, name);

	if (strcmp(name, MODULE_ROUTE_DURATION) == 0)
		metric_put_head(f, &durations);
	else
		fprintf(f, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
			name, a->help, name, module_metric_kind_name(a->kind));
	for (uint32_t i = 0; i < sum->n; i++)
		if (has_name(&sum->all[i], name) &&
			module_metric_is_alike(&sum->all[i].about, a))
			put_series(f, &sum->all[i]);
}

static bool
is_first(const struct module_metrics_sum *sum, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (has_name(&sum->all[i], sum->all[at].about.name))
			return false;
	return true;
}

void
metrics_write_modules(FILE *f, const struct scoreboard_view *v)
{
	struct module_metrics_sum *sum = malloc(sizeof(*sum));

	if (sum == NULL)
		return;
	scoreboard_sum_metrics(v, sum);
	metric_put_value(f, &dropped, sum->dropped);
	for (uint32_t i = 0; i < sum->n; i++)
		if (is_first(sum, i))
			put_metric(f, sum, sum->all[i].about.name);
	free(sum);
}
