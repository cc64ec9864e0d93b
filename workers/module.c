/*
 * dlopen(3) and the functions of prong.h.  A context is the exchange with what
 * a handler has said so far.
 * SPDX-License-Identifier: MIT
 */
#include "module.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/conf.h"
#include "exchange.h"
#include "octet.h"
#include "prong.h"
#include "response.h"
#include "serve.h"
#include "worker.h"

enum { PATH_LEN = 4096 };

struct module {
	void *library;
	const struct prong_module *self;
};

struct prong_context {
	struct exchange *exchange;
	struct span fields; /* lines for the answer's head */
	bool is_answered;
};

/* ---- loading ------------------------------------------------------------ */

/* A program that was not installed has its modules beside it. */
static void *
open_beside_program(const struct conf_route *conf)
{
	static const char below[] = "/workers/modules/.libs/";
	char path[PATH_LEN], *slash;
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len <= 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash, sizeof(path) - (size_t)(slash - path), "%s%s.so", below,
		conf->module);
	return access(path, R_OK) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL)
				       : NULL;
}

static void *
open_library(
	const char *dir, const struct conf_route *conf, char *why, size_t size)
{
	char path[PATH_LEN];
	void *library;

	if (strchr(conf->module, '/') != NULL)
		snprintf(path, sizeof(path), "%s", conf->module);
	else
		snprintf(path, sizeof(path), "%s/%s.so", dir, conf->module);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		return library;
	snprintf(why, size, "module \"%s\": %s", conf->module, dlerror());
	return strchr(conf->module, '/') != NULL ? NULL
						 : open_beside_program(conf);
}

/* 0, or -1 with the reason. */
static int
check(const struct prong_module *self, const struct conf_route *conf, char *why,
	size_t size)
{
	if (self == NULL)
		snprintf(why, size,
			"module \"%s\": it does not define prong_module",
			conf->module);
	else if (self->abi != PRONG_ABI)
		snprintf(why, size,
			"module \"%s\": built for ABI %d, this server has %d; "
			"build it again with this prong.h",
			conf->module, self->abi, PRONG_ABI);
	else if (self->handle == NULL)
		snprintf(why, size, "module \"%s\": it has no handle function",
			conf->module);
	else
		return 0;
	return -1;
}

struct module *
module_load(
	struct worker *w, const struct conf_route *conf, char *why, size_t size)
{
	const struct prong_module *self;
	struct module *m;
	void *library = open_library(w->conf->module_path, conf, why, size);

	if (library == NULL)
		return NULL;
	self = dlsym(library, "prong_module");
	if (check(self, conf, why, size) == -1) {
		dlclose(library);
		return NULL;
	}
	m = malloc(sizeof(*m));
	assert(m != NULL);
	*m = (struct module){ library, self };
	return m;
}

void
module_unload(struct module *m)
{
	if (m == NULL)
		return;
	dlclose(m->library);
	free(m);
}

void
module_answer(struct exchange *x)
{
	const struct prong_module *self = x->route->module->self;
	struct prong_context context = { .exchange = x };

	self->handle(&context);
	if (context.is_answered)
		return;
	log_errx(&x->worker->log,
		"module %s returned without an answer to %.*s", self->name,
		(int)x->request.path.len, x->request.path.at);
	serve_error(x, 500);
}

/* ---- prong.h ------------------------------------------------------------ */

static const char *
text_of(struct prong_context *ctx, struct span s)
{
	const char *text;

	if (s.at == NULL)
		return NULL;
	text = arena_strndup(&ctx->exchange->arena, s.at, s.len);
	return text == NULL ? "" : text;
}

const char *
prong_method(struct prong_context *ctx)
{
	const struct request *r = &ctx->exchange->request;

	return text_of(ctx, (struct span){ r->head, r->target.at - (size_t)1 });
}

const char *
prong_path(struct prong_context *ctx)
{
	return text_of(ctx, ctx->exchange->request.path);
}

const char *
prong_query(struct prong_context *ctx)
{
	return text_of(ctx, ctx->exchange->request.query);
}

const char *
prong_field(struct prong_context *ctx, const char *name)
{
	const struct request *r = &ctx->exchange->request;
	struct span wanted = span_of(name);

	for (unsigned i = 0; i < r->nfields; i++)
		if (span_is_nocase(request_span(r, r->fields[i].name), wanted))
			return text_of(
				ctx, request_span(r, r->fields[i].value));
	return NULL;
}

const char *
prong_body(struct prong_context *ctx, size_t *len)
{
	struct exchange *x = ctx->exchange;

	if (x->content == NULL) {
		*len = 0;
		return "";
	}
	*len = x->content_len;
	exchange_add_content(x, (struct span){ "", 1 });
	x->content_len--;
	return x->content;
}

static bool
is_servers_own(struct span name)
{
	static const char *const own[] = { "Connection", "Content-Length",
		"Date", "Server", "Transfer-Encoding" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (span_is_nocase(name, span_of(own[i])))
			return true;
	return false;
}

static bool
is_value(const char *value)
{
	for (; *value != '\0'; value++)
		if (!octet_is_text(*value))
			return false;
	return true;
}

int
prong_set_field(struct prong_context *ctx, const char *name, const char *value)
{
	struct span n = span_of(name), lines;

	for (size_t i = 0; i < n.len; i++)
		if (!octet_is_tchar(n.at[i]))
			n.len = 0;
	if (n.len == 0 || !is_value(value)) {
		errno = EINVAL;
		return -1;
	}
	if (is_servers_own(n)) {
		errno = EPERM;
		return -1;
	}
	lines = arena_printf(&ctx->exchange->arena, "%.*s%s: %s\r\n",
		(int)ctx->fields.len, ctx->fields.len > 0 ? ctx->fields.at : "",
		name, value);
	if (lines.at == NULL) {
		errno = EINVAL;
		return -1;
	}
	ctx->fields = lines;
	return 0;
}

int
prong_answer(struct prong_context *ctx, int status, const char *type,
	const void *content, size_t len)
{
	struct exchange *x = ctx->exchange;
	char *copy;

	if (ctx->is_answered) {
		errno = EALREADY;
		return -1;
	}
	if (type == NULL)
		type = "application/octet-stream";
	if (status < 200 || status > 599 || !is_value(type)) {
		errno = EINVAL;
		return -1;
	}
	copy = exchange_copy(x, content, len);
	ctx->is_answered = true;
	response_send(x, &(struct response){ .status = status,
				 .type = span_of(type),
				 .fields = ctx->fields,
				 .content = { copy, len } });
	return 0;
}
