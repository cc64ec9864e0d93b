/*
 * SPDX-License-Identifier: MIT
 */
#include "support/coded_client.h"

#include <check.h>
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "api/context.h"
#include "common/mem.h"
#include "file/compress.h"
#include "file/work_pool.h"

enum { PAUSE = 3, CONNECTIONS = 64 };

const char *const coded_client_codings[3] = { "gzip", "br", "zstd" };

static char large[CODED_CLIENT_TEXT + 1];

bool
coded_client_has(const char *coding)
{
	return (compress_codings() & 1u << coding_find(span_of(coding))) != 0;
}

const char *
coded_client_open(
	struct fake_worker_mount *m, const struct prong_module *module)
{
	for (size_t i = 0; i < CODED_CLIENT_TEXT; i++)
		large[i] = "a line of a text, "[i % 18];
	fake_worker_mount_open(m);
	m->fake.conf.limits.connections = CONNECTIONS;
	fake_worker_mount_start(m, module);
	m->fake.worker.work = work_pool_open(m->fake.worker.loop);
	ck_assert_ptr_nonnull(m->fake.worker.work);
	return large;
}

void
coded_client_close(struct fake_worker_mount *m)
{
	ck_assert(work_pool_close(m->fake.worker.work));
	m->fake.worker.work = NULL;
	ck_assert_uint_eq(m->fake.worker.contexts->coding_bytes, 0);
	fake_worker_mount_close(m);
}

/* Turns until the response is there; what came is moved to a larger buffer. */
static void
receive(struct fake_worker_mount *m, struct response *r, bool is_head)
{
	size_t nreceived = 0;
	char *received = NULL;
	long used = 0;

	for (int i = 0; used == 0 && i < 20000; i++) {
		poll(NULL, 0, i < PAUSE ? 0 : 1);
		fake_worker_mount_turn(m);
		received = mem_realloc(received, nreceived + m->ngot + 1);
		memcpy(received + nreceived, m->got, m->ngot);
		nreceived += m->ngot;
		m->ngot = 0;
		used = response_parse(
			r, received, nreceived, is_head, m->is_at_end);
		if (used == 0)
			response_free(r);
	}
	ck_assert_msg(used > 0, "%.*s", (int)nreceived, received);
	free(received);
}

void
coded_client_ask(struct fake_worker_mount *m, const char *method,
	const char *target, const char *fields, struct response *r)
{
	char text[512];

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n",
		method, target, fields);
	fake_worker_mount_connect(m);
	ck_assert_int_eq(
		send(m->fd, text, strlen(text), 0), (ssize_t)strlen(text));
	receive(m, r, strcmp(method, "HEAD") == 0);
}

static size_t
decode_gzip(const char *from, size_t len, char *to, size_t room)
{
#ifdef HAVE_ZLIB
	z_stream z = { 0 };
	int got;

	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)from;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)room;
	got = inflate(&z, Z_SYNC_FLUSH);
	ck_assert(got == Z_STREAM_END || got == Z_OK);
	inflateEnd(&z);
	return z.total_out;
#else
	(void)from;
	(void)len;
	(void)to;
	(void)room;
	return CODED_CLIENT_UNKNOWN;
#endif
}

static size_t
decode_zstd(const char *from, size_t len, char *to, size_t room)
{
#ifdef HAVE_ZSTD
	ZSTD_inBuffer in = { from, len, 0 };
	ZSTD_outBuffer out = { to, room, 0 };
	ZSTD_DCtx *z = ZSTD_createDCtx();

	while (in.pos < in.size)
		ck_assert(!ZSTD_isError(ZSTD_decompressStream(z, &out, &in)));
	ZSTD_freeDCtx(z);
	return out.pos;
#else
	(void)from;
	(void)len;
	(void)to;
	(void)room;
	return CODED_CLIENT_UNKNOWN;
#endif
}

/* The program links the other half of brotli only.  Returns false where this
 * half is not installed. */
static bool
decode_brotli(const char *from, size_t len, char *to, size_t *n)
{
	void *library = dlopen("libbrotlidec.so.1", RTLD_NOW);
	int (*decode)(size_t, const char *, size_t *, char *);

	if (library == NULL)
		return false;
	*(void **)&decode = dlsym(library, "BrotliDecoderDecompress");
	ck_assert_int_eq(decode(len, from, n, to), 1);
	dlclose(library);
	return true;
}

size_t
coded_client_decode(const char *bytes, size_t len, const char *coding, char *to,
	size_t room)
{
	if (strcmp(coding, "gzip") == 0)
		return decode_gzip(bytes, len, to, room);
	if (strcmp(coding, "zstd") == 0)
		return decode_zstd(bytes, len, to, room);
	return decode_brotli(bytes, len, to, &room) ? room
						    : CODED_CLIENT_UNKNOWN;
}

void
coded_client_expect(const struct response *r, const char *coding, size_t n)
{
	static char plain[CODED_CLIENT_TEXT];
	size_t len = coded_client_decode(
		r->body, r->len, coding, plain, sizeof(plain));

	if (len == CODED_CLIENT_UNKNOWN)
		return;
	ck_assert_uint_eq(len, n);
	ck_assert(memcmp(plain, large, n) == 0);
}
