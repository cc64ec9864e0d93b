/*
 * The library's decoder sees every field block in order, so that its table is
 * that of the server.
 * SPDX-License-Identifier: MIT
 */
#include "support/http2_client.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

enum { WAIT = 10000 }; /* milliseconds */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/* ---- sending ------------------------------------------------------------- */

void
http2_client_send(struct http2_client *c, enum http2_type type, unsigned flags,
	uint32_t id, const void *payload, size_t len)
{
	char *frame = malloc(HTTP2_FRAME_HEAD + len);
	const unsigned char head[HTTP2_FRAME_HEAD] = {
		(unsigned char)(len >> 16), (unsigned char)(len >> 8),
		(unsigned char)len, (unsigned char)type, (unsigned char)flags,
		(unsigned char)(id >> 24), (unsigned char)(id >> 16),
		(unsigned char)(id >> 8), (unsigned char)id
	};

	ck_assert_ptr_nonnull(frame);
	if (type == HTTP2_DATA)
		c->window -= (int64_t)len;
	memcpy(frame, head, sizeof(head));
	if (len > 0)
		memcpy(frame + sizeof(head), payload, len);
	client_send(&c->tcp, frame, HTTP2_FRAME_HEAD + len);
	free(frame);
}

void
http2_client_open(struct http2_client *c, int port)
{
	http2_client_open_after(c, port, "");
}

void
http2_client_open_after(struct http2_client *c, int port, const char *first)
{
	client_open(&c->tcp, port);
	client_say(&c->tcp, first);
	c->ngoaways = 0;
	c->window = 65535; /* RFC 9113 6.9.2 */
	ck_assert_int_eq(nghttp2_hd_inflate_new(&c->inflater), 0);
	client_send(&c->tcp, preface, sizeof(preface) - 1);
	http2_client_send(c, HTTP2_SETTINGS, 0, 0, NULL, 0);
}

void
http2_client_close(struct http2_client *c)
{
	nghttp2_hd_inflate_del(c->inflater);
	client_close(&c->tcp);
}

/* A string literal of RFC 7541 5.2. */
static char *
put_string(char *to, const char *from, size_t len)
{
	size_t rest = len;

	if (rest < 127) {
		*to++ = (char)rest;
	} else {
		*to++ = 127;
		for (rest -= 127; rest >= 128; rest >>= 7)
			*to++ = (char)(0x80 | (rest & 0x7f));
		*to++ = (char)rest;
	}
	memcpy(to, from, len);
	return to + len;
}

/* RFC 7541 6.2.2, with a new name. */
static char *
put_field(char *to, const char *name, size_t name_len, const char *value,
	size_t value_len)
{
	*to++ = 0;
	return put_string(put_string(to, name, name_len), value, value_len);
}

void
http2_client_headers(
	struct http2_client *c, uint32_t id, const char *fields, unsigned flags)
{
	char *block = malloc(strlen(fields) * 2 + 64), *to = block;
	const char *colon, *end;

	ck_assert_ptr_nonnull(block);
	for (; *fields != '\0'; fields = end + 1) {
		colon = strchr(fields + 1, ':');
		end = strchr(fields, '\n');
		ck_assert(colon != NULL && end != NULL && colon < end);
		to = put_field(to, fields, (size_t)(colon - fields), colon + 2,
			(size_t)(end - colon) - 2);
	}
	http2_client_send(c, HTTP2_HEADERS, flags | HTTP2_END_HEADERS, id,
		block, (size_t)(to - block));
	free(block);
}

void
http2_client_request(struct http2_client *c, uint32_t id, const char *method,
	const char *path, const char *fields, unsigned flags)
{
	char *all;

	ck_assert_int_gt(asprintf(&all,
				 ":method: %s\n:scheme: http\n:authority: "
				 "localhost\n:path: %s\n%s",
				 method, path, fields),
		0);
	http2_client_headers(c, id, all, flags);
	free(all);
}

/* ---- reading ------------------------------------------------------------- */

static uint32_t
read_number(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

bool
http2_client_read(struct http2_client *c, struct http2_frame *f)
{
	const unsigned char *p;

	if (!client_has(&c->tcp, HTTP2_FRAME_HEAD, WAIT))
		return false;
	p = (const unsigned char *)c->tcp.bytes;
	f->len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
	f->type = p[3];
	f->flags = p[4];
	f->id = (uint32_t)(p[5] & 0x7f) << 24 | (uint32_t)p[6] << 16 |
		(uint32_t)p[7] << 8 | p[8];
	ck_assert_uint_le(f->len, HTTP2_FRAME_MAX);
	if (!client_has(&c->tcp, HTTP2_FRAME_HEAD + f->len, WAIT))
		return false;
	memcpy(f->payload, c->tcp.bytes + HTTP2_FRAME_HEAD, f->len);
	f->payload[f->len] = '\0';
	client_skip(&c->tcp, HTTP2_FRAME_HEAD + f->len);
	c->ngoaways += f->type == HTTP2_GOAWAY;
	if (f->type == HTTP2_WINDOW_UPDATE && f->id == 0)
		c->window += read_number(f->payload);
	return true;
}

int64_t
http2_client_goaway(struct http2_client *c)
{
	struct http2_frame f;

	while (http2_client_read(c, &f))
		if (f.type == HTTP2_GOAWAY)
			return read_number(f.payload + 4);
	return -1;
}

static void
take_field(struct http2_response *r, const nghttp2_nv *nv)
{
	size_t len = strlen(r->fields);

	if (nv->namelen == 7 && memcmp(nv->name, ":status", 7) == 0) {
		r->status = atoi((const char *)nv->value);
		return;
	}
	ck_assert_uint_lt(
		len + nv->namelen + nv->valuelen + 4, sizeof(r->fields));
	snprintf(r->fields + len, sizeof(r->fields) - len, "%.*s: %.*s\n",
		(int)nv->namelen, (const char *)nv->name, (int)nv->valuelen,
		(const char *)nv->value);
}

static void
read_fields(struct http2_client *c, const struct http2_frame *f,
	struct http2_response *r)
{
	const unsigned char *at = f->payload;
	size_t left = f->len;
	nghttp2_nv nv;
	ssize_t n;
	int flags;

	for (;;) {
		flags = 0;
		n = nghttp2_hd_inflate_hd2(
			c->inflater, &nv, &flags, at, left, 1);
		ck_assert_int_ge(n, 0);
		at += n;
		left -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			take_field(r, &nv);
		if (flags & NGHTTP2_HD_INFLATE_FINAL)
			break;
	}
	nghttp2_hd_inflate_end_headers(c->inflater);
}

void
http2_client_skip(struct http2_client *c, const struct http2_frame *f)
{
	struct http2_response r = { 0 };

	if (f->type == HTTP2_HEADERS)
		read_fields(c, f, &r);
}

static void
take_data(struct http2_client *c, const struct http2_frame *f,
	struct http2_response *r)
{
	const unsigned char step[4] = { (unsigned char)(f->len >> 24),
		(unsigned char)(f->len >> 16), (unsigned char)(f->len >> 8),
		(unsigned char)f->len };

	r->body = realloc(r->body, r->len + f->len + 1);
	ck_assert_ptr_nonnull(r->body);
	memcpy(r->body + r->len, f->payload, f->len + 1);
	r->len += f->len;
	if (f->len == 0)
		return;
	http2_client_send(c, HTTP2_WINDOW_UPDATE, 0, 0, step, sizeof(step));
	http2_client_send(c, HTTP2_WINDOW_UPDATE, 0, f->id, step, sizeof(step));
}

static void
take_frame(struct http2_client *c, uint32_t id, const struct http2_frame *f,
	struct http2_response *r)
{
	struct http2_response other = { 0 };

	if (f->type == HTTP2_HEADERS) {
		read_fields(c, f, f->id == id ? r : &other);
		if (f->id == id && r->status < 200) {
			r->ninterim++;
			r->status = 0;
		}
	} else if (f->type == HTTP2_DATA && f->id == id) {
		take_data(c, f, r);
	} else if (f->type == HTTP2_RST_STREAM && f->id == id) {
		r->is_reset = true;
		r->error = read_number(f->payload);
	} else if (f->type == HTTP2_SETTINGS && !(f->flags & HTTP2_ACK)) {
		http2_client_send(c, HTTP2_SETTINGS, HTTP2_ACK, 0, NULL, 0);
	} else if (f->type == HTTP2_PING && !(f->flags & HTTP2_ACK)) {
		http2_client_send(
			c, HTTP2_PING, HTTP2_ACK, 0, f->payload, f->len);
	}
}

void
http2_client_response(
	struct http2_client *c, uint32_t id, struct http2_response *r)
{
	struct http2_frame f;

	memset(r, 0, sizeof(*r));
	r->body = calloc(1, 1);
	for (;;) {
		ck_assert_msg(http2_client_read(c, &f),
			"the connection ended before stream %u", id);
		take_frame(c, id, &f, r);
		if (f.id == id &&
			(r->is_reset ||
				((f.flags & HTTP2_END_STREAM) &&
					(f.type == HTTP2_DATA ||
						f.type == HTTP2_HEADERS))))
			return;
	}
}

void
http2_client_get(struct http2_client *c, uint32_t id, const char *path,
	struct http2_response *r)
{
	http2_client_request(c, id, "GET", path, "", HTTP2_END_STREAM);
	http2_client_response(c, id, r);
}

void
http2_response_free(struct http2_response *r)
{
	free(r->body);
}
