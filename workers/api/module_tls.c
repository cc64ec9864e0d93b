/*
 * prong.h: the TLS connection of a request.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "api/context.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "tls/tls.h"

/* NULL: the client speaks no TLS to this server. */
static struct tls *
find_tls(const struct context *ctx)
{
	const struct conn *c = ctx->exchange->conn;

	return c == NULL ? NULL : c->tls;
}

/* The fact in memory that does not outlive the connection, or NULL. */
static const char *
find_fact(struct tls *t, enum prong_tls_fact fact, char sha256[TLS_SHA256])
{
	switch (fact) {
	case PRONG_TLS_VERSION:
		return tls_version(t);
	case PRONG_TLS_CIPHER:
		return tls_cipher(t);
	case PRONG_TLS_SERVER_NAME:
		return tls_server_name(t);
	case PRONG_TLS_CLIENT_SUBJECT:
		return tls_client_subject(t);
	case PRONG_TLS_CLIENT_SHA256:
		return tls_client_sha256(t, sha256) ? sha256 : NULL;
	}
	return NULL;
}

const char *
prong_tls(struct prong_context *handle, enum prong_tls_fact fact)
{
	struct context *ctx = context_find(handle, __func__);
	char sha256[TLS_SHA256];
	const char *text;
	struct tls *t;

	if (ctx == NULL)
		return NULL;
	if (fact < PRONG_TLS_VERSION || fact > PRONG_TLS_CLIENT_SHA256) {
		context_misuse(ctx, __func__, "the fact is not known");
		return NULL;
	}
	t = find_tls(ctx);
	text = t == NULL ? NULL : find_fact(t, fact, sha256);
	return text == NULL ? NULL : context_text(ctx, span_of(text));
}

const char *
prong_tls_client_name(struct prong_context *handle, unsigned n)
{
	struct context *ctx = context_find(handle, __func__);
	struct tls *t = ctx == NULL ? NULL : find_tls(ctx);
	char *name = t == NULL ? NULL : tls_client_name(t, n);
	const char *text;

	if (name == NULL)
		return NULL;
	text = context_text(ctx, span_of(name));
	free(name);
	return text;
}

const char *
prong_protocol(struct prong_context *handle)
{
	struct context *ctx = context_find(handle, __func__);
	const struct request *r;

	if (ctx == NULL)
		return "";
	r = &ctx->exchange->request;
	if (r->is_http2)
		return "HTTP/2.0";
	return r->minor == 0 ? "HTTP/1.0" : "HTTP/1.1";
}
