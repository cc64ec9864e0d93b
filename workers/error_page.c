/*
 * The pages of ours are made in the exchange's memory.
 * SPDX-License-Identifier: MIT
 */
#include "error_page.h"

#include "api/problem.h"
#include "cold.h"
#include "exchange.h"
#include "file.h"
#include "file_cache.h"
#include "response.h"
#include "worker.h"

// clang-format off
static const struct {
	int status;
	const char *meaning;
} meanings[] = {
	{ 400, "The request was not understood." },
	{ 401, "This needs a name and a password." },
	{ 403, "You may not see this." },
	{ 404, "There is nothing here by this name." },
	{ 405, "This cannot be done here." },
	{ 408, "The request took too long to arrive." },
	{ 410, "It was here, and will not come back." },
	{ 412, "It is not what you expected it to be any more." },
	{ 413, "That is more than is taken here." },
	{ 414, "The address is too long." },
	{ 415, "Content of this type is not taken here." },
	{ 416, "There is no such part of it." },
	{ 426, "This is for WebSocket clients." },
	{ 431, "The request has more fields than are read here." },
	{ 500, "The server made a mistake. It was written down." },
	{ 501, "The server does not know how to do this." },
	{ 503, "The server is busy. Try again in a moment." },
	{ 504, "The answer took too long to make." },
};
// clang-format on

static const char *
meaning_of(int status)
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

/* The page of the route or the site, if there is one that can be read: 0 and a
 * reference, or any status, or FILE_CACHE_WAITS.  It is a file: no page of an
 * error of its own is looked for. */
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
send_ours(struct exchange *x, int status, struct span fields)
{
	const char *reason = response_reason(status);
	const char *meaning = meaning_of(status);
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

/* Of a module: the rest of the site is for people. */
static bool
is_for_program(struct exchange *x)
{
	return x->route != NULL && x->route->conf->kind == CONF_ROUTE_MODULE &&
	       problem_is_wanted(x);
}

void
error_page_send(struct exchange *x, int status, struct span fields)
{
	struct file *page = NULL;
	int found;

	/* Who holds it waits for nothing else. */
	if (x->handler != NULL || x->site == NULL || status < 400 ||
		is_for_program(x)) {
		error_page_send_now(x, status, fields);
		return;
	}
	found = find_page(x, status, cold_get, &page);
	if (found == FILE_CACHE_WAITS)
		cold_hold(x, error_page_send, status, fields);
	else if (found == 0)
		response_send_page(x, status, page, fields);
	else
		send_ours(x, status, fields);
	file_unref(page);
}

void
error_page_send_now(struct exchange *x, int status, struct span fields)
{
	struct file *page = NULL;

	if (status >= 400 && is_for_program(x)) {
		problem_send(x, status, fields, NULL, meaning_of(status));
		return;
	}
	if (x->site != NULL && find_page(x, status, cold_get_now, &page) == 0)
		response_send_page(x, status, page, fields);
	else
		send_ours(x, status, fields);
	file_unref(page);
}
