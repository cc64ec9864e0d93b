/*
 * Values are added at once to memory that outlives the worker.
 * SPDX-License-Identifier: MIT
 */
#include "api/metric.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/instance.h"
#include "api/module_table.h"
#include "api/prong.h"
#include "common/clock.h"
#include "common/heritage.h"
#include "common/mem.h"
#include "common/module_metrics.h"
#include "conn/worker_state.h"

struct prong_metric {
	struct prong_metric *next; /* of the instance */
	struct module_series *series;
	uint64_t last; /* that prong_metric_set() was given; a gauge's series
			  has the sum of all instances */
	struct module_series own; /* where the worker has no scoreboard */
};

void
metric_free_all(struct prong_instance *i)
{
	struct prong_metric *m;

	while ((m = i->metrics) != NULL) {
		i->metrics = m->next;
		free(m);
	}
}

/* ---- definitions -------------------------------------------------------- */

/* Returns false when the text is too long. */
static bool
copy_text(char *to, size_t size, const char *text)
{
	int n = snprintf(to, size, "%s", text == NULL ? "" : text);

	return n >= 0 && (size_t)n < size;
}

/* Names of modules may have '-' and '.', those of metrics not. */
static bool
copy_name(char *to, size_t size, const char *module, const char *name)
{
	int n = snprintf(to, size, "%s_%s", module, name == NULL ? "" : name);

	for (char *c = to; *c != '\0' && c < to + strlen(module); c++)
		if (*c == '-' || *c == '.')
			*c = '_';
	return name != NULL && n >= 0 && (size_t)n < size;
}

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && strcmp(name + len - n, end) == 0;
}

/* Returns what is wrong with a name; NULL: nothing. */
static const char *
check_name(enum prong_metric_kind kind, const char *name)
{
	if ((kind == PRONG_COUNTER) != ends_in(name, "_total"))
		return kind == PRONG_COUNTER
			       ? "the name of a counter must end in _total"
			       : "only the name of a counter ends in _total";
	if (ends_in(name, "_bucket") || ends_in(name, "_sum") ||
		ends_in(name, "_count"))
		return "the name ends as those of a histogram's parts do";
	return NULL;
}

static bool
copy_bounds(struct module_metric_about *a, const struct prong_metric_options *o)
{
	if (o->nbounds > MODULE_METRIC_BOUNDS ||
		(o->nbounds > 0 && o->bounds == NULL))
		return false;
	a->nbounds = o->nbounds;
	if (o->nbounds > 0)
		memcpy(a->bounds, o->bounds, o->nbounds * sizeof(a->bounds[0]));
	return true;
}

/* A module "duration" could define "seconds". */
static bool
is_of_server(const char *name)
{
	return strcmp(name, MODULE_ROUTE_DURATION) == 0 ||
	       strcmp(name, "metrics_dropped") == 0;
}

/* Returns what is wrong with the options; NULL: nothing. */
static const char *
define_series(struct module_metric_about *a, const char *module,
	const struct prong_metric_options *o)
{
	char label[MODULE_METRIC_LABEL] = "";
	const char *error;
	int n = 0;

	*a = (struct module_metric_about){ .kind = (uint32_t)o->kind,
		.per_unit = o->per_unit == 0 ? 1 : o->per_unit,
		.defined = clock_wall_ms() };
	if (!copy_name(a->name, sizeof(a->name), module, o->name))
		return "the name is too long, or NULL";
	if (!copy_text(a->help, sizeof(a->help), o->help))
		return "help is too long";
	if ((o->label == NULL) != (o->value == NULL))
		return "label and value belong together";
	if (o->label != NULL)
		n = snprintf(
			label, sizeof(label), "%s=\"%s\"", o->label, o->value);
	if (n < 0 || (size_t)n >= sizeof(label))
		return "label and value are too long";
	memcpy(a->label, label, sizeof(label));
	if (!copy_bounds(a, o))
		return "a histogram has 1 to 14 bounds";
	if (is_of_server(a->name))
		return "the name is that of a metric of the server";
	error = module_metric_find_error(a);
	return error != NULL ? error : check_name(o->kind, o->name);
}

/* All series of a name are of one kind. */
static bool
differs_from_others(
	const struct module_metrics *all, const struct module_metric_about *a)
{
	for (uint32_t i = 0; i < all->n && i < MODULE_SERIES; i++)
		if (strcmp(all->all[i].about.name, a->name) == 0 &&
			!module_metric_is_alike(&all->all[i].about, a))
			return true;
	return false;
}

/* Returns NULL with errno: ENOSPC, or EINVAL. */
static struct module_series *
find_or_add(struct module_metrics *all, const struct module_metric_about *a)
{
	struct module_series *s;

	if (differs_from_others(all, a)) {
		errno = EINVAL;
		return NULL;
	}
	s = module_metrics_define(all, a);
	if (s == NULL)
		errno = ENOSPC;
	return s;
}

static struct prong_metric *
add_metric(struct prong_instance *i, const struct module_metric_about *a)
{
	struct module_metrics *shared = i->worker->heritage->metrics;
	struct module_series *s = NULL;
	struct prong_metric *m;

	if (shared != NULL) {
		s = find_or_add(shared, a);
		if (s == NULL)
			return NULL;
	}
	m = mem_calloc(1, sizeof(*m));
	m->own.about = *a;
	m->series = s == NULL ? &m->own : s;
	m->next = i->metrics;
	i->metrics = m;
	return m;
}

static void
refuse_metric(struct prong_instance *i, const char *name, const char *why)
{
	enum { LINE = 256 };
	char what[LINE];

	snprintf(what, sizeof(what), "%s%.*s%s", name == NULL ? "" : "metric ",
		MODULE_METRIC_NAME, name == NULL ? "" : name,
		name == NULL ? "" : ": ");
	snprintf(what + strlen(what), sizeof(what) - strlen(what), "%s", why);
	instance_misuse(i, "prong_metric", what);
}

struct prong_metric *
prong_metric_sized(size_t size, struct prong_instance *i,
	const struct prong_metric_options *options)
{
	struct prong_metric_options o = { .kind = PRONG_COUNTER };
	struct module_metric_about about;
	const char *wrong;
	struct prong_metric *m;

	if (!instance_check_call(i, "prong_metric"))
		return NULL;
	if (options == NULL || !module_table_copy(&o, sizeof(o), options, size))
		wrong = "the options are NULL, or have members that this "
			"server does not know";
	else
		wrong = define_series(&about, i->self->name, &o);
	if (wrong != NULL) {
		refuse_metric(i, o.name, wrong);
		return NULL;
	}
	m = add_metric(i, &about);
	if (m == NULL && errno == ENOSPC) {
		refuse_metric(i, o.name,
			"the worker's modules have 64 metrics already");
		errno = ENOSPC;
	} else if (m == NULL) {
		refuse_metric(i, o.name,
			"the name is that of another kind of metric");
	}
	return m;
}

/* ---- values ------------------------------------------------------------- */

static bool
is_kind(const struct prong_metric *m, enum module_metric_kind kind)
{
	return m != NULL && m->series->about.kind == kind;
}

void
prong_metric_add(struct prong_metric *m, int64_t n)
{
	if (is_kind(m, MODULE_GAUGE) || (is_kind(m, MODULE_COUNTER) && n > 0))
		__atomic_fetch_add(
			&m->series->value, (uint64_t)n, __ATOMIC_RELAXED);
}

void
prong_metric_set(struct prong_metric *m, int64_t value)
{
	uint64_t last;

	if (!is_kind(m, MODULE_GAUGE))
		return;
	last = __atomic_exchange_n(&m->last, (uint64_t)value, __ATOMIC_RELAXED);
	__atomic_fetch_add(
		&m->series->value, (uint64_t)value - last, __ATOMIC_RELAXED);
}

void
prong_metric_observe(struct prong_metric *m, int64_t value)
{
	if (is_kind(m, MODULE_HISTOGRAM))
		module_series_observe(m->series, value);
}
