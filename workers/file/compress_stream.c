/*
 * SPDX-License-Identifier: MIT
 */
#include "file/compress_stream.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_BROTLI
#include <brotli/encode.h>
#endif
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum {
	PIECE = 8 * 1024, /* bytes of a result */
	WINDOW_BITS = 14,
	GZIP_LEVEL = 3,
	BROTLI_LEVEL = 3,
	ZSTD_LEVEL = 1,
};

/* Input that is left, and a piece of output. */
struct pass {
	const char *in;
	size_t left;
	char out[PIECE];
	size_t n;
};

struct compressor {
	bool (*open)(struct compress_stream *);
	void (*close)(struct compress_stream *);
	/* Fills the output; -1: failed, 0: done, 1: call again. */
	int (*run)(struct compress_stream *, struct pass *, enum compress_step);
};

struct compress_stream {
	const struct compressor *by;
	union {
#ifdef HAVE_ZLIB
		z_stream gzip;
#endif
#ifdef HAVE_BROTLI
		BrotliEncoderState *brotli;
#endif
#ifdef HAVE_ZSTD
		ZSTD_CCtx *zstd;
#endif
		void *none;
	} with;
};

/* ---- gzip --------------------------------------------------------------- */

#ifdef HAVE_ZLIB
static bool
open_gzip(struct compress_stream *s)
{
	enum { GZIP = 16, MEMORY = 6, SMALLER = 1 };

	return deflateInit2(&s->with.gzip, GZIP_LEVEL, Z_DEFLATED,
		       WINDOW_BITS - SMALLER + GZIP, MEMORY,
		       Z_DEFAULT_STRATEGY) == Z_OK;
}

static void
close_gzip(struct compress_stream *s)
{
	deflateEnd(&s->with.gzip);
}

static int
run_gzip(struct compress_stream *s, struct pass *p, enum compress_step step)
{
	static const int flush[] = { Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH };
	z_stream *z = &s->with.gzip;
	int got;

	z->next_in = (Bytef *)(uintptr_t)p->in;
	z->avail_in = (uInt)p->left;
	z->next_out = (Bytef *)p->out;
	z->avail_out = sizeof(p->out);
	got = deflate(z, flush[step]);
	p->in += p->left - z->avail_in;
	p->left = z->avail_in;
	p->n = sizeof(p->out) - z->avail_out;
	if (got == Z_STREAM_END)
		return 0;
	/* Nothing was left to do. */
	if (got == Z_BUF_ERROR && step != COMPRESS_END)
		return 0;
	if (got != Z_OK)
		return -1;
	return z->avail_out == 0 || p->left > 0 || step == COMPRESS_END;
}

static const struct compressor gzip = { open_gzip, close_gzip, run_gzip };
#endif

/* ---- brotli ------------------------------------------------------------- */

#ifdef HAVE_BROTLI
static bool
open_brotli(struct compress_stream *s)
{
	BrotliEncoderState *b = BrotliEncoderCreateInstance(NULL, NULL, NULL);

	s->with.brotli = b;
	return b != NULL &&
	       BrotliEncoderSetParameter(
		       b, BROTLI_PARAM_QUALITY, BROTLI_LEVEL) &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_LGWIN, WINDOW_BITS);
}

static void
close_brotli(struct compress_stream *s)
{
	BrotliEncoderDestroyInstance(s->with.brotli);
}

static int
run_brotli(struct compress_stream *s, struct pass *p, enum compress_step step)
{
	static const BrotliEncoderOperation operations[] = {
		BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH,
		BROTLI_OPERATION_FINISH
	};
	BrotliEncoderState *b = s->with.brotli;
	const uint8_t *in = (const uint8_t *)p->in;
	uint8_t *out = (uint8_t *)p->out;
	size_t room = sizeof(p->out);

	if (!BrotliEncoderCompressStream(
		    b, operations[step], &p->left, &in, &room, &out, NULL))
		return -1;
	p->in = (const char *)in;
	p->n = sizeof(p->out) - room;
	if (step == COMPRESS_END)
		return !BrotliEncoderIsFinished(b);
	return p->left > 0 || BrotliEncoderHasMoreOutput(b);
}

static const struct compressor brotli = { open_brotli, close_brotli,
	run_brotli };
#endif

/* ---- zstd --------------------------------------------------------------- */

#ifdef HAVE_ZSTD
static bool
open_zstd(struct compress_stream *s)
{
	static const struct {
		ZSTD_cParameter parameter;
		int value;
	} all[] = {
		{ ZSTD_c_compressionLevel, ZSTD_LEVEL },
		{ ZSTD_c_windowLog, WINDOW_BITS },
		{ ZSTD_c_hashLog, WINDOW_BITS - 1 },
		{ ZSTD_c_chainLog, WINDOW_BITS - 1 },
	};
	ZSTD_CCtx *z = ZSTD_createCCtx();

	s->with.zstd = z;
	for (size_t i = 0; z != NULL && i < sizeof(all) / sizeof(all[0]); i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(
			    z, all[i].parameter, all[i].value)))
			return false;
	return z != NULL;
}

static void
close_zstd(struct compress_stream *s)
{
	ZSTD_freeCCtx(s->with.zstd);
}

static int
run_zstd(struct compress_stream *s, struct pass *p, enum compress_step step)
{
	static const ZSTD_EndDirective ends[] = { ZSTD_e_continue, ZSTD_e_flush,
		ZSTD_e_end };
	ZSTD_inBuffer in = { p->in, p->left, 0 };
	ZSTD_outBuffer out = { p->out, sizeof(p->out), 0 };
	size_t left = ZSTD_compressStream2(s->with.zstd, &out, &in, ends[step]);

	if (ZSTD_isError(left))
		return -1;
	p->in += in.pos;
	p->left -= in.pos;
	p->n = out.pos;
	return p->left > 0 || (step != COMPRESS_MORE && left > 0);
}

static const struct compressor zstd = { open_zstd, close_zstd, run_zstd };
#endif

static const struct compressor *const compressors[CODING_COUNT] = {
#ifdef HAVE_ZLIB
	[CODING_GZIP] = &gzip,
#endif
#ifdef HAVE_BROTLI
	[CODING_BR] = &brotli,
#endif
#ifdef HAVE_ZSTD
	[CODING_ZSTD] = &zstd,
#endif
};

/* ---- all ---------------------------------------------------------------- */

struct compress_stream *
compress_stream_new(enum coding coding)
{
	struct compress_stream *s;

	if (compressors[coding] == NULL)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->by = compressors[coding];
	if (s->by->open(s))
		return s;
	compress_stream_free(s);
	return NULL;
}

void
compress_stream_free(struct compress_stream *s)
{
	if (s == NULL)
		return;
	s->by->close(s);
	free(s);
}

bool
compress_stream_take(struct compress_stream *s, const char *bytes, size_t len,
	enum compress_step step,
	void (*put)(void *arg, const char *bytes, size_t len), void *arg)
{
	struct pass p;
	int again;

	p.in = bytes;
	p.left = len;
	do {
		p.n = 0;
		again = s->by->run(s, &p, step);
		if (p.n > 0)
			put(arg, p.out, p.n);
	} while (again == 1);
	return again == 0;
}
