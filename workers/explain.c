/*
 * The request goes through the code that serves: what is told here is read from
 * the exchange, the file cache and the log afterwards.
 *
 *   head -> http1_parse -> request_check -> serve_route -> serve_answer
 *
 * SPDX-License-Identifier: MIT
 */
#include "explain.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/slot.h"
#include "conn/exchange.h"
#include "conn/http1_conn.h"
#include "conn/peer.h"
#include "explain_report.h"
#include "file/file.h"
#include "file/file_cache.h"
#include "file/resolved.h"
#include "http/cidr.h"
#include "serve/module_service.h"
#include "serve/request_limits.h"
#include "serve/serve.h"
#include "serve/serve_state.h"
#include "serve/static_file.h"
#include "serve/worker_parts.h"
#include "worker_start.h"

enum { LOG_BUFFER = 16 * 1024 };

union peer {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

/* A worker that answers one request. */
struct explain_worker {
	struct worker worker;
	struct serve_state serve;
	struct slot slot;
	struct heritage heritage;
	struct output *output;
	struct explain_report *report;
	int log; /* a memfd */
};

/* ---- modules, which are not called --------------------------------------- */

static struct module *
load_nothing(struct worker *w, const struct conf_route *conf,
	const struct heritage_file *file, char *why, size_t size)
{
	static char module;

	(void)w;
	(void)conf;
	(void)file;
	(void)why;
	(void)size;
	return (struct module *)(void *)&module;
}

static void
unload_nothing(struct module *module)
{
	(void)module;
}

static void
ignore_exchange(struct exchange *x)
{
	(void)x;
}

static int
drop_content(struct exchange *x, struct span content)
{
	(void)x;
	(void)content;
	return 0;
}

static void
free_no_form(struct form *form)
{
	(void)form;
}

static const struct module_service no_modules = {
	.load = load_nothing,
	.unload = unload_nothing,
	.expect_content = ignore_exchange,
	.take_content = drop_content,
	.free_form = free_no_form,
	.answer = ignore_exchange,
};

/* ---- HTTP/1 without a connection ----------------------------------------- */

static bool
is_last_response(const struct exchange *x)
{
	return x->request.wants_close;
}

static int64_t
handler_since(const struct exchange *x)
{
	(void)x;
	return -1;
}

static const struct exchange_protocol *
make_protocol(struct exchange_protocol *protocol)
{
	*protocol = http1_protocol;
	protocol->is_last = is_last_response;
	protocol->on_end = ignore_exchange;
	protocol->resume = ignore_exchange;
	protocol->handler_since = handler_since;
	return protocol;
}

/* ---- the worker ---------------------------------------------------------- */

static void
set_time(struct worker *w)
{
	w->now_ns = clock_now_ns();
	w->now_ms = w->now_ns / 1000000;
	w->second = (uint32_t)time(NULL);
	date_format((time_t)w->second, w->date);
}

static int
open_worker(struct explain_worker *t, const struct conf *conf, char *why,
	size_t size)
{
	struct worker *w = &t->worker;

	t->heritage = (struct heritage){ .conf = conf,
		.slot = &t->slot,
		.channel = -1,
		.generation = 1,
		.leniency.is_on = true };
	t->serve.modules = &no_modules;
	w->state = WORKER_SERVING;
	worker_parts_link(w, &t->heritage, &t->serve);
	t->log = memfd_create("log", MFD_CLOEXEC);
	assert(t->log != -1);
	set_time(w);
	sink_init(&w->error_sink, SINK_FD, t->log, LOG_BUFFER, true);
	w->log = (struct log){ .to = &w->error_sink, .level = LOG_LEVEL_DEBUG };
	worker_parts_open(w, ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV), SIZE_MAX);
	t->output = output_get(&w->exchanges.outputs, NULL);
	if (site_table_open(&w->serve->sites, w, why, size) == -1)
		return -1;
	return site_table_load_modules(&w->serve->sites, w, why, size);
}

/* ---- what was decided ---------------------------------------------------- */

static void
tell_request(struct explain_report *r, const struct exchange *x)
{
	const struct request *q = &x->request;

	explain_tell(r, "request", "path \"%.*s\", host \"%.*s\"",
		(int)q->path.len, q->path.at, (int)q->host.len, q->host.at);
}

static void
tell_client(struct explain_report *r, const struct exchange *x)
{
	const struct conf_trusted *trusted = &x->worker->conf->trusted;
	char peer[PEER_NAME], client[PEER_NAME];
	int peer_len = (int)peer_name(x->peer, peer);
	int len = (int)peer_name(x->client, client);

	if (x->client != x->peer)
		explain_tell(r, "client",
			"%.*s, as the trusted proxy %.*s says", len, client,
			peer_len, peer);
	else if (trusted->networks.count > 0 &&
		 !cidr_match(&trusted->networks, x->peer))
		explain_tell(r, "client",
			"%.*s; not in \"trusted\": its forwarding fields are "
			"ignored",
			peer_len, peer);
	else
		explain_tell(r, "client", "%.*s", peer_len, peer);
	if (x->is_https)
		explain_tell(r, "scheme", "https");
}

static void
tell_access(struct explain_report *r, const struct exchange *x)
{
	const struct conf_route *conf = x->route->conf;

	if (conf->allow.count == 0 && conf->deny.count == 0)
		return;
	if (cidr_match(&conf->deny, x->client))
		explain_tell(r, "access", "refused by \"deny\" of the route");
	else if (!cidr_admits(conf, x->client))
		explain_tell(r, "access",
			"refused: \"allow\" of the route does not name the "
			"client");
	else
		explain_tell(r, "access",
			"admitted by \"allow\" and \"deny\" of the route");
}

static void
tell_password(struct explain_report *r, const struct exchange *x)
{
	if (x->route->auth == NULL)
		return;
	explain_tell(r, "password", "the route asks for one (\"auth\"): %s",
		request_value(&x->request, FIELD_AUTHORIZATION).at == NULL
			? "the request has no Authorization"
		: x->status == 401 ? "name or password are wrong"
				   : "it is right");
}

static void
tell_route(struct explain_report *r, const struct exchange *x)
{
	explain_tell_site(r, x);
	explain_tell_route(r, x);
	explain_tell_limits(r, x);
	if (x->route == NULL)
		return;
	tell_access(r, x);
	if (x->route->is_unavailable)
		explain_tell(r, "route",
			"it cannot be opened and is answered with 503");
	tell_password(r, x);
	if (x->route->conf->kind == CONF_ROUTE_ROOT &&
		!x->route->conf->files.dotfiles &&
		resolved_is_hidden(route_rest(x->route, x->request.path)))
		explain_tell(r, "hidden",
			"a name begins with a dot, and the route has no "
			"\"dotfiles\"");
	if (x->route->conf->kind == CONF_ROUTE_MODULE && x->status == 0)
		explain_tell(r, "module",
			"\"%s\" would answer; explain calls no handler",
			x->route->conf->module.name);
}

static void
tell_codings(struct explain_report *r, const struct file *f)
{
	for (int i = CODING_IDENTITY + 1; i < CODING_COUNT; i++)
		if (f->codings & 1u << i)
			explain_tell(r, "coding", "%s: %s", coding_name(i),
				f->sidecars & 1u << i
					? "a file beside it"
					: "made by the worker when asked for");
}

/* A path that the cache was asked for. */
static void
tell_path(void *arg, struct span path, int status, int error,
	const struct file *f)
{
	struct explain_report *r = arg;
	const char *slash = path.len == 0 ? "./" : "";

	if (f == NULL) {
		explain_tell(r, "tried", "%s%.*s: %d%s%s%s", slash,
			(int)path.len, path.at, status, error != 0 ? " (" : "",
			error != 0 ? strerror(error) : "",
			error != 0 ? ")" : "");
		return;
	}
	explain_tell(r, "file", "%s%.*s: found, %lld bytes, %s", slash,
		(int)path.len, path.at, (long long)f->size, f->type);
	tell_codings(r, f);
}

static void
tell_log(struct explain_worker *t)
{
	char text[LOG_BUFFER + 1], *line, *end, *message;
	ssize_t n;

	sink_flush(&t->worker.error_sink);
	n = pread(t->log, text, LOG_BUFFER, 0);
	text[n > 0 ? n : 0] = '\0';
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		message = strstr(line, "]: ");
		explain_tell(t->report, "log", "%s",
			message == NULL ? line : message + 3);
	}
}

static void
answer_request(struct explain_worker *t, struct exchange *x, int refused)
{
	struct explain_report *r = t->report;

	if (refused == 0) {
		serve_route(x);
		serve_answer(x);
		tell_request(r, x);
		tell_client(r, x);
		tell_route(r, x);
		file_cache_each(&t->worker.files, tell_path, r);
	} else {
		explain_tell(r, "request", "refused with %d: %s", refused,
			x->request.broken_rule == NULL
				? "it is malformed, or too large"
				: x->request.broken_rule);
		serve_refuse(x, refused);
	}
	tell_log(t);
	explain_tell_response(r, x->output);
}

static int
check_head(struct worker *w, struct exchange *x, struct span head)
{
	const struct conf_limits *limits = &w->conf->limits;
	int status =
		http1_parse(&w->http1, &x->request, head.at, head.len, limits);

	if (status == 0)
		status = request_check(&x->request, limits, &x->arena);
	return status == HTTP1_PARTIAL ? 400 : status;
}

static void
answer_head(struct explain_worker *t, struct span head, const union peer *peer,
	bool is_tls)
{
	static struct exchange_protocol protocol;
	struct exchange *x = exchange_new(
		&t->worker, make_protocol(&protocol), t->output, &peer->any);

	x->is_tls = x->is_https = is_tls;
	request_stats_begin(x);
	answer_request(t, x, check_head(&t->worker, x, head));
}

/* In the child, as the workers' user. */
static int
explain_as_worker(const struct conf *conf, struct span head,
	const union peer *peer, bool is_tls, struct explain_report *r)
{
	static struct explain_worker t;
	char why[512] = "";

	t.report = r;
	if (worker_drop_privileges(conf) == -1)
		snprintf(why, sizeof(why), "cannot become user %s: %s",
			conf->user.name, strerror(errno));
	else if (open_worker(&t, conf, why, sizeof(why)) == 0) {
		answer_head(&t, head, peer, is_tls);
		return 0;
	}
	explain_fail(r, why);
	return 1;
}

/* ---- interface ----------------------------------------------------------- */

static int
parse_client(const char *text, union peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->ip4.sin_family = AF_INET;
	if (inet_pton(AF_INET, text == NULL ? "127.0.0.1" : text,
		    &peer->ip4.sin_addr) == 1)
		return 0;
	memset(peer, 0, sizeof(*peer));
	peer->ip6.sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &peer->ip6.sin6_addr) == 1)
		return 0;
	return -1;
}

int
explain_run(const struct conf *conf, const struct explain_request *request,
	bool is_json, FILE *out, char *why, size_t size)
{
	struct explain_report report = { .out = out, .is_json = is_json };
	bool is_tls = strncmp(request->url, "https://", 8) == 0;
	union peer peer;
	char *head;
	int status = 0;
	pid_t pid;

	if (parse_client(request->client, &peer) == -1) {
		snprintf(why, size, "--as %s: not an address", request->client);
		return -1;
	}
	head = explain_make_head(conf, request, why, size);
	if (head == NULL)
		return -1;
	explain_begin(&report, request);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		status = explain_as_worker(
			conf, span_of(head), &peer, is_tls, &report);
		explain_end(&report);
		_exit(fflush(out) == 0 ? status : 1);
	}
	free(head);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (pid != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	snprintf(why, size, "%s",
		pid == -1           ? strerror(errno)
		: WIFEXITED(status) ? "the request could not be tried"
				    : "the process that tried it died");
	return -1;
}
