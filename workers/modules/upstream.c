/*
 * Asks another HTTP server, and answers with what it says: an example of an
 * HTTP client in a module, by libcurl's multi interface on the worker's loop.
 * It is not a proxy: of the request it passes the path, the query, Accept, the
 * content and its type, of the response the status, the content and its type;
 * content is kept whole, and no redirect is followed.
 *    GET  /...   POST /...
 * The configuration is {"url": "http://127.0.0.1:9000/base"} and, optionally,
 *    "timeout": "10s", "connect_timeout": "2s", "requests_most": 64,
 *    "body_most": "1m"
 * SPDX-License-Identifier: MIT
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prong.h"

enum { REQUEST_BODY_MOST = 1024 * 1024 };

enum result {
	RESULT_OK,
	RESULT_FAILED,
	RESULT_TIMED_OUT,
	RESULT_GONE,
	RESULTS
};

struct upstream {
	struct prong_instance *instance;
	CURLM *multi;
	struct prong_event *timer;
	const char *url;
	int64_t timeout, connect_timeout, body_most, requests_most;
	int64_t nrequests; /* under way */
	struct prong_metric *results[RESULTS], *under_way;
};

/* One request, until its context ends. */
struct call {
	struct upstream *up;
	struct prong_context *ctx;
	CURL *easy;
	struct curl_slist *fields;
	char *content; /* of the response */
	size_t len, size;
	enum result result;
	bool is_too_large;
};

/* ---- the loop ----------------------------------------------------------- */

static void answer_finished(struct upstream *);

static void
on_ready(struct prong_instance *i, int fd, unsigned when, void *data)
{
	struct upstream *up = data;
	int mask = 0, running;

	(void)i;
	mask |= when & PRONG_READABLE ? CURL_CSELECT_IN : 0;
	mask |= when & PRONG_WRITABLE ? CURL_CSELECT_OUT : 0;
	curl_multi_socket_action(up->multi, fd, mask, &running);
	answer_finished(up);
}

static void
on_time(struct prong_instance *i, void *data)
{
	struct upstream *up = data;
	int running;

	(void)i;
	up->timer = NULL;
	curl_multi_socket_action(up->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	answer_finished(up);
}

/* libcurl says what to wait for; each socket has its watch. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *watch)
{
	struct upstream *up = data;
	unsigned when = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		prong_cancel(watch);
		return 0;
	}
	when |= what & CURL_POLL_IN ? PRONG_READABLE : 0;
	when |= what & CURL_POLL_OUT ? PRONG_WRITABLE : 0;
	if (watch != NULL)
		return prong_rewatch(watch, when);
	watch = prong_watch_always(up->instance, fd, when, on_ready, up);
	curl_multi_assign(up->multi, fd, watch);
	return watch == NULL ? -1 : 0;
}

static int
set_timer(CURLM *multi, long milliseconds, void *data)
{
	struct upstream *up = data;

	(void)multi;
	prong_cancel(up->timer);
	up->timer = milliseconds < 0 ? NULL
				     : prong_after_always(up->instance,
					       milliseconds, on_time, up);
	return 0;
}

/* ---- responses ---------------------------------------------------------- */

static size_t
take_content(char *bytes, size_t one, size_t len, void *data)
{
	struct call *call = data;
	char *more;

	(void)one;
	if (len > (size_t)call->up->body_most - call->len) {
		call->is_too_large = true;
		return 0;
	}
	if (len > call->size - call->len) {
		call->size = (call->len + len) * 2;
		more = realloc(call->content, call->size);
		if (more == NULL)
			return 0;
		call->content = more;
	}
	memcpy(call->content + call->len, bytes, len);
	call->len += len;
	return len;
}

static void
answer_failure(struct call *call, CURLcode code)
{
	call->result = code == CURLE_OPERATION_TIMEDOUT ? RESULT_TIMED_OUT
							: RESULT_FAILED;
	prong_log_ctx(call->ctx, PRONG_WARNING, "%s: %s", call->up->url,
		call->is_too_large ? "the response is larger than body_most"
				   : curl_easy_strerror(code));
	if (call->result == RESULT_TIMED_OUT)
		prong_problem(call->ctx, 504, "The upstream is too slow.");
	else
		prong_problem(call->ctx, 502, "The upstream has failed.");
}

/* The context ends, and the call with it. */
static void
answer_call(struct call *call, CURLcode code)
{
	char *type = NULL, *content = call->content;
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type);
	if (code != CURLE_OK || status < 200) {
		answer_failure(call, code);
		return;
	}
	call->content = NULL; /* prong_answer_take() frees it in any case */
	if (prong_answer_take(call->ctx, (int)status, type, content, call->len,
		    free) == -1)
		answer_failure(call, CURLE_WEIRD_SERVER_REPLY);
}

static void
answer_finished(struct upstream *up)
{
	CURLMsg *m;
	struct call *call;
	CURLcode code;
	int left;

	while ((m = curl_multi_info_read(up->multi, &left)) != NULL) {
		code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &call);
		answer_call(call, code);
	}
}

/* Whatever the reason: an answer, a client that has gone, a stop. */
static void
end_call(struct prong_context *ctx, enum prong_end why, void *data)
{
	struct call *call = data;
	struct upstream *up = call->up;

	(void)ctx;
	if (why == PRONG_TIMED_OUT)
		call->result = RESULT_TIMED_OUT;
	else if (why != PRONG_ANSWERED)
		call->result = RESULT_GONE;
	prong_metric_add(up->results[call->result], 1);
	prong_metric_set(up->under_way, --up->nrequests);
	curl_multi_remove_handle(up->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->fields);
	free(call->content);
	free(call);
}

/* ---- requests ----------------------------------------------------------- */

static bool
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || strchr("-._~/", c) != NULL;
}

/* Returns the URL for curl; NULL: no memory.  The path was decoded. */
static char *
make_url(struct prong_context *ctx, const char *base)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *path = prong_path(ctx), *query = prong_query(ctx);
	char *url, *to;

	path += strlen(prong_mount(prong_instance(ctx)));
	url = prong_alloc(
		ctx, strlen(base) + 3 * strlen(path) + strlen(query) + 2);
	if (url == NULL)
		return NULL;
	to = stpcpy(url, base);
	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (!is_plain(c))
			*to++ = '%';
		*to++ = is_plain(c) ? (char)c : digits[c >> 4];
		if (!is_plain(c))
			*to++ = digits[c & 15];
	}
	if (*query != '\0')
		*to++ = '?';
	strcpy(to, query);
	return url;
}

static void
add_field(struct call *call, const char *name, const char *value)
{
	char line[1024];
	int n = snprintf(
		line, sizeof(line), "%s: %s", name, value == NULL ? "" : value);

	if (n > 0 && (size_t)n < sizeof(line))
		call->fields = curl_slist_append(call->fields, line);
}

/* curl would send fields of its own without these. */
static void
set_fields(struct call *call)
{
	add_field(call, "Accept", prong_field(call->ctx, "Accept"));
	add_field(call, "Expect", NULL);
	add_field(call, "Content-Type", prong_field(call->ctx, "Content-Type"));
	add_field(call, "X-Request-Id", prong_request_id(call->ctx));
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->fields);
}

static void
set_content(struct call *call)
{
	size_t len = 0;
	const char *content = prong_body(call->ctx, &len);

	curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(
		call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	/* A copy: the context may end before curl has read it. */
	curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS,
		content == NULL ? "" : content);
}

static void
set_options(struct call *call, const char *url)
{
	CURL *e = call->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* The loop does not wait for a thread that still resolves the name. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)call->up->timeout);
	curl_easy_setopt(
		e, CURLOPT_CONNECTTIMEOUT_MS, (long)call->up->connect_timeout);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_content);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	set_fields(call);
	if (strcmp(prong_method(call->ctx), "POST") == 0)
		set_content(call);
}

static struct call *
new_call(struct prong_context *ctx, struct upstream *up)
{
	struct call *call = calloc(1, sizeof(*call));
	CURL *easy = curl_easy_init();

	if (call == NULL || easy == NULL) {
		curl_easy_cleanup(easy);
		free(call);
		return NULL;
	}
	*call = (struct call){ .up = up, .ctx = ctx, .easy = easy };
	prong_metric_set(up->under_way, ++up->nrequests);
	return call;
}

static void
ask_upstream(struct prong_context *ctx)
{
	struct upstream *up = prong_state(prong_instance(ctx));
	struct call *call = NULL;
	char *url;

	if (up->nrequests >= up->requests_most) {
		prong_set_field(ctx, "Retry-After", "1");
		prong_problem(ctx, 503, "The upstream has enough to do.");
		return;
	}
	url = make_url(ctx, up->url);
	if (url != NULL)
		call = new_call(ctx, up);
	if (call == NULL) {
		prong_problem(ctx, 500, "There is no memory.");
		return;
	}
	prong_defer(ctx);
	prong_on_end(ctx, end_call, call);
	set_options(call, url);
	if (curl_multi_add_handle(up->multi, call->easy) != CURLM_OK) {
		call->result = RESULT_FAILED;
		prong_problem(ctx, 500, "There is no memory.");
	}
}

/* ---- the instance ------------------------------------------------------- */

static int
read_config(struct prong_instance *i, struct upstream *up)
{
	int failed = prong_config_string(i, "url", &up->url, true);

	failed |= prong_config_duration(i, "timeout", &up->timeout);
	failed |= prong_config_duration(
		i, "connect_timeout", &up->connect_timeout);
	failed |= prong_config_integer(
		i, "requests_most", &up->requests_most, 1, 10000);
	failed |= prong_config_size(i, "body_most", &up->body_most);
	if (up->url != NULL && strncmp(up->url, "http://", 7) != 0 &&
		strncmp(up->url, "https://", 8) != 0)
		failed = prong_config_error(
			i, "url", "must begin with http:// or https://");
	if (up->url != NULL && *up->url != '\0' &&
		up->url[strlen(up->url) - 1] == '/')
		failed = prong_config_error(i, "url", "must not end with '/'");
	return failed;
}

static void
define_metrics(struct upstream *up)
{
	static const char *const names[RESULTS] = { "ok", "failed", "timed_out",
		"client_gone" };
	static const struct prong_metric_options under_way = {
		.kind = PRONG_GAUGE,
		.name = "requests",
		.help = "Requests that the upstream works on"
	};

	for (int k = 0; k < RESULTS; k++)
		up->results[k] = prong_metric(up->instance,
			&(const struct prong_metric_options){
				.name = "requests_total",
				.help = "Requests to the upstream, by result",
				.label = "result",
				.value = names[k] });
	up->under_way = prong_metric(up->instance, &under_way);
}

static int
start_client(struct prong_instance *i)
{
	struct upstream *up = malloc(sizeof(*up));

	if (up == NULL)
		return prong_config_error(i, "", "there is no memory");
	*up = (struct upstream){ .instance = i,
		.timeout = 10000,
		.connect_timeout = 2000,
		.body_most = 1024 * 1024,
		.requests_most = 64 };
	prong_set_state(i, up);
	if (read_config(i, up) == 0) {
		up->multi = curl_multi_init();
		if (up->multi == NULL)
			prong_config_error(i, "", "libcurl cannot start");
	}
	if (up->multi == NULL) {
		free(up);
		return -1;
	}
	curl_multi_setopt(up->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(up->multi, CURLMOPT_SOCKETDATA, up);
	curl_multi_setopt(up->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(up->multi, CURLMOPT_TIMERDATA, up);
	curl_multi_setopt(up->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
		(long)up->requests_most);
	define_metrics(up);
	return 0;
}

static void
stop_client(struct prong_instance *i)
{
	struct upstream *up = prong_state(i);

	curl_multi_cleanup(up->multi);
	free(up);
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/", ask_upstream),
	PRONG_ROUTE("GET", "/*path", ask_upstream),
	{ "POST", "/", .handler = ask_upstream,
		.body_most = REQUEST_BODY_MOST },
	{ "POST", "/*path", .handler = ask_upstream,
		.body_most = REQUEST_BODY_MOST },
	PRONG_ROUTES_END,
};

PRONG_MODULE(.name = "upstream", .routes = routes, .start = start_client,
	.stop = stop_client);
