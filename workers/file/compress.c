/*
 * Each level is the one beyond which time grows faster than the size shrinks,
 * since compression may run on the event loop.
 * SPDX-License-Identifier: MIT
 */
#include "file/compress.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
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
	WORTH_MIN = 256, /* bytes; a smaller file fits into one packet anyway */
	GZIP_LEVEL = 6,
	BROTLI_LEVEL = 5,
	ZSTD_LEVEL = 6,
};

/* ---- types -------------------------------------------------------------- */

/*
 * Types without parameters. "text/..." , "...+xml" and "...+json" are tested by
 * rules.
 */
static const struct span worth[] = {
	SPAN("application/ecmascript"),
	SPAN("application/geo+json"),
	SPAN("application/javascript"),
	SPAN("application/json"),
	SPAN("application/manifest+json"),
	SPAN("application/rtf"),
	SPAN("application/vnd.ms-fontobject"),
	SPAN("application/wasm"),
	SPAN("application/x-javascript"),
	SPAN("application/x-ndjson"),
	SPAN("application/xml"),
	SPAN("application/yaml"),
	SPAN("font/otf"),
	SPAN("font/ttf"),
	SPAN("image/bmp"),
	SPAN("image/svg+xml"),
	SPAN("image/vnd.microsoft.icon"),
	SPAN("image/x-icon"),
};

/* A type with such a suffix (RFC 6839) is text. */
static bool
has_text_suffix(struct span type)
{
	const char *plus = memrchr(type.at, '+', type.len);
	struct span suffix = { plus, 0 };

	if (plus == NULL)
		return false;
	suffix.len = (size_t)(type.at + type.len - plus);
	return span_is_nocase(suffix, SPAN("+xml")) ||
	       span_is_nocase(suffix, SPAN("+json"));
}

bool
compress_is_worth(const char *type, int64_t size)
{
	struct span name = { type, 0 };

	if (size < WORTH_MIN)
		return false;
	name.len = strcspn(type, "; ");
	if (strncasecmp(type, "text/", 5) == 0 || has_text_suffix(name))
		return true;
	for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++)
		if (span_is_nocase(name, worth[i]))
			return true;
	return false;
}

/* ---- compressors -------------------------------------------------------- */

#ifdef HAVE_ZLIB
static size_t
compress_gzip(const char *bytes, size_t len, char *to, size_t room)
{
	enum { WINDOW = 15, GZIP = 16, MEMORY = 8 };
	z_stream z = { 0 };
	int got;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, WINDOW + GZIP, MEMORY,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)room;
	got = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return got == Z_STREAM_END ? z.total_out : 0;
}
#endif

#ifdef HAVE_BROTLI
static size_t
compress_brotli(const char *bytes, size_t len, char *to, size_t room)
{
	size_t n = room;

	if (!BrotliEncoderCompress(BROTLI_LEVEL, BROTLI_DEFAULT_WINDOW,
		    BROTLI_MODE_GENERIC, len, (const uint8_t *)bytes, &n,
		    (uint8_t *)to))
		return 0;
	return n;
}
#endif

#ifdef HAVE_ZSTD
static size_t
compress_zstd(const char *bytes, size_t len, char *to, size_t room)
{
	size_t n = ZSTD_compress(to, room, bytes, len, ZSTD_LEVEL);

	return ZSTD_isError(n) ? 0 : n;
}
#endif

typedef size_t maker(const char *, size_t, char *, size_t);

static maker *const makers[CODING_COUNT] = {
#ifdef HAVE_ZLIB
	[CODING_GZIP] = compress_gzip,
#endif
#ifdef HAVE_BROTLI
	[CODING_BR] = compress_brotli,
#endif
#ifdef HAVE_ZSTD
	[CODING_ZSTD] = compress_zstd,
#endif
};

unsigned
compress_codings(void)
{
	unsigned mask = 0;

	for (int i = 0; i < CODING_COUNT; i++)
		if (makers[i] != NULL)
			mask |= 1u << i;
	return mask;
}

size_t
compress_bytes(enum coding coding, const char *bytes, size_t len, char *to,
	size_t room)
{
	assert(coding < CODING_COUNT && len <= UINT32_MAX);
	return makers[coding] == NULL ? 0
				      : makers[coding](bytes, len, to, room);
}
