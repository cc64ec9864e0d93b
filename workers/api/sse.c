/*
 * An event consists of lines "name: value" and an empty line.
 * SPDX-License-Identifier: MIT
 */
#include "api/sse.h"

#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/module_response.h"
#include "api/stream.h"
#include "common/mem.h"
#include "conn/exchange.h"

void
sse_on_comment_due(struct deadline *d)
{
	struct stream *s = stream_of_keepalive(d);

	stream_arm(s, KEEPALIVE_COMMENT);
	/* No comment is sent while earlier output has not been taken by the
	 * client. */
	if (output_is_empty(s->ctx->exchange->output))
		stream_put_part(s, ":\n\n", 3);
}

int
prong_sse(struct prong_context *handle)
{
	struct context *ctx = context_find_open(handle, __func__);

	if (ctx == NULL)
		return -1;
	if (module_response_field(ctx, SPAN("Cache-Control")).at == NULL)
		prong_set_field(handle, "Cache-Control", "no-store");
	/* Disables buffering in proxies that honour this field (nginx). */
	if (module_response_field(ctx, SPAN("X-Accel-Buffering")).at == NULL)
		prong_set_field(handle, "X-Accel-Buffering", "no");
	if (prong_stream(handle, 200, "text/event-stream") == -1)
		return -1;
	/* A stream without content may have completed, and the context with
	 * it. */
	if (ctx->stream == NULL || ctx->stream->is_silent)
		return 0;
	ctx->stream->is_sse = true;
	ctx->minds_eof = true;
	context_hold(ctx);
	stream_arm(ctx->stream, KEEPALIVE_COMMENT);
	return 0;
}

/* ---- events ------------------------------------------------------------- */

/*
 * Returns the text up to the next LF, CR or CRLF; *rest is set behind it, or to
 * NULL after the last line.
 */
static struct span
take_line(const char *text, const char **rest)
{
	size_t len = strcspn(text, "\r\n");

	*rest = text[len] == '\0' ? NULL : text + len + 1;
	if (text[len] == '\r' && text[len + 1] == '\n')
		*rest = text + len + 2;
	return (struct span){ text, len };
}

/*
 * Writes one line, or only counts when to is NULL. Returns the number of bytes.
 */
static size_t
put_line(char *to, const char *name, struct span value)
{
	size_t len = strlen(name);

	if (to != NULL) {
		memcpy(to, name, len);
		memcpy(to + len, value.at, value.len);
		to[len + value.len] = '\n';
	}
	return len + value.len + 1;
}

static size_t
put_event(char *to, const char *event, const char *id, const char *data)
{
	size_t len = 0;

	if (id != NULL)
		len += put_line(to, "id: ", span_of(id));
	if (event != NULL)
		len += put_line(to == NULL ? NULL : to + len,
			"event: ", span_of(event));
	while (data != NULL) {
		struct span line = take_line(data, &data);

		len += put_line(to == NULL ? NULL : to + len, "data: ", line);
	}
	return len + put_line(to == NULL ? NULL : to + len, "", SPAN(""));
}

static bool
is_single_line(const char *text)
{
	return text == NULL || text[strcspn(text, "\r\n")] == '\0';
}

int
prong_sse_send(struct prong_context *handle, const char *event, const char *id,
	const char *data)
{
	struct context *ctx = context_find(handle, __func__);
	enum { ON_STACK = 2048 };
	char small[ON_STACK], *text = small;
	size_t len;
	int result;

	if (ctx == NULL)
		return -1;
	if (ctx->stream == NULL || ctx->stream->is_tunnel)
		return context_misuse(ctx, __func__, "call prong_sse() first");
	if (data == NULL || !is_single_line(event) || !is_single_line(id))
		return context_misuse(ctx, __func__,
			"data is required, and event and id must be single "
			"lines");
	len = put_event(NULL, event, id, data);
	if (len > sizeof(small))
		text = mem_alloc(len);
	put_event(text, event, id, data);
	result = prong_write(handle, text, len);
	if (text != small)
		free(text);
	return result;
}
