/*
 * Built-in pages are formatted in the exchange's arena.
 * SPDX-License-Identifier: MIT
 */
#include "serve/error_page.h"

#include "conn/disk_wait.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "file/file.h"
#include "file/file_cache.h"
#include "serve/problem.h"
#include "serve/site.h"

// clang-format off
static const struct {
	int status;
	const char *meaning;
} meanings[] = {
	{ 400, "The request is malformed." },
	{ 401, "Authentication is required." },
	{ 403, "Access is denied." },
	{ 404, "The resource does not exist." },
	{ 405, "The resource does not allow this method." },
	{ 408, "The request did not arrive in time." },
	{ 410, "The resource is no longer available." },
	{ 412, "A precondition failed: the resource has changed." },
	{ 413, "The request body is too large." },
	{ 414, "The request target is too long." },
	{ 415, "The media type of the request body is not supported." },
	{ 416, "The requested range is not satisfiable." },
	{ 421, "The server does not answer for this host or scheme." },
	{ 426, "This resource requires a WebSocket client." },
	{ 429, "Too many requests; try again later." },
	{ 431, "The request header fields are too large." },
	{ 500, "Internal server error; it has been logged." },
	{ 501, "The server does not implement this request." },
	{ 503, "The server is temporarily unavailable; try again later." },
	{ 504, "The response was not ready in time." },
};
// clang-format on

static const char *
explain_status(int status)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].status == status)
			return meanings[i].meaning;
	return NULL;
}

static const char *
find_path(const struct conf_error_pages *pages, int status)
{
	const char *path = NULL;

	for (size_t i = 0; i < pages->count; i++) {
		const struct conf_error_page *page = &pages->all[i];

		if (page->status == status)
			return page->path;
		if (page->status == status / 100)
			path = page->path;
	}
	return path;
}

typedef int finder(struct exchange *, const struct docroot *, struct span path,
	struct file **out);

/*
 * Finds the page of the route or the site. Returns 0 and a reference,
 * FILE_CACHE_WAITS, or the status of an error. A page is a file: an error while
 * it is opened has no page of its own.
 */
static int
find_page(struct exchange *x, int status, finder *find, struct file **f)
{
	const char *path = NULL;
	const struct route *r;

	if (x->route != NULL)
		path = find_path(&x->route->conf->error_pages, status);
	if (path == NULL)
		path = find_path(&x->site->conf->error_pages, status);
	if (path == NULL)
		return 404;
	r = route_find(x->site, span_of(path));
	if (r == NULL || r->conf->kind != CONF_ROUTE_ROOT)
		return 404;
	return find(x, &r->docroot, route_rest(r, span_of(path)), f);
}

static void
send_builtin_page(struct exchange *x, int status, struct span fields)
{
	const char *reason = response_reason(status);
	const char *meaning = explain_status(status);
	struct response r = { .status = status,
		.type = SPAN("text/html; charset=utf-8"),
		.fields = fields };

	r.content = arena_printf(&x->arena,
		"<!doctype html>\n<html lang=\"en\">\n<meta "
		"charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<title>%d %s</title>\n<style>body { font: 1.1em/1.5 "
		"sans-serif; "
		"max-width: 32em; margin: 4em auto; padding: 0 1em; "
		"color: #333; background: #fff }</style>\n"
		"<h1>%d %s</h1>\n%s%s%s</html>\n",
		status, reason, status, reason, meaning == NULL ? "" : "<p>",
		meaning == NULL ? "" : meaning,
		meaning == NULL ? "" : "</p>\n");
	if (r.content.at == NULL)
		r.content = SPAN("");
	response_send(x, &r);
}

/*
 * True for a route of a module whose client does not prefer HTML: pages are for
 * people.
 */
static bool
is_for_program(struct exchange *x)
{
	return x->route != NULL && x->route->conf->kind == CONF_ROUTE_MODULE &&
	       problem_is_wanted(x);
}

/*
 * On a route of a module the form of an error depends on Accept: a cache must
 * not give one client the form of another (RFC 9110 12.5.5).
 */
static struct span
add_vary(struct exchange *x, int status, struct span fields)
{
	static const char vary[] = "Vary: Accept\r\n";

	if (status < 400 || x->route == NULL ||
		x->route->conf->kind != CONF_ROUTE_MODULE ||
		memmem(fields.at, fields.len, vary, sizeof(vary) - 1) != NULL)
		return fields;
	return arena_printf(
		&x->arena, "%.*s%s", (int)fields.len, fields.at, vary);
}

void
error_page_send(struct exchange *x, int status, struct span fields)
{
	struct file *page = NULL;
	int found;

	fields = add_vary(x, status, fields);
	/* A handler that has taken the exchange cannot be suspended for the
	 * page. */
	if (x->handler != NULL || x->site == NULL || status < 400 ||
		is_for_program(x)) {
		error_page_send_now(x, status, fields);
		return;
	}
	found = find_page(x, status, disk_wait_get, &page);
	if (found == FILE_CACHE_WAITS)
		disk_wait_hold(x, error_page_send, status, fields);
	else if (found == 0)
		response_send_page(x, status, page, fields);
	else
		send_builtin_page(x, status, fields);
	file_unref(page);
}

void
error_page_send_now(struct exchange *x, int status, struct span fields)
{
	struct file *page = NULL;

	fields = add_vary(x, status, fields);
	if (status >= 400 && is_for_program(x)) {
		problem_send(x, status, fields, NULL, explain_status(status));
		return;
	}
	if (x->site != NULL &&
		find_page(x, status, disk_wait_get_now, &page) == 0)
		response_send_page(x, status, page, fields);
	else
		send_builtin_page(x, status, fields);
	file_unref(page);
}
