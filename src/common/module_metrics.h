/*
 * Metrics that modules define, and the durations of their routes, in a worker's
 * part of the scoreboard and in the sums.  A worker that was taken over may
 * write anything into its part, so readers copy a series, check it and then use
 * the copy.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_METRICS_H
#define MODULE_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODULE_SERIES = 64, /* of a worker, at most */
	MODULE_SERIES_ALL =
		512, /* of all workers, and of those that have exited */
	MODULE_METRIC_NAME = 96, /* bytes of texts, with the NUL */
	MODULE_METRIC_HELP = 96,
	MODULE_METRIC_LABEL = 64,
	MODULE_METRIC_BOUNDS = 14,
};

enum module_metric_kind {
	MODULE_COUNTER,
	MODULE_GAUGE,
	MODULE_HISTOGRAM,
	MODULE_METRIC_KINDS, /* how many */
};

/* "counter" */
const char *module_metric_kind_name(enum module_metric_kind);

/* What a series is; it does not change. */
struct module_metric_about {
	char name[MODULE_METRIC_NAME]; /* "notes_saved_total" */
	char help[MODULE_METRIC_HELP];
	char label[MODULE_METRIC_LABEL]; /* result="new"; or "" */
	uint64_t defined;                /* milliseconds since the epoch */
	uint32_t kind;                   /* enum module_metric_kind */
	uint32_t nbounds;
	int64_t per_unit; /* the value is shown divided by this */
	int64_t bounds[MODULE_METRIC_BOUNDS]; /* ascending */
};

/* One value, or a histogram.  All numbers are of int64_t, as words. */
struct module_series {
	struct module_metric_about about;
	uint64_t value; /* of a histogram: the sum of what it was shown */
	uint64_t buckets[MODULE_METRIC_BOUNDS + 1]; /* the last: above all */
};

/* The part of a worker. */
struct module_metrics {
	_Atomic uint32_t n; /* written after the series */
	uint32_t refused;   /* series that had no room */
	struct module_series all[MODULE_SERIES];
};

struct module_metrics_sum {
	uint32_t n;
	uint32_t dropped; /* series that had no room here or in a worker */
	struct module_series all[MODULE_SERIES_ALL];
};

/* The durations of the routes of modules, which no module may define. */
#define MODULE_ROUTE_DURATION "duration_seconds"

/* True when each part of a definition may be printed. */
bool module_metric_is_valid(const struct module_metric_about *);
/* Returns which part is not valid, or NULL. */
const char *module_metric_find_error(const struct module_metric_about *);

/* True when the values of both can be added. */
bool module_metric_is_alike(
	const struct module_metric_about *, const struct module_metric_about *);

/* Returns the series with the name and label; NULL: there is none. */
struct module_series *module_series_find(
	struct module_series *, uint32_t n, const struct module_metric_about *);

/*
 * Returns the series of a worker with the name and label, which is added where
 * there is none.  NULL: there is no room, which is counted.
 */
struct module_series *module_metrics_define(
	struct module_metrics *, const struct module_metric_about *);

/*
 * Adds a series that is valid.  Where the definitions differ, the newer one
 * stays and the values of the older one are dropped.  Returns false when there
 * is no room.
 */
bool module_metrics_add_series(
	struct module_metrics_sum *, const struct module_series *);

/* Adds the part of a worker, with its gauges, of which the number of series
 * without room is one, only while the worker lives. */
void module_metrics_add(struct module_metrics_sum *,
	const struct module_metrics *, bool with_gauges);

/* Adds a value to a histogram; any thread may. */
void module_series_observe(struct module_series *, int64_t value);

/* Subtracts what was in an earlier copy of the series. */
void module_series_subtract(
	struct module_series *from, const struct module_series *earlier);

/* Copies the series that there are. */
void module_metrics_copy(
	struct module_metrics_sum *, const struct module_metrics_sum *from);

#endif
