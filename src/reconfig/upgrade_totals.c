/*
 * The text of a CHANNEL_TOTALS message is a struct totals_message, a struct
 * more_totals, a struct scoreboard_site or a struct module_series: their sizes
 * differ, and a master ignores a text of any other size.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade_totals.h"

#include <stdlib.h>
#include <string.h>

#include "supervise/scoreboard.h"

enum {
	FIRST_REFUSALS = SLOT_REFUSED_CLIENT_GONE + 1,
	MORE_REFUSALS = 32,
	MORE_RECYCLES = 8,
	MORE_KTLS = sizeof(struct ktls_counters) / sizeof(uint64_t),
	MORE_WORDS = 64,
};

/* The totals in version 2 of the channel.  It does not change any more. */
struct totals_message {
	uint64_t accepted, requests, bytes_sent;
	uint64_t refused[FIRST_REFUSALS];
	uint64_t log_lines_dropped[SLOT_LOGS];
	struct slot_counters counters;
	struct protocol_counters protocols;
	uint64_t workers;
	uint64_t crashes[SLOT_CRASHES];
	uint64_t reloads, reloads_refused;
};

/* What came later.  A word that the other master does not know is 0. */
struct more_totals {
	uint64_t refused[MORE_REFUSALS];
	uint64_t recycled[MORE_RECYCLES];
	struct ktls_counters ktls;
	uint64_t rest[MORE_WORDS - MORE_REFUSALS - MORE_RECYCLES - MORE_KTLS];
};

_Static_assert(sizeof(struct totals_message) == 632 &&
		       sizeof(struct more_totals) == 512,
	"what is new goes into struct more_totals");
_Static_assert(sizeof(struct scoreboard_site) != 632 &&
		       sizeof(struct scoreboard_site) != 512 &&
		       sizeof(struct scoreboard_site) != 520 &&
		       sizeof(struct scoreboard_site) < CHANNEL_TEXT &&
		       SLOT_REFUSALS - FIRST_REFUSALS <= MORE_REFUSALS &&
		       (int)SLOT_RECYCLES <= MORE_RECYCLES &&
		       sizeof(struct totals) % sizeof(uint64_t) == 0,
	"messages are told apart by their sizes, and have room");
_Static_assert(sizeof(struct module_series) == 520,
	"so is a series, and earlier programs know this size");
_Static_assert(sizeof(struct site_counters) == 1472 && CHANNEL_VERSION == 2,
	"other counters are another version of the channel");

static struct totals
subtract_totals(const struct totals *from, const struct totals *earlier)
{
	enum { WORDS = sizeof(struct totals) / sizeof(uint64_t) };
	uint64_t a[WORDS], b[WORDS];
	struct totals difference;

	memcpy(a, from, sizeof(a));
	memcpy(b, earlier, sizeof(b));
	for (size_t i = 0; i < WORDS; i++)
		a[i] -= b[i];
	memcpy(&difference, a, sizeof(a));
	return difference;
}

static struct totals_message
pack_totals(const struct totals *t)
{
	struct totals_message m = { .accepted = t->accepted,
		.requests = t->requests,
		.bytes_sent = t->bytes_sent,
		.counters = t->counters,
		.protocols = t->protocols,
		.workers = t->workers,
		.reloads = t->reloads,
		.reloads_refused = t->reloads_refused };

	memcpy(m.refused, t->refused, sizeof(m.refused));
	memcpy(m.log_lines_dropped, t->log_lines_dropped,
		sizeof(m.log_lines_dropped));
	memcpy(m.crashes, t->crashes, sizeof(m.crashes));
	return m;
}

static struct totals
unpack_totals(const struct totals_message *m)
{
	struct totals t = { .accepted = m->accepted,
		.requests = m->requests,
		.bytes_sent = m->bytes_sent,
		.counters = m->counters,
		.protocols = m->protocols,
		.workers = m->workers,
		.reloads = m->reloads,
		.reloads_refused = m->reloads_refused };

	memcpy(t.refused, m->refused, sizeof(m->refused));
	memcpy(t.log_lines_dropped, m->log_lines_dropped,
		sizeof(t.log_lines_dropped));
	memcpy(t.crashes, m->crashes, sizeof(t.crashes));
	return t;
}

static struct more_totals
pack_more(const struct totals *t)
{
	struct more_totals m = { .ktls = t->ktls };

	memcpy(m.refused, t->refused + FIRST_REFUSALS,
		(SLOT_REFUSALS - FIRST_REFUSALS) * sizeof(uint64_t));
	memcpy(m.recycled, t->recycled, sizeof(t->recycled));
	return m;
}

static void
unpack_more(struct totals *t, const struct more_totals *m)
{
	memcpy(t->refused + FIRST_REFUSALS, m->refused,
		(SLOT_REFUSALS - FIRST_REFUSALS) * sizeof(uint64_t));
	memcpy(t->recycled, m->recycled, sizeof(t->recycled));
	t->ktls = m->ktls;
}

static int
tell_totals(struct upgrade_totals *t, const struct totals *now,
	int (*send)(void *, struct channel_message *), void *arg)
{
	struct totals added = subtract_totals(now, &t->totals);
	struct totals_message first = pack_totals(&added);
	struct more_totals more = pack_more(&t->totals);
	struct channel_message m = { .kind = CHANNEL_TOTALS,
		.len = sizeof(first) };

	memcpy(m.text, &first, sizeof(first));
	if (send(arg, &m) == -1)
		return -1;
	/* The rest is told at once, or is still to be told. */
	first = pack_totals(now);
	added = unpack_totals(&first);
	unpack_more(&added, &more);
	t->totals = added;
	return 0;
}

static int
tell_more_totals(struct upgrade_totals *t, const struct totals *now,
	int (*send)(void *, struct channel_message *), void *arg)
{
	struct totals added = subtract_totals(now, &t->totals);
	struct more_totals more = pack_more(&added);
	struct channel_message m = { .kind = CHANNEL_TOTALS,
		.len = sizeof(more) };

	memcpy(m.text, &more, sizeof(more));
	if (send(arg, &m) == -1)
		return -1;
	t->totals = *now;
	return 0;
}

static int
tell_site(struct upgrade_totals *t, const struct scoreboard *sb, uint32_t i,
	const struct site_counters *now,
	int (*send)(void *, struct channel_message *), void *arg)
{
	struct scoreboard_site site = { .counters = *now };
	struct channel_message m = { .kind = CHANNEL_TOTALS,
		.len = sizeof(site) };

	if (memcmp(now, &t->sites[i], sizeof(*now)) == 0)
		return 0;
	site_counters_subtract(&site.counters, &t->sites[i]);
	strcpy(site.name, sb->head->names[i]);
	memcpy(m.text, &site, sizeof(site));
	if (send(arg, &m) == -1)
		return -1;
	t->sites[i] = *now;
	return 0;
}

/* Makes room for the sites that came since.  0, or -1: no memory. */
static int
reserve_sites(struct upgrade_totals *t, uint32_t nsites)
{
	struct site_counters *sites;

	if (t->nsites == nsites)
		return 0;
	sites = aligned_alloc(
		_Alignof(struct site_counters), nsites * sizeof(*sites));
	if (sites == NULL)
		return -1;
	memset(sites, 0, nsites * sizeof(*sites));
	if (t->nsites > 0)
		memcpy(sites, t->sites, t->nsites * sizeof(*sites));
	free(t->sites);
	t->sites = sites;
	t->nsites = nsites;
	return 0;
}

static int
tell_one_series(struct upgrade_totals *t, const struct module_series *now,
	int (*send)(void *, struct channel_message *), void *arg)
{
	struct module_series *told =
		module_series_find(t->metrics->all, t->metrics->n, &now->about);
	struct module_series added = *now;
	struct channel_message m = { .kind = CHANNEL_TOTALS,
		.len = sizeof(added) };

	if (told == NULL ? t->metrics->n == MODULE_SERIES_ALL
			 : memcmp(told, now, sizeof(*now)) == 0)
		return 0;
	if (told != NULL && module_metric_is_alike(&told->about, &now->about))
		module_series_subtract(&added, told);
	memcpy(m.text, &added, sizeof(added));
	if (send(arg, &m) == -1)
		return -1;
	if (told == NULL)
		told = &t->metrics->all[t->metrics->n++];
	*told = *now;
	return 0;
}

/* Gauges are of workers that live, which the new master has its own of. */
static void
tell_metrics(struct upgrade_totals *t, const struct scoreboard *sb,
	int (*send)(void *, struct channel_message *), void *arg)
{
	struct module_metrics_sum *sum = malloc(sizeof(*sum));
	int failed = 0;

	if (t->metrics == NULL)
		t->metrics = calloc(1, sizeof(*t->metrics));
	if (sum != NULL && t->metrics != NULL) {
		scoreboard_sum_metrics(&sb->view, sum);
		for (uint32_t i = 0; failed == 0 && i < sum->n; i++)
			if (sum->all[i].about.kind != MODULE_GAUGE)
				failed = tell_one_series(
					t, &sum->all[i], send, arg);
	}
	free(sum);
}

void
upgrade_totals_tell(struct upgrade_totals *t, const struct scoreboard *sb,
	int (*send)(void *arg, struct channel_message *), void *arg)
{
	struct scoreboard_sum sum;
	int failed;

	if (scoreboard_sum(&sb->view, true, &sum) == -1)
		return;
	failed = reserve_sites(t, sum.nsites);
	if (failed == 0)
		failed = tell_totals(t, &sum.totals, send, arg);
	if (failed == 0)
		failed = tell_more_totals(t, &sum.totals, send, arg);
	for (uint32_t i = 0; failed == 0 && i < sum.nsites; i++)
		failed = tell_site(t, sb, i, &sum.sites[i], send, arg);
	if (failed == 0)
		tell_metrics(t, sb, send, arg);
	scoreboard_sum_fini(&sum);
}

void
upgrade_totals_fini(struct upgrade_totals *t)
{
	free(t->sites);
	free(t->metrics);
	*t = (struct upgrade_totals){ .sites = NULL };
}

/* ---- the new master ----------------------------------------------------- */

void
upgrade_totals_take(struct scoreboard *sb, const struct channel_message *m)
{
	struct totals totals = { .accepted = 0 };
	struct totals_message first;
	struct more_totals more;
	struct scoreboard_site site;
	struct module_series series;

	if (m->len == sizeof(first)) {
		memcpy(&first, m->text, sizeof(first));
		totals = unpack_totals(&first);
		scoreboard_add_totals(sb, &totals);
	} else if (m->len == sizeof(struct more_totals)) {
		memcpy(&more, m->text, sizeof(more));
		unpack_more(&totals, &more);
		scoreboard_add_totals(sb, &totals);
	} else if (m->len == sizeof(series)) {
		memcpy(&series, m->text, sizeof(series));
		if (module_metric_is_valid(&series.about))
			scoreboard_add_series(sb, &series);
	} else if (m->len == sizeof(site)) {
		memcpy(&site, m->text, sizeof(site));
		site.name[SCOREBOARD_NAME - 1] = '\0';
		scoreboard_add_site(sb, &site);
	}
}
