/*
 * Content that is sent without a copy: prong_answer_take(), prong_answer_fd();
 * and a response that is not sent: prong_abort().
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/context.h"
#include "api/event.h"
#include "api/module_response.h"
#include "api/stream.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "file/file.h"

static const char default_type[] = "application/octet-stream";

int
prong_answer_take(struct prong_context *handle, int status, const char *type,
	void *content, size_t len, void (*release)(void *content))
{
	struct context *ctx = context_find_open(handle, __func__);

	if (release == NULL)
		release = free;
	if (type == NULL)
		type = default_type;
	if (ctx == NULL ||
		!module_response_check_status(ctx, __func__, status)) {
		release(content);
		return -1;
	}
	if (!module_response_is_type(ctx, type) ||
		(content == NULL && len > 0)) {
		release(content);
		return context_misuse(ctx, __func__,
			"the type is not a media type, or the content is NULL");
	}
	if (context_check_length(ctx, __func__, len) == -1) {
		release(content);
		return -1;
	}
	if (content != NULL)
		exchange_adopt(ctx->exchange, content, release);
	module_response_send(ctx, status, span_of(type),
		(struct span){ len == 0 ? "" : content, len });
	return 0;
}

/* ---- files -------------------------------------------------------------- */

/* Returns why the bytes cannot be sent, or NULL. */
static const char *
check_file(int fd, int64_t offset, int64_t len, struct stat *st)
{
	if (fstat(fd, st) == -1)
		return "the descriptor is not open";
	errno = EINVAL;
	if (!S_ISREG(st->st_mode))
		return "the descriptor is not a regular file";
	if (offset < 0 || len < 0 || offset > st->st_size ||
		len > st->st_size - offset)
		return "the file does not have these bytes";
	return NULL;
}

/* The file stays as it is: it is not read before it is sent. */
static struct file *
open_file(int fd, const struct stat *st, const char *type)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy == -1)
		return NULL;
	return file_read(copy, st,
		&(struct file_traits){ .type = type,
			.largest = -1,
			.is_tagless = true,
			.is_fleeting = true });
}

int
prong_answer_fd(struct prong_context *handle, int status, const char *type,
	int fd, int64_t offset, int64_t len)
{
	struct context *ctx = context_find_open(handle, __func__);
	const char *fault;
	struct file *file;
	struct stat st;
	int error;

	if (type == NULL)
		type = default_type;
	if (ctx == NULL || !module_response_check_status(ctx, __func__, status))
		return -1;
	fault = check_file(fd, offset, len, &st);
	error = errno;
	if (fault == NULL && !module_response_is_type(ctx, type))
		fault = "the type is not a media type";
	if (fault != NULL) {
		context_misuse(ctx, __func__, fault);
		errno = error == EBADF ? EBADF : EINVAL;
		return -1;
	}
	file = open_file(fd, &st, type);
	if (file == NULL)
		return -1;
	module_response_head(ctx, status);
	response_send_range(ctx->exchange,
		&(struct response){ .status = status,
			.type = span_of(exchange_copy(
				ctx->exchange, type, strlen(type) + 1)),
			.fields = ctx->answer.fields },
		file, offset, len);
	file_unref(file);
	context_complete(ctx);
	return 0;
}

/* ---- prong_abort() ------------------------------------------------------ */

static void
abort_exchange(struct context *ctx)
{
	struct exchange *x = ctx->exchange;

	x->protocol->close(x, "a module aborted its response");
}

int
prong_abort(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL)
		return -1;
	if (ctx->answer.is_complete || ctx->answer.is_aborted)
		return context_misuse(
			ctx, __func__, "the response is complete");
	ctx->answer.is_answered = ctx->answer.is_aborted = true;
	if (ctx->stream != NULL)
		ctx->stream->was_stopped = true;
	context_hold(ctx);
	event_defer(ctx, abort_exchange);
	return 0;
}
