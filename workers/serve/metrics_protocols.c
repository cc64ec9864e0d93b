/*
 * One row a metric; scripts/check-docs holds the rows to prong-operations(7).
 * SPDX-License-Identifier: MIT
 */
#include "serve/metrics_protocols.h"

#include <inttypes.h>
#include <stdint.h>
#include <time.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/scoreboard_view.h"
#include "common/slot.h"
#include "serve/metric_lines.h"

enum metric {
	HTTP2_CONNECTIONS,
	HTTP2_CONNECTIONS_TOTAL,
	HTTP2_STREAMS,
	HTTP2_STREAMS_TOTAL,
	HTTP2_RESETS,
	HTTP2_GOAWAYS,
	HTTP2_MOVES,
	HTTP2_ABUSE,
	TLS_DONE_HANDSHAKES,
	TLS_FAILED_HANDSHAKES,
	TLS_ABUSE,
	KTLS_CONNECTIONS,
	KTLS_KEY_UPDATES,
	CERTIFICATE_EXPIRY,
	CERTIFICATE_DAYS,
	CERTIFICATE_IS_NEWER,
	METRICS,
};

static const struct metric_row metrics[] = {
	[HTTP2_CONNECTIONS] = { "prong_http2_connections", "gauge",
		"Connections of HTTP/2 that are open" },
	[HTTP2_CONNECTIONS_TOTAL] = { "prong_http2_connections_total",
		"counter", "Connections of HTTP/2 that were begun" },
	[HTTP2_STREAMS] = { "prong_http2_streams", "gauge",
		"Streams of HTTP/2 that are open" },
	[HTTP2_STREAMS_TOTAL] = { "prong_http2_streams_total", "counter",
		"Streams of HTTP/2 that were begun" },
	[HTTP2_RESETS] = { "prong_http2_resets_total", "counter",
		"Streams that were reset, by side" },
	[HTTP2_GOAWAYS] = { "prong_http2_goaways_total", "counter",
		"GOAWAY frames that were sent, by error code" },
	[HTTP2_MOVES] = { "prong_http2_moves_total", "counter",
		"Connections that were to go to another worker, by result" },
	[HTTP2_ABUSE] = { "prong_http2_abuses_total", "counter",
		"Abuses of HTTP/2 that were stopped, by kind" },
	[TLS_DONE_HANDSHAKES] = { "prong_tls_handshakes_total", "counter",
		"TLS handshakes that succeeded, by kind" },
	[TLS_FAILED_HANDSHAKES] = { "prong_tls_handshake_failures_total",
		"counter", "TLS handshakes that failed, by reason" },
	[TLS_ABUSE] = { "prong_tls_abuses_total", "counter",
		"Abuses of TLS that were stopped, by kind" },
	[KTLS_CONNECTIONS] = { "prong_ktls_connections_total", "counter",
		"Connections that the kernel encrypts for" },
	[KTLS_KEY_UPDATES] = { "prong_ktls_key_updates_total", "counter",
		"Those that ended since the client wanted a new key" },
	[CERTIFICATE_EXPIRY] = { "prong_certificate_expiry_timestamp_seconds",
		"gauge", "When the certificate expires, since the epoch" },
	[CERTIFICATE_DAYS] = { "prong_certificate_days_left", "gauge",
		"Days until the certificate expires" },
	[CERTIFICATE_IS_NEWER] = { "prong_certificate_file_is_newer", "gauge",
		"1 if a file on disk is not the one that is served" },
};

_Static_assert(sizeof(metrics) / sizeof(metrics[0]) == METRICS,
	"every metric has a row");

/* ---- HTTP/2 and TLS ------------------------------------------------------ */

static void
put_http2(FILE *f, const struct http2_counters *c)
{
	metric_put_value(f, &metrics[HTTP2_CONNECTIONS_TOTAL], c->connections);
	metric_put_value(f, &metrics[HTTP2_STREAMS_TOTAL], c->streams);
	metric_put_head(f, &metrics[HTTP2_RESETS]);
	for (unsigned i = 0; i < HTTP2_RESET_SIDES; i++)
		metric_put_labelled(f, &metrics[HTTP2_RESETS], "by",
			http2_reset_name(i), c->resets[i]);
	metric_put_head(f, &metrics[HTTP2_GOAWAYS]);
	for (unsigned i = 0; i < HTTP2_GOAWAY_CODES; i++)
		metric_put_labelled(f, &metrics[HTTP2_GOAWAYS], "code",
			http2_code_name(i), c->goaways[i]);
	metric_put_head(f, &metrics[HTTP2_MOVES]);
	for (unsigned i = 0; i < HTTP2_MOVE_RESULTS; i++)
		metric_put_labelled(f, &metrics[HTTP2_MOVES], "result",
			http2_move_name(i), c->moves[i]);
	metric_put_head(f, &metrics[HTTP2_ABUSE]);
	for (unsigned i = HTTP2_NO_ABUSE + 1; i < HTTP2_ABUSES; i++)
		metric_put_labelled(f, &metrics[HTTP2_ABUSE], "kind",
			http2_abuse_name(i), c->abuses[i]);
}

static void
put_tls(FILE *f, const struct tls_counters *c)
{
	metric_put_head(f, &metrics[TLS_DONE_HANDSHAKES]);
	for (unsigned i = 0; i < TLS_HANDSHAKES; i++)
		metric_put_labelled(f, &metrics[TLS_DONE_HANDSHAKES], "kind",
			tls_handshake_name(i), c->handshakes[i]);
	metric_put_head(f, &metrics[TLS_FAILED_HANDSHAKES]);
	for (unsigned i = 0; i < TLS_FAILURES; i++)
		metric_put_labelled(f, &metrics[TLS_FAILED_HANDSHAKES],
			"reason", tls_failure_name(i), c->failures[i]);
	metric_put_head(f, &metrics[TLS_ABUSE]);
	for (unsigned i = 0; i < TLS_ABUSES; i++)
		metric_put_labelled(f, &metrics[TLS_ABUSE], "kind",
			tls_abuse_name(i), c->abuses[i]);
}

static void
put_ktls(FILE *f, const struct ktls_counters *c)
{
	metric_put_value(f, &metrics[KTLS_CONNECTIONS], c->connections);
	metric_put_value(f, &metrics[KTLS_KEY_UPDATES], c->key_updates);
}

void
metrics_write_protocols(
	FILE *f, const struct totals *t, const struct slot_gauges *sum)
{
	metric_put_value(
		f, &metrics[HTTP2_CONNECTIONS], sum->http2_connections);
	metric_put_value(f, &metrics[HTTP2_STREAMS], sum->http2_streams);
	put_http2(f, &t->protocols.http2);
	put_tls(f, &t->protocols.tls);
	put_ktls(f, &t->ktls);
}

/* ---- certificates -------------------------------------------------------- */

/* One of the configuration, by its number counted over all addresses. */
struct certificate {
	const struct conf_listen *listen;
	const struct conf_certificate *certificate;
	size_t number;
};

static int64_t
tell_expiry(const struct heritage *h, const struct certificate *c)
{
	(void)h;
	return c->certificate->not_after;
}

/* Rounded down: -1 is for one that has just expired. */
static int64_t
tell_days(const struct heritage *h, const struct certificate *c)
{
	enum { DAY = 86400 };
	int64_t left = c->certificate->not_after - time(NULL);

	(void)h;
	return left < 0 ? -((-left + DAY - 1) / DAY) : left / DAY;
}

static int64_t
tell_is_newer(const struct heritage *h, const struct certificate *c)
{
	const struct scoreboard_certificates *all =
		&h->scoreboard.head->certificates;

	return all->generation == h->generation &&
	       c->number < SCOREBOARD_CERTIFICATES &&
	       all->is_newer[c->number] != 0;
}

/* {address="*:443",chain="/etc/a.pem",names="a.example",key="RSA 2048"} */
static void
put_labels(FILE *f, const struct certificate *c)
{
	const struct conf_certificate *x = c->certificate;

	fprintf(f, "{address=");
	metric_put_quoted(f, c->listen->text);
	fprintf(f, ",chain=");
	metric_put_quoted(f, x->chain_path);
	fprintf(f, ",names=\"");
	for (size_t i = 0; x->names != NULL && x->names[i] != NULL; i++)
		fprintf(f, "%s%s", i == 0 ? "" : ",", x->names[i]);
	fprintf(f, "\",key=");
	metric_put_quoted(f, x->key_kind == NULL ? "" : x->key_kind);
	fprintf(f, "}");
}

static void
put_certificates(FILE *f, const struct heritage *h, const struct metric_row *m,
	int64_t (*tell)(const struct heritage *, const struct certificate *))
{
	struct certificate c = { .number = 0 };

	metric_put_head(f, m);
	for (size_t i = 0; i < h->conf->nlisten; i++) {
		c.listen = &h->conf->listen[i];
		if (c.listen->tls == NULL)
			continue;
		for (size_t j = 0; j < c.listen->tls->certificates.count; j++) {
			c.certificate = &c.listen->tls->certificates.all[j];
			fprintf(f, "%s", m->name);
			put_labels(f, &c);
			fprintf(f, " %" PRId64 "\n", tell(h, &c));
			c.number++;
		}
	}
}

void
metrics_write_certificates(FILE *f, const struct heritage *h)
{
	put_certificates(f, h, &metrics[CERTIFICATE_EXPIRY], tell_expiry);
	put_certificates(f, h, &metrics[CERTIFICATE_DAYS], tell_days);
	put_certificates(f, h, &metrics[CERTIFICATE_IS_NEWER], tell_is_newer);
}
