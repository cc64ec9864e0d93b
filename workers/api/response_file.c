/*
 * prong_file(). The context ends with the call; the exchange continues without
 * it, since the file may have to be read from disk.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_response.h"
#include "api/module_root.h"
#include "conn/exchange.h"
#include "serve/error_page.h"
#include "serve/static_file.h"

/*
 * True for a path without "." and "..", and without empty segments except the
 * last.
 */
static bool
is_normal_path(struct span path)
{
	while (path.len > 0) {
		const char *slash = memchr(path.at, '/', path.len);
		size_t len =
			slash == NULL ? path.len : (size_t)(slash - path.at);
		struct span segment = { path.at, len };

		if (len == 0 || span_is(segment, SPAN(".")) ||
			span_is(segment, SPAN("..")))
			return false;
		len += slash != NULL;
		path = (struct span){ path.at + len, path.len - len };
	}
	return true;
}

static int
refuse_folder(struct context *ctx, const char *dir)
{
	enum { LINE = 512 };
	char what[LINE];
	int error = errno;

	snprintf(what, sizeof(what), "%s: %s", dir,
		error == ENFILE ? "64 directories are open already"
				: strerror(error));
	context_misuse(ctx, "prong_file", what);
	module_response_fail(ctx, 500);
	errno = error;
	return -1;
}

static void
respond_with_file(struct exchange *x, const struct docroot *d, struct span path)
{
	if (!is_normal_path(path)) {
		error_page_send(x, 404, SPAN(""));
		return;
	}
	x->docroot = d;
	x->file =
		(struct span){ exchange_copy(x, path.at, path.len), path.len };
	static_file_answer(x);
}

int
prong_file(struct prong_context *handle, const char *dir, const char *path)
{
	struct context *ctx = context_find_open(handle, __func__);
	const struct docroot *d;
	struct exchange *x;

	if (ctx == NULL)
		return -1;
	if (dir == NULL || path == NULL)
		return context_misuse(
			ctx, __func__, "the directory or the path is NULL");
	x = ctx->exchange;
	d = module_root_find(ctx->instance, x->route, dir);
	if (d == NULL)
		return refuse_folder(ctx, dir);
	while (*path == '/')
		path++;
	module_response_head(ctx, 0);
	if (ctx->answer.fields.len > 0)
		exchange_add_fields(x, ctx->answer.fields);
	respond_with_file(x, d, span_of(path));
	context_complete(ctx);
	return 0;
}
