/*
 * A route has one histogram in each worker.
 * SPDX-License-Identifier: MIT
 */
#include "api/route_duration.h"

#include <string.h>

#include "common/clock.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/module_metrics.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "serve/access_values.h"

#define NAME "route=\""
#define CUT  "..."

/* Bytes of a path, without its NUL; a longer one is cut. */
enum { PATH_MOST = MODULE_METRIC_LABEL - (int)sizeof(NAME) - 1 };

_Static_assert((int)SITE_BUCKETS <= (int)MODULE_METRIC_BOUNDS,
	"the buckets are those of the durations of sites");

/* The length to keep of a text that is too long: whole characters of UTF-8. */
static size_t
cut_text(struct span text)
{
	size_t len = PATH_MOST - strlen(CUT);

	while (len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
		len--;
	return len;
}

/* Writes route="PATH"; what would need an escape becomes '?'. */
static void
set_label(char label[MODULE_METRIC_LABEL], struct span path)
{
	bool is_cut = path.len > PATH_MOST;
	size_t len = is_cut ? cut_text(path) : path.len;
	char *to = stpcpy(label, NAME);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)path.at[i];

		*to++ = c < ' ' || c == 0x7f || c == '"' || c == '\\' ? '?'
								      : (char)c;
	}
	to = stpcpy(to, is_cut ? CUT : "");
	strcpy(to, "\"");
}

struct module_series *
route_duration_define(struct worker *w, const struct conf_route *conf)
{
	struct module_metric_about about = { .name = MODULE_ROUTE_DURATION,
		.defined = clock_wall_ms(),
		.kind = MODULE_HISTOGRAM,
		.nbounds = SITE_BUCKETS,
		.per_unit = 1000000000 };
	const struct heritage *h = w->heritage;
	struct span path = access_route_text(conf);
	struct module_series *s;

	if (h == NULL || h->durations == NULL)
		return NULL;
	for (int i = 0; i < SITE_BUCKETS; i++)
		about.bounds[i] = (int64_t)site_buckets[i];
	set_label(about.label, path);
	s = module_metrics_define(h->durations, &about);
	if (s == NULL && heritage_tells_for_all(h))
		log_warnx(&w->log,
			"route %.*s: the metrics do not show its durations, "
			"since %d other routes have modules",
			(int)path.len, path.at, MODULE_SERIES);
	return s;
}

void
route_duration_observe(struct module_series *s, const struct exchange *x)
{
	if (s != NULL && x->is_counted)
		module_series_observe(s, clock_now_ns() - x->stats.began_ns);
}
