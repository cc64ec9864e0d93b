/*
 *   listen[0].tls.certificates[0]: example.com, *.example.com; ECDSA P-256;
 *   expires 2027-01-30, in 63 days
 * SPDX-License-Identifier: MIT
 */
#include "config/certificate_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "common/conf.h"

enum { DAY = 86400 /* seconds */ };

static void
print_names(const struct conf_certificate *c, FILE *to)
{
	for (size_t i = 0; c->names[i] != NULL; i++)
		fprintf(to, "%s%s", i == 0 ? "" : ", ", c->names[i]);
}

void
certificate_tell_end(const struct conf_certificate *c, int64_t now,
	char text[CERTIFICATE_END])
{
	int64_t left = c->not_after - now, days = llabs(left) / DAY;

	if (days == 0)
		snprintf(text, CERTIFICATE_END, "%s",
			left < 0 ? "less than a day ago" : "within a day");
	else
		snprintf(text, CERTIFICATE_END, "%s%" PRId64 " day%s%s",
			left < 0 ? "" : "in ", days, days == 1 ? "" : "s",
			left < 0 ? " ago" : "");
}

static void
print_end(const struct conf_certificate *c, int64_t now, FILE *to)
{
	time_t end = (time_t)c->not_after;
	char date[16] = "", when[CERTIFICATE_END];
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&end, &tm));
	certificate_tell_end(c, now, when);
	fprintf(to, "%s %s, %s\n", c->not_after < now ? "expired" : "expires",
		date, when);
}

static void
print_certificate(const struct conf_certificate *c, int64_t now, FILE *to)
{
	if (c->names == NULL) {
		fprintf(to, "%s was not checked\n", c->chain_path);
		return;
	}
	print_names(c, to);
	fprintf(to, "; %s; ",
		c->key_kind != NULL ? c->key_kind : "key not checked");
	print_end(c, now, to);
}

void
certificate_report(const struct conf *conf, int64_t now, FILE *to)
{
	for (size_t i = 0; i < conf->nlisten; i++) {
		const struct conf_tls *tls = conf->listen[i].tls;

		for (size_t j = 0; tls != NULL && j < tls->certificates.count;
			j++) {
			fprintf(to, "listen[%zu].tls.certificates[%zu]: ", i,
				j);
			print_certificate(&tls->certificates.all[j], now, to);
		}
	}
}
