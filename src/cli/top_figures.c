/*
 * A counter that went back, since another server answers, has the rate 0.
 * SPDX-License-Identifier: MIT
 */
#include "cli/top_figures.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS_MAX = 64 };

/* Two samples of one object, and the seconds between them; 0: there is no
 * earlier one. */
struct samples {
	const json_t *earlier, *now;
	double seconds;
};

static double
number_of(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static double
count_more(const struct samples *s, const char *name)
{
	double more = number_of(s->now, name) - number_of(s->earlier, name);

	return more > 0 ? more : 0;
}

/* Rounds to a multiple of 1 / unit. */
static json_t *
make_real(double value, double unit)
{
	double n = value * unit + 0.5;

	return json_real(n < 1e15 ? (double)(int64_t)n / unit : value);
}

static void
set_rate(json_t *to, const char *name, const struct samples *s,
	const char *counter)
{
	json_object_set_new(to, name,
		s->seconds > 0
			? make_real(count_more(s, counter) / s->seconds, 1e3)
			: json_null());
}

static void
copy_members(json_t *to, const json_t *from, const char *const *names)
{
	for (; *names != NULL; names++)
		json_object_set(to, *names, json_object_get(from, *names));
}

/* ---- quantiles ----------------------------------------------------------- */

/* How many requests took how long, between the samples. */
struct histogram {
	size_t n;
	double counts[BUCKETS_MAX]; /* the last one is above all bounds */
};

static void
histogram_add(struct histogram *h, const struct samples *s)
{
	const json_t *now = json_object_get(s->now, "durations");
	const json_t *earlier = json_object_get(s->earlier, "durations");
	double more;

	h->n = json_array_size(now) < BUCKETS_MAX ? json_array_size(now)
						  : BUCKETS_MAX;
	for (size_t i = 0; i < h->n; i++) {
		more = json_number_value(json_array_get(now, i)) -
		       json_number_value(json_array_get(earlier, i));
		h->counts[i] += more > 0 ? more : 0;
	}
}

static double
bound_at(const json_t *bounds, size_t i)
{
	size_t n = json_array_size(bounds);

	return json_number_value(json_array_get(bounds, i < n ? i : n - 1));
}

/*
 * Returns the duration, in seconds, that so large a part of the requests did
 * not exceed, as Prometheus does: a bucket is taken to be filled evenly, and
 * what is above all bounds counts as the highest bound.
 */
static json_t *
find_quantile(const struct histogram *h, const json_t *bounds, double part)
{
	double sum = 0, low, high, rank;
	size_t i = 0;

	for (size_t k = 0; k < h->n; k++)
		sum += h->counts[k];
	if (sum == 0 || json_array_size(bounds) == 0)
		return json_null();
	rank = part * sum;
	while (i + 1 < h->n && h->counts[i] < rank)
		rank -= h->counts[i++];
	low = i == 0 ? 0 : bound_at(bounds, i - 1);
	high = bound_at(bounds, i);
	return make_real(low + (high - low) * rank / h->counts[i], 1e6);
}

static void
set_quantiles(json_t *to, const struct histogram *h, const json_t *bounds)
{
	json_object_set_new(to, "p50", find_quantile(h, bounds, 0.5));
	json_object_set_new(to, "p99", find_quantile(h, bounds, 0.99));
}

/* ---- lists --------------------------------------------------------------- */

static const json_t *
find_like(const json_t *list, const char *key, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *other = json_array_get(list, i);

		if (json_equal(json_object_get(other, key), value))
			return other;
	}
	return NULL;
}

static const struct {
	const char *rate, *counter;
} site_rates[] = {
	{ "requests_per_second", "requests" },
	{ "bytes_sent_per_second", "bytes_sent" },
	{ "bytes_received_per_second", "bytes_received" },
	{ "4xx_per_second", "4xx" },
	{ "5xx_per_second", "5xx" },
};

enum { SITE_RATES = sizeof(site_rates) / sizeof(site_rates[0]) };

/* What is summed up over the sites. */
struct sums {
	double rates[SITE_RATES];
	struct histogram durations;
};

static json_t *
make_site(const struct samples *s, const json_t *bounds, struct sums *sums)
{
	static const char *const names[] = { "site", "requests", NULL };
	json_t *site = json_object();
	struct histogram h = { .n = 0 };

	copy_members(site, s->now, names);
	for (size_t i = 0; i < SITE_RATES; i++) {
		set_rate(site, site_rates[i].rate, s, site_rates[i].counter);
		sums->rates[i] += number_of(site, site_rates[i].rate);
	}
	if (s->seconds > 0) {
		histogram_add(&h, s);
		histogram_add(&sums->durations, s);
	}
	set_quantiles(site, &h, bounds);
	return site;
}

static int
compare_sites(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	double rate_x = number_of(*x, "requests_per_second");
	double rate_y = number_of(*y, "requests_per_second");

	if (rate_x != rate_y)
		return rate_x < rate_y ? 1 : -1;
	return strcmp(json_string_value(json_object_get(*x, "site")),
		json_string_value(json_object_get(*y, "site")));
}

/* Sorts them by their rates, the highest first. */
static json_t *
sort_sites(json_t **all, size_t n)
{
	json_t *list = json_array();

	qsort(all, n, sizeof(all[0]), compare_sites);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, all[i]);
	return list;
}

static json_t *
make_sites(const struct samples *s, struct sums *sums)
{
	const json_t *now = json_object_get(s->now, "sites"), *at;
	const json_t *earlier = json_object_get(s->earlier, "sites");
	const json_t *bounds = json_object_get(s->now, "duration_bounds");
	size_t n = 0, size = json_array_size(now);
	json_t **all = calloc(size + 1, sizeof(all[0])), *list;

	for (size_t i = 0; all != NULL && i < size; i++) {
		at = json_array_get(now, i);
		if (!json_is_string(json_object_get(at, "site")))
			continue;
		all[n++] = make_site(
			&(struct samples){ find_like(earlier, "site",
						   json_object_get(at, "site")),
				at, s->seconds },
			bounds, sums);
	}
	list = sort_sites(all, n);
	free(all);
	return list;
}

static json_t *
make_worker(const struct samples *s)
{
	static const char *const names[] = { "worker", "generation", "pid",
		"state", "connections", "connections_limit", "cpu_percent",
		"resident_bytes", "lag_ms", "heartbeat_ms", "doing", NULL };
	json_t *worker = json_object();

	copy_members(worker, s->now, names);
	set_rate(worker, "requests_per_second", s, "requests");
	return worker;
}

static json_t *
make_workers(const struct samples *s)
{
	const json_t *now = json_object_get(s->now, "workers"), *at;
	const json_t *earlier = json_object_get(s->earlier, "workers");
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(now); i++) {
		at = json_array_get(now, i);
		json_array_append_new(
			list, make_worker(&(struct samples){
				      find_like(earlier, "pid",
					      json_object_get(at, "pid")),
				      at, s->seconds }));
	}
	return list;
}

/* Only those that grew. */
static json_t *
make_refused(const struct samples *s)
{
	json_t *rates = json_object(),
	       *now = json_object_get(s->now, "refused"), *value;
	const struct samples in = { json_object_get(s->earlier, "refused"), now,
		s->seconds };
	const char *name;

	json_object_foreach(now, name, value)
	{
		if (s->seconds > 0 && count_more(&in, name) > 0)
			set_rate(rates, name, &in, name);
	}
	return rates;
}

/* ---- the whole ----------------------------------------------------------- */

static double
seconds_between(const json_t *earlier, const json_t *now)
{
	double ms = number_of(now, "time_ms") - number_of(earlier, "time_ms");

	return earlier == NULL || ms <= 0 ? 0 : ms / 1e3;
}

static void
set_sums(json_t *to, const struct samples *s, const struct sums *sums)
{
	for (size_t i = 0; i < SITE_RATES; i++)
		json_object_set_new(to, site_rates[i].rate,
			s->seconds > 0 ? make_real(sums->rates[i], 1e3)
				       : json_null());
	set_quantiles(to, &sums->durations,
		json_object_get(s->now, "duration_bounds"));
}

json_t *
top_figures(const json_t *earlier, const json_t *now)
{
	static const char *const names[] = { "version", "pid", "state",
		"configuration", "current_generation", "workers_wanted",
		"connections", "log_lines_dropped", "crashes", "running",
		"running_others", NULL };
	struct samples s = { earlier, now, seconds_between(earlier, now) };
	struct sums sums = { .rates = { 0 } };
	json_t *all = json_object(), *sites = make_sites(&s, &sums);

	copy_members(all, now, names);
	json_object_set_new(all, "uptime",
		make_real(number_of(now, "uptime_ms") / 1e3, 1e3));
	json_object_set_new(all, "interval", make_real(s.seconds, 1e3));
	set_sums(all, &s, &sums);
	set_rate(all, "accepted_per_second", &s, "accepted");
	json_object_set_new(all, "refused_per_second", make_refused(&s));
	json_object_set_new(all, "sites", sites);
	json_object_set_new(all, "workers", make_workers(&s));
	return all;
}
