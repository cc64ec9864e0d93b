/*
 * Any worker can answer for all of them: the scoreboard is in shared memory.
 * SPDX-License-Identifier: MIT
 */
#include "serve/admin.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/scoreboard_json.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "serve/access_logs.h"
#include "serve/error_page.h"
#include "serve/metrics.h"
#include "serve/site.h"
#include "serve/status_page.h"

static void
send_text(struct exchange *x, int status, struct span type, struct span content)
{
	struct response r = { .status = status,
		.type = type,
		.fields = SPAN("Cache-Control: no-store\r\n"),
		.content = content };

	response_send(x, &r);
}

static void
answer_text(struct exchange *x, int status, struct span content)
{
	send_text(x, status, SPAN("text/plain; charset=utf-8"), content);
}

/* ---- health ------------------------------------------------------------- */

static void
answer_livez(struct exchange *x)
{
	answer_text(x, 200, SPAN("alive\n"));
}

/* A worker that is being replaced answers 200, since the server as a whole is
 * ready; one that shuts down with the server answers 503. */
static void
answer_readyz(struct exchange *x)
{
	const struct worker *w = x->worker;
	const struct scoreboard_head *head = w->heritage->scoreboard.head;
	const char *file = w->conf->admin.unready_if;

	if (w->is_shutting_down)
		answer_text(x, 503, SPAN("shutting down\n"));
	else if (__atomic_load_n(&head->master.is_unready, __ATOMIC_RELAXED))
		answer_text(x, 503, SPAN("unready\n"));
	else if (file != NULL && access(file, F_OK) == 0)
		answer_text(x, 503, SPAN("unready: the file exists\n"));
	else
		answer_text(x, 200, SPAN("ready\n"));
}

/* ---- a text in the making ----------------------------------------------- */

struct text {
	char *bytes;
	size_t size;
	FILE *file;
};

static FILE *
text_open(struct text *t)
{
	*t = (struct text){ .size = 0 };
	t->file = open_memstream(&t->bytes, &t->size);
	assert(t->file != NULL);
	return t->file;
}

static void
text_send(struct text *t, struct exchange *x, struct span type)
{
	fclose(t->file);
	send_text(x, 200, type,
		(struct span){ exchange_copy(x, t->bytes, t->size), t->size });
	free(t->bytes);
}

static void
text_drop(struct text *t)
{
	fclose(t->file);
	free(t->bytes);
}

/* ---- /status ------------------------------------------------------------ */

static const struct conf *
find_conf(void *arg, uint32_t generation)
{
	const struct heritage *h = arg;

	return h->generation == generation ? h->conf : NULL;
}

static void
answer_status(struct exchange *x)
{
	const struct worker *w = x->worker;
	const struct scoreboard_confs confs = { find_conf,
		(void *)w->heritage };
	struct text text;
	FILE *f;

	if (status_page_is_wanted(x)) {
		status_page_send(x);
		return;
	}
	f = text_open(&text);
	fprintf(f, "{\"answered_by\":%ld,\"ready\":%s,", (long)getpid(),
		w->is_shutting_down ? "false" : "true");
	if (scoreboard_json_write(f, &w->heritage->scoreboard, &confs) == -1) {
		text_drop(&text);
		error_page_send(x, 503, SPAN(""));
		return;
	}
	fprintf(f, "}\n");
	text_send(&text, x, SPAN("application/json"));
}

/* ---- /metrics ----------------------------------------------------------- */

static void
answer_metrics(struct exchange *x)
{
	struct text text;
	FILE *f = text_open(&text);

	if (metrics_write(f, x->worker->heritage) == -1) {
		text_drop(&text);
		error_page_send(x, 503, SPAN(""));
		return;
	}
	text_send(&text, x, SPAN("text/plain; version=0.0.4; charset=utf-8"));
}

/* ---- paths -------------------------------------------------------------- */

// clang-format off
static const struct row {
	struct span path;
	void (*answer)(struct exchange *);
} rows[] = {
	{ SPAN("/livez"),   answer_livez },
	{ SPAN("/readyz"),  answer_readyz },
	{ SPAN("/status"),  answer_status },
	{ SPAN("/metrics"), answer_metrics },
};
// clang-format on

static const struct row *
find_row(struct span path)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_is(rows[i].path, path))
			return &rows[i];
	return NULL;
}

static bool
is_ip_address(struct span host)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	if (host.at[0] == '[')
		return true;
	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1;
}

/* "*.example.com" is every name below example.com. */
static bool
is_host_of(struct span host, struct span name)
{
	if (name.at[0] != '*')
		return span_is_nocase(host, name);
	name = (struct span){ name.at + 1, name.len - 1 };
	return host.len > name.len &&
	       span_is_nocase(
		       (struct span){ host.at + host.len - name.len, name.len },
		       name);
}

/*
 * True for a host that a page of another site cannot have made its browser
 * send: a name that it rebinds to this address is not one of these. A client on
 * a Unix socket is no browser.
 */
static bool
is_own_host(const struct exchange *x)
{
	const char *const *name = x->worker->conf->admin.hosts;
	struct span host = x->request.host;

	if (host.len > 1 && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || x->peer->sa_family == AF_UNIX ||
		is_ip_address(host) || span_is_nocase(host, SPAN("localhost")))
		return true;
	for (; name != NULL && *name != NULL; name++)
		if (is_host_of(host, span_of(*name)))
			return true;
	return false;
}

static void
refuse_host(struct exchange *x)
{
	exchange_log_refusal(x, 421,
		"a host of the admin address that is not in admin.hosts");
	error_page_send(x, 421, SPAN(""));
}

void
admin_answer(struct exchange *x)
{
	const struct row *row = find_row(x->request.path);

	if (!is_own_host(x))
		refuse_host(x);
	else if (row == NULL)
		error_page_send(x, 404, SPAN(""));
	else if (x->request.method != METHOD_GET &&
		 x->request.method != METHOD_HEAD)
		error_page_send(x, 405, SPAN("Allow: GET, HEAD\r\n"));
	else
		row->answer(x);
}

const struct site *
admin_site(void)
{
	static const struct conf_site conf;
	static const struct access_log_list no_logs = { 0 };
	static const struct site site = { .conf = &conf, .logs = &no_logs };

	return &site;
}
