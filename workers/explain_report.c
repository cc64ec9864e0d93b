/*
 * Steps are printed as "label  sentence", a line each, or collected as JSON.
 * SPDX-License-Identifier: MIT
 */
#include "explain_report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf.h"
#include "conn/exchange.h"
#include "explain.h"
#include "file/output.h"
#include "serve/serve_state.h"
#include "serve/site.h"

enum { TEXT = 2048, HEAD = 16 * 1024 };

static json_t *
json_text_of(const char *text, size_t len)
{
	json_t *value = json_stringn(text, len);

	return value != NULL ? value : json_string("(not UTF-8)");
}

void
explain_begin(struct explain_report *r, const struct explain_request *request)
{
	if (!r->is_json) {
		fprintf(r->out, "%s %s\n", request->method, request->url);
		return;
	}
	r->object = json_object();
	r->steps = json_array();
	r->fields = json_array();
	json_object_set_new(r->object, "method",
		json_text_of(request->method, strlen(request->method)));
	json_object_set_new(r->object, "url",
		json_text_of(request->url, strlen(request->url)));
	json_object_set_new(r->object, "steps", r->steps);
	json_object_set_new(r->object, "fields", r->fields);
}

void
explain_end(struct explain_report *r)
{
	if (!r->is_json)
		return;
	json_dumpf(r->object, r->out, JSON_INDENT(2));
	fputc('\n', r->out);
	json_decref(r->object);
}

void
explain_tell(struct explain_report *r, const char *step, const char *fmt, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!r->is_json) {
		fprintf(r->out, "  %-9s %s\n", step, text);
		return;
	}
	json_array_append_new(
		r->steps, json_pack("{s:s, s:o}", "step", step, "text",
				  json_text_of(text, strlen(text))));
}

void
explain_fail(struct explain_report *r, const char *why)
{
	explain_tell(r, "error", "%s", why);
}

/* ---- site and route ------------------------------------------------------ */

void
explain_tell_site(struct explain_report *r, const struct exchange *x)
{
	const struct conf *conf = x->worker->conf;
	const struct site_host *host =
		site_host_find(&x->worker->serve->sites, x->request.host);
	int number = (int)(x->site->conf - conf->sites);
	struct span name = x->request.host;

	if (conf->nsites == 1 && host == NULL)
		explain_tell(r, "site", "sites[0], the only one");
	else if (host != NULL)
		explain_tell(r, "site", "sites[%d], by its host \"%s\"", number,
			host->text);
	else
		explain_tell(r, "site",
			"sites[%d], the default: no site has the host \"%.*s\"",
			number, (int)name.len, name.at);
}

static const char *
kind_of(const struct conf_route *route, char *text, size_t size)
{
	switch (route->kind) {
	case CONF_ROUTE_ROOT:
		snprintf(text, size, "files below %s", route->files.root);
		break;
	case CONF_ROUTE_REDIRECT:
		snprintf(text, size, "redirect %d to %s",
			route->redirect.status, route->redirect.target);
		break;
	case CONF_ROUTE_RETURN:
		snprintf(text, size, "return %d", (int)route->fixed.status);
		break;
	case CONF_ROUTE_MODULE:
		snprintf(text, size, "module %s", route->module.name);
		break;
	}
	return text;
}

static void
tell_others(struct explain_report *r, const struct exchange *x)
{
	char path[CONF_ROUTE_TEXT];

	for (size_t i = 0; i < x->site->nroutes; i++) {
		const struct route *other = &x->site->routes[i];

		if (other == x->route ||
			!route_matches(other->conf, x->request.path))
			continue;
		conf_route_text(other->conf, path, sizeof(path));
		explain_tell(r, "other",
			"routes[%u], \"%s\": it matches, but less specifically",
			other->conf->number, path);
	}
}

void
explain_tell_route(struct explain_report *r, const struct exchange *x)
{
	char path[CONF_ROUTE_TEXT], kind[512];

	if (x->route == NULL) {
		explain_tell(r, "route", "none has the path \"%.*s\"",
			(int)x->request.path.len, x->request.path.at);
		return;
	}
	conf_route_text(x->route->conf, path, sizeof(path));
	explain_tell(r, "route", "routes[%u], \"%s\": %s",
		x->route->conf->number, path,
		kind_of(x->route->conf, kind, sizeof(kind)));
	tell_others(r, x);
}

/* ---- the response -------------------------------------------------------- */

static void
tell_line(struct explain_report *r, const char *line, size_t len, bool is_first)
{
	const char *colon = memchr(line, ':', len);

	if (!r->is_json) {
		fprintf(r->out, "  %-9s %.*s\n", is_first ? "response" : "",
			(int)len, line);
		return;
	}
	if (is_first) {
		json_object_set_new(r->object, "status",
			json_integer(strtol(line + 9, NULL, 10)));
		return;
	}
	if (colon != NULL)
		json_array_append_new(r->fields,
			json_pack("{s:o, s:o}", "name",
				json_text_of(line, (size_t)(colon - line)),
				"value",
				json_text_of(colon + 2,
					len - (size_t)(colon - line) - 2)));
}

/* Joins the runs of memory at the front of the output, up to the head's end. */
static size_t
copy_head(const struct output *o, char *head, size_t size)
{
	size_t len = 0;

	for (unsigned i = o->first; i < o->count; i++) {
		size_t n = o->runs[i].iov_len;

		if (o->runs[i].iov_base == NULL)
			break;
		n = n < size - len ? n : size - len;
		memcpy(head + len, o->runs[i].iov_base, n);
		len += n;
	}
	return len;
}

void
explain_tell_response(struct explain_report *r, const struct output *o)
{
	static char head[HEAD];
	size_t len = copy_head(o, head, sizeof(head));
	const char *line = head, *end;

	while ((end = memmem(line, len - (size_t)(line - head), "\r\n", 2)) !=
			NULL &&
		end > line) {
		tell_line(r, line, (size_t)(end - line), line == head);
		line = end + 2;
	}
}

/* ---- the request --------------------------------------------------------- */

static bool
has_line_break(const char *text)
{
	return strpbrk(text, "\r\n") != NULL;
}

/* The name of the first site, for a URL without a host. */
static const char *
default_host(const struct conf *conf)
{
	const char *const *hosts = conf->sites[0].hosts;

	return hosts == NULL || *hosts == NULL || strchr(*hosts, '*') != NULL
		       ? "localhost"
		       : *hosts;
}

static bool
has_host(const struct explain_request *request)
{
	for (size_t i = 0; i < request->nfields; i++)
		if (strncasecmp(request->fields[i], "host:", 5) == 0)
			return true;
	return false;
}

static const char *
find_fault(const struct explain_request *request)
{
	if (has_line_break(request->method) || has_line_break(request->url))
		return "the method or the URL has a line break";
	for (size_t i = 0; i < request->nfields; i++) {
		if (has_line_break(request->fields[i]))
			return "a field has a line break";
		if (strchr(request->fields[i], ':') == NULL)
			return "a field needs a colon: -H \"Name: value\"";
	}
	return NULL;
}

/* NULL: the URL has no scheme, or is one that a client could ask for. */
static const char *
find_url_fault(const char *url)
{
	const char *host = strstr(url, "://");
	size_t len = host == NULL ? 0 : (size_t)(host - url);

	if (host == NULL || strpbrk(url, "/?") < host)
		return NULL;
	if ((len != 4 || strncasecmp(url, "http", 4) != 0) &&
		(len != 5 || strncasecmp(url, "https", 5) != 0))
		return "the scheme of the URL must be http or https";
	if (strcspn(host + 3, "/?#") == 0)
		return "the URL has no host: http://example.com/ or /";
	return NULL;
}

/* Splits "http://HOST/PATH".  The host is empty for a URL that begins with a
 * slash; the path is empty if there is none. */
static struct span
split_url(const char *url, const char **path)
{
	const char *host = strstr(url, "://");

	if (host == NULL || strpbrk(url, "/?") < host) {
		*path = url;
		return SPAN("");
	}
	host += 3;
	*path = host + strcspn(host, "/?#");
	return (struct span){ host, (size_t)(*path - host) };
}

char *
explain_make_head(const struct conf *conf,
	const struct explain_request *request, char *why, size_t size)
{
	const char *path, *fault = find_fault(request);
	struct span host = split_url(request->url, &path);
	size_t path_len = strcspn(path, "#"), head_size;
	char *head = NULL;
	FILE *f;

	if (fault == NULL)
		fault = find_url_fault(request->url);
	if (fault == NULL && host.len == 0 && *path != '/' && *path != '*')
		fault = "the URL needs a path: http://example.com/ or /";
	if (fault != NULL) {
		snprintf(why, size, "%s", fault);
		return NULL;
	}
	f = open_memstream(&head, &head_size);
	if (f == NULL) {
		snprintf(why, size, "no memory");
		return NULL;
	}
	fprintf(f, "%s %s%.*s HTTP/1.1\r\n", request->method,
		*path == '/' || *path == '*' ? "" : "/", (int)path_len, path);
	if (host.len > 0)
		fprintf(f, "Host: %.*s\r\n", (int)host.len, host.at);
	else if (!has_host(request))
		fprintf(f, "Host: %s\r\n", default_host(conf));
	for (size_t i = 0; i < request->nfields; i++)
		fprintf(f, "%s\r\n", request->fields[i]);
	fprintf(f, "\r\n");
	fclose(f);
	return head;
}
