/*
 * prong.h: metrics of a module.  Include prong.h, not this file.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_METRIC_H
#define PRONG_METRIC_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

enum prong_metric_kind {
	PRONG_COUNTER,   /* only grows */
	PRONG_GAUGE,     /* a number of now; those of all workers are added */
	PRONG_HISTOGRAM, /* how often values were in each of some ranges */
};

struct prong_metric_options {
	enum prong_metric_kind kind PRONG_ZERO;
	/* Of letters, digits and '_'; that of a counter ends in "_total". */
	const char *name PRONG_ZERO;
	const char *help PRONG_ZERO;
	/* A label and its value, both or none: "result", "refused". */
	const char *label PRONG_ZERO, *value PRONG_ZERO;
	/* Values are integers, and shown divided by this; 0 means 1.  Durations
	 * in microseconds are shown in seconds with 1000000. */
	int64_t per_unit PRONG_ZERO;
	/* Upper bounds of a histogram's ranges, ascending, at most 14. */
	const int64_t *bounds PRONG_ZERO;
	unsigned nbounds PRONG_ZERO;
};

/* A metric, or one label's value of it. */
struct prong_metric;

/*
 * Defines a metric that /metrics shows as prong_module_MODULE_NAME, with the
 * sum of all workers, also of those that have ended; it starts from 0 when
 * kind, per_unit or bounds change.  Instances of a module share it.  Returns
 * NULL, and logs why, when the definition is not valid (EINVAL) or a worker's
 * 64 metrics are used up (ENOSPC).  It lives as long as the instance.
 */
struct prong_metric *prong_metric_sized(size_t options_size,
	struct prong_instance *, const struct prong_metric_options *);
#define prong_metric(...)                                                      \
	prong_metric_sized(sizeof(struct prong_metric_options), __VA_ARGS__)

/*
 * Add to a counter or a gauge, set a gauge, add a value to a histogram.  They
 * may be called in any thread, do nothing for NULL, and nothing for a metric of
 * another kind; a counter takes no negative number.
 */
void prong_metric_add(struct prong_metric *, int64_t);
void prong_metric_set(struct prong_metric *, int64_t);
void prong_metric_observe(struct prong_metric *, int64_t);

#ifdef __cplusplus
}
#endif

#endif
