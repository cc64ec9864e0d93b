/*
 * Small content is compressed on the loop, larger content in a thread.  What
 * cannot be compressed now is sent as it is.
 * SPDX-License-Identifier: MIT
 */
#include "api/response_coding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "api/module_response.h"
#include "api/work.h"
#include "common/conf.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "conn/worker_state.h"
#include "file/compress.h"
#include "file/file_validators.h"

enum {
	ON_LOOP = 4096,             /* bytes that take less than a turn */
	MOST = 8 * 1024 * 1024,     /* bytes of content */
	WAITING = 32 * 1024 * 1024, /* bytes of content that threads have */
};

/* ---- the choice --------------------------------------------------------- */

static bool
forbids_transform(struct span line)
{
	static const char directive[] = "no-transform";
	size_t len = sizeof(directive) - 1;

	for (size_t i = 0; i + len <= line.len; i++)
		if (strncasecmp(line.at + i, directive, len) == 0)
			return true;
	return false;
}

/* RFC 9111 5.2.2.6; of any line, in any case. */
static bool
may_transform(const struct context *ctx)
{
	static const char name[] = "Cache-Control:";
	struct span rest = ctx->answer.fields, line;
	const char *end;

	while (rest.len > 0) {
		end = memchr(rest.at, '\n', rest.len);
		line = (struct span){ rest.at, (size_t)(end + 1 - rest.at) };
		rest.at += line.len;
		rest.len -= line.len;
		if (line.len >= sizeof(name) &&
			strncasecmp(line.at, name, sizeof(name) - 1) == 0 &&
			forbids_transform(line))
			return false;
	}
	return true;
}

static bool
is_candidate(
	const struct context *ctx, int status, struct span type, int64_t size)
{
	/* They are about the bytes that the module has. */
	static const char *const fixed[] = { "Content-Encoding",
		"Content-Range", "Content-Digest", "Repr-Digest" };

	if (status < 200 || status == 204 || status == 205 || status == 206 ||
		status == 304 || type.len == 0 ||
		!compress_is_worth(type.at, size))
		return false;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (module_response_field(ctx, span_of(fixed[i])).at != NULL)
			return false;
	return may_transform(ctx);
}

void
response_coding_vary(struct context *ctx)
{
	module_response_add_field(ctx, SPAN("Vary"), SPAN("Accept-Encoding"));
}

enum coding
response_coding_wanted(const struct context *ctx)
{
	struct exchange *x = ctx->exchange;

	return accept_encoding_choose(
		accept_encoding_recall(&x->worker->codings,
			request_list(
				&x->request, FIELD_ACCEPT_ENCODING, &x->arena)),
		ctx->instance->codings);
}

enum coding
response_coding_choose(
	struct context *ctx, int status, struct span type, int64_t size)
{
	if (!is_candidate(ctx, status, type, size))
		return CODING_IDENTITY;
	response_coding_vary(ctx);
	return response_coding_wanted(ctx);
}

/* ---- the fields --------------------------------------------------------- */

/*
 * RFC 9110 8.8.3.3: what differs in its coding differs in its tag.  A tag of
 * prong_etag() gets an ending, which prong_etag() knows in the conditions of
 * later requests; one that the module compares itself becomes weak.
 */
static void
change_tag(struct context *ctx, enum coding coding)
{
	struct span value = module_response_field(ctx, SPAN("ETag")), tag;
	bool is_known = ctx->answer.has_tag && value.len >= 2 &&
			value.at[value.len - 1] == '"';

	if (value.at == NULL)
		return;
	if (is_known)
		tag = arena_printf(&ctx->exchange->arena, "%.*s%s\"",
			(int)value.len - 1, value.at, file_tag_ending(coding));
	else
		tag = arena_printf(&ctx->exchange->arena, "%s%.*s",
			value.len > 2 && memcmp(value.at, "W/", 2) == 0 ? ""
									: "W/",
			(int)value.len, value.at);
	module_response_remove_field(ctx, SPAN("ETag"));
	module_response_add_field(ctx, SPAN("ETag"), tag);
}

bool
response_coding_mark(struct context *ctx, enum coding coding)
{
	if (module_response_add_field(ctx, SPAN("Content-Encoding"),
		    span_of(coding_name(coding))) == -1)
		return false;
	/* Ranges would be of the bytes as they were. */
	module_response_remove_field(ctx, SPAN("Accept-Ranges"));
	change_tag(ctx, coding);
	return true;
}

/* ---- on the loop -------------------------------------------------------- */

/* Compressed content is smaller by a twentieth, or not worth it. */
static size_t
room_for(size_t len)
{
	return len - len / 20;
}

static void
compress_now(struct context *ctx, enum coding coding, struct span *content)
{
	size_t room = room_for(content->len), len;
	char *to = arena_alloc(&ctx->exchange->arena, room);

	assert(to != NULL);
	len = compress_bytes(coding, content->at, content->len, to, room);
	if (len > 0 && response_coding_mark(ctx, coding))
		*content = (struct span){ to, len };
}

/* ---- in a thread -------------------------------------------------------- */

struct coding_job {
	struct context_pool *pool;
	enum coding coding;
	int status;
	struct span type; /* lives as long as the context */
	size_t len, result;
	char *compressed;
	char content[]; /* a copy: the context may end before the job does */
};

static void
free_job(void *data)
{
	struct coding_job *job = data;

	job->pool->coding_bytes -= job->len;
	free(job->compressed);
	free(job);
}

static void
run_job(void *data)
{
	struct coding_job *job = data;
	size_t room = room_for(job->len);

	job->compressed = mem_alloc(room);
	job->result = compress_bytes(
		job->coding, job->content, job->len, job->compressed, room);
}

/* Sends what has become smaller, or else what the module has answered with. */
static void
finish_job(struct prong_context *handle, void *data)
{
	struct coding_job *job = data;
	struct context *ctx = context_find(handle, "prong_answer");
	struct exchange *x = ctx->exchange;
	struct response r = { .status = job->status, .type = job->type };

	job->pool->coding_bytes -= job->len;
	if (job->result > 0 && response_coding_mark(ctx, job->coding)) {
		r.content = (struct span){ job->compressed, job->result };
		exchange_adopt(x, job->compressed, free);
		free(job);
	} else {
		r.content = (struct span){ job->content, job->len };
		free(job->compressed);
		exchange_adopt(x, job, free);
	}
	r.fields = ctx->answer.fields;
	response_send(x, &r);
	context_complete(ctx);
}

/* The thread has its time whatever the handler had. */
static bool
wait_for_job(struct context *ctx)
{
	(void)ctx;
	return true;
}

static bool
start_job(struct context *ctx, enum coding coding, int status, struct span type,
	struct span content)
{
	struct context_pool *pool = ctx->instance->worker->contexts;
	struct coding_job *job;

	if (content.len > MOST || content.len > WAITING - pool->coding_bytes)
		return false;
	job = mem_alloc(sizeof(*job) + content.len);
	*job = (struct coding_job){ .pool = pool,
		.coding = coding,
		.status = status,
		.type = arena_printf(
			&ctx->exchange->arena, "%.*s", (int)type.len, type.at),
		.len = content.len };
	memcpy(job->content, content.at, content.len);
	pool->coding_bytes += job->len;
	if (work_start(ctx, run_job, finish_job, free_job, job) == -1) {
		free_job(job);
		return false;
	}
	ctx->hooks.on_due = wait_for_job;
	return true;
}

bool
response_coding_take(
	struct context *ctx, int status, struct span type, struct span *content)
{
	enum coding coding = response_coding_choose(
		ctx, status, type, (int64_t)content->len);

	if (coding == CODING_IDENTITY)
		return false;
	if (content->len > ON_LOOP)
		return start_job(ctx, coding, status, type, *content);
	compress_now(ctx, coding, content);
	return false;
}
