/*
 * SPDX-License-Identifier: MIT
 */
#include "common/module_metrics.h"

#include <string.h>

#include "common/clock.h"
#include "common/read_once.h"
#include "common/utf8.h"

const char *
module_metric_kind_name(enum module_metric_kind kind)
{
	static const char *const names[MODULE_METRIC_KINDS] = {
		[MODULE_COUNTER] = "counter",
		[MODULE_GAUGE] = "gauge",
		[MODULE_HISTOGRAM] = "histogram",
	};

	return names[kind];
}

/* ---- definitions -------------------------------------------------------- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Returns the length of the name at text: letters, digits and '_', without a
 * digit first. */
static size_t
name_length(const char *text)
{
	size_t n = 0;

	while (is_letter(text[n]) ||
		(n > 0 && text[n] >= '0' && text[n] <= '9'))
		n++;
	return n;
}

/* Text that needs no escapes and is valid UTF-8 on one line. */
static bool
is_plain_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f ||
			text[i] == '"' || text[i] == '\\')
			return false;
	return utf8_is_valid(text, len);
}

/* label="value"; "le" belongs to histograms, and "__" to Prometheus. */
static bool
is_label(const char *text)
{
	size_t name = name_length(text), len = strlen(text);

	if (len == 0)
		return true;
	if (name == 0 || strncmp(text, "__", 2) == 0 ||
		strncmp(text, "le=", 3) == 0)
		return false;
	return len >= name + 3 && text[name] == '=' && text[name + 1] == '"' &&
	       text[len - 1] == '"' &&
	       is_plain_text(text + name + 2, len - name - 3);
}

static bool
has_bounds(const struct module_metric_about *a)
{
	if (a->nbounds > MODULE_METRIC_BOUNDS ||
		(a->kind == MODULE_HISTOGRAM) != (a->nbounds > 0))
		return false;
	for (uint32_t i = 1; i < a->nbounds; i++)
		if (a->bounds[i] <= a->bounds[i - 1])
			return false;
	return true;
}

static bool
has_ends(const struct module_metric_about *a)
{
	return memchr(a->name, '\0', sizeof(a->name)) != NULL &&
	       memchr(a->help, '\0', sizeof(a->help)) != NULL &&
	       memchr(a->label, '\0', sizeof(a->label)) != NULL;
}

const char *
module_metric_find_error(const struct module_metric_about *a)
{
	if (!has_ends(a))
		return "a text has no end";
	if (a->kind >= MODULE_METRIC_KINDS)
		return "the kind is not valid";
	if (a->name[0] == '\0' || name_length(a->name) != strlen(a->name))
		return "the name is not valid: it consists of letters, digits "
		       "and '_'";
	if (!is_plain_text(a->help, strlen(a->help)))
		return "help is not valid: it is a line of UTF-8 without '\"' "
		       "and '\\'";
	if (!is_label(a->label))
		return "label or value is not valid: a label consists of "
		       "letters, digits and '_', a value has no '\"' and '\\'";
	if (a->per_unit <= 0)
		return "per_unit is not valid: it is above 0";
	if (!has_bounds(a))
		return "bounds are not valid: a histogram has 1 to 14, "
		       "ascending, and no other kind has any";
	return NULL;
}

bool
module_metric_is_valid(const struct module_metric_about *a)
{
	return module_metric_find_error(a) == NULL;
}

bool
module_metric_is_alike(const struct module_metric_about *a,
	const struct module_metric_about *b)
{
	return a->kind == b->kind && a->per_unit == b->per_unit &&
	       a->nbounds == b->nbounds &&
	       memcmp(a->bounds, b->bounds,
		       a->nbounds * sizeof(a->bounds[0])) == 0;
}

/* ---- sums --------------------------------------------------------------- */

struct module_series *
module_series_find(struct module_series *all, uint32_t n,
	const struct module_metric_about *a)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(all[i].about.name, a->name) == 0 &&
			strcmp(all[i].about.label, a->label) == 0)
			return &all[i];
	return NULL;
}

struct module_series *
module_metrics_define(
	struct module_metrics *all, const struct module_metric_about *a)
{
	uint32_t n = all->n < MODULE_SERIES ? all->n : MODULE_SERIES;
	struct module_series *s = module_series_find(all->all, n, a);

	if (s == NULL && n == MODULE_SERIES)
		all->refused++;
	if (s != NULL || n == MODULE_SERIES)
		return s;
	s = &all->all[n];
	*s = (struct module_series){ .about = *a };
	atomic_store_explicit(&all->n, n + 1, memory_order_release);
	return s;
}

static void
add_values(struct module_series *to, const struct module_series *from)
{
	to->value += from->value;
	for (size_t i = 0; i <= MODULE_METRIC_BOUNDS; i++)
		to->buckets[i] += from->buckets[i];
}

bool
module_metrics_add_series(
	struct module_metrics_sum *sum, const struct module_series *s)
{
	struct module_series *to =
		module_series_find(sum->all, sum->n, &s->about);

	if (to == NULL && sum->n == MODULE_SERIES_ALL) {
		sum->dropped++;
		return false;
	}
	if (to == NULL) {
		sum->all[sum->n++] = *s;
		return true;
	}
	if (module_metric_is_alike(&to->about, &s->about))
		add_values(to, s);
	else if (s->about.defined > to->about.defined)
		*to = *s;
	return true;
}

/* A worker may write what it likes: a definition that claims a time to come
 * would be newer than each that follows. */
void
module_metrics_add(struct module_metrics_sum *sum,
	const struct module_metrics *from, bool with_gauges)
{
	uint32_t n = atomic_load_explicit(&from->n, memory_order_acquire);
	uint64_t now = n > 0 ? clock_wall_ms() : 0;
	struct module_series s;

	if (with_gauges)
		sum->dropped += READ_ONCE(from->refused);
	for (uint32_t i = 0; i < n && i < MODULE_SERIES; i++) {
		read_once_copy(&s, &from->all[i], sizeof(s));
		if (s.about.defined > now)
			s.about.defined = now;
		if (module_metric_is_valid(&s.about) &&
			(with_gauges || s.about.kind != MODULE_GAUGE))
			module_metrics_add_series(sum, &s);
	}
}

void
module_series_observe(struct module_series *s, int64_t value)
{
	uint32_t i = 0;

	while (i < s->about.nbounds && value > s->about.bounds[i])
		i++;
	__atomic_fetch_add(&s->buckets[i], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->value, (uint64_t)value, __ATOMIC_RELAXED);
}

void
module_series_subtract(
	struct module_series *from, const struct module_series *earlier)
{
	from->value -= earlier->value;
	for (size_t i = 0; i <= MODULE_METRIC_BOUNDS; i++)
		from->buckets[i] -= earlier->buckets[i];
}

void
module_metrics_copy(
	struct module_metrics_sum *to, const struct module_metrics_sum *from)
{
	to->n = from->n;
	to->dropped = from->dropped;
	memcpy(to->all, from->all, from->n * sizeof(from->all[0]));
}
