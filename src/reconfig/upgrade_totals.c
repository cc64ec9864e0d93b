/*
 * The text of a CHANNEL_TOTALS message is a struct totals, or a struct
 * scoreboard_site: their sizes differ.
 * SPDX-License-Identifier: MIT
 */
#include "reconfig/upgrade_totals.h"

#include <stdlib.h>
#include <string.h>

#include "supervise/scoreboard.h"

_Static_assert(sizeof(struct totals) != sizeof(struct scoreboard_site) &&
		       sizeof(struct scoreboard_site) < CHANNEL_TEXT &&
		       sizeof(struct totals) % sizeof(uint64_t) == 0,
	"totals are told apart from a site, and are words");
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

static int
tell_totals(struct upgrade_totals *t, const struct totals *now,
	int (*send)(void *, struct channel_message *), void *arg)
{
	struct totals added = subtract_totals(now, &t->totals);
	struct channel_message m = { .kind = CHANNEL_TOTALS,
		.len = sizeof(added) };

	memcpy(m.text, &added, sizeof(added));
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
	for (uint32_t i = 0; failed == 0 && i < sum.nsites; i++)
		failed = tell_site(t, sb, i, &sum.sites[i], send, arg);
	scoreboard_sum_fini(&sum);
}

void
upgrade_totals_fini(struct upgrade_totals *t)
{
	free(t->sites);
	*t = (struct upgrade_totals){ .sites = NULL };
}

/* ---- the new master ----------------------------------------------------- */

void
upgrade_totals_take(struct scoreboard *sb, const struct channel_message *m)
{
	struct scoreboard_site site;
	struct totals totals;

	if (m->len == sizeof(totals)) {
		memcpy(&totals, m->text, sizeof(totals));
		scoreboard_add_totals(sb, &totals);
	} else if (m->len == sizeof(site)) {
		memcpy(&site, m->text, sizeof(site));
		site.name[SCOREBOARD_NAME - 1] = '\0';
		scoreboard_add_site(sb, &site);
	}
}
