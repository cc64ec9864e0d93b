/*
 *   listen[0].tls.certificates[0]: example.com, *.example.com; ECDSA P-256;
 *   expires 2027-01-30, in 63 days
 * SPDX-License-Identifier: MIT
 */
#include "config/certificate_report.h"

#include <inttypes.h>
#include <time.h>

#include "common/conf.h"

static void
print_names(const struct conf_certificate *c, FILE *to)
{
	for (size_t i = 0; c->names[i] != NULL; i++)
		fprintf(to, "%s%s", i == 0 ? "" : ", ", c->names[i]);
}

static void
print_end(const struct conf_certificate *c, int64_t now, FILE *to)
{
	int64_t days = (c->not_after - now) / 86400;
	time_t end = (time_t)c->not_after;
	char date[16] = "";
	struct tm tm;

	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&end, &tm));
	if (c->not_after < now)
		fprintf(to, "expired %s, %" PRId64 " days ago\n", date, -days);
	else
		fprintf(to, "expires %s, in %" PRId64 " days\n", date, days);
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
