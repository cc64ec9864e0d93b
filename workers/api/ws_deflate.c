/*
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_deflate.h"

#include <stdint.h>
#include <stdlib.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#ifdef HAVE_ZLIB
enum {
	SMALLEST = 64,       /* bytes; what is smaller hardly gets smaller */
	LARGEST = 64 * 1024, /* bytes that take 0.3 to 2.3 ms */
	TAIL = 4,            /* RFC 7692 7.2.1: 00 00 ff ff is not sent */
	MEMORY_LEVEL = 8,
	WINDOW_BITS = 15, /* of a client at most */
	AT_BLOCK = 128,   /* zlib's data_type: between two blocks */
};

bool
ws_deflate_is_supported(void)
{
	return true;
}

/* ---- sending ------------------------------------------------------------- */

struct ws_deflate {
	z_stream z;
	unsigned window_bits;
	char out[LARGEST];
};

void
ws_deflate_free(struct ws_deflate *d)
{
	if (d == NULL)
		return;
	deflateEnd(&d->z);
	free(d);
}

static struct ws_deflate *
new_deflate(unsigned window_bits)
{
	struct ws_deflate *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->window_bits = window_bits;
	if (deflateInit2(&d->z, Z_BEST_SPEED, Z_DEFLATED, -(int)window_bits,
		    MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
		return d;
	free(d);
	return NULL;
}

static bool
prepare_deflate(struct ws_deflate **d, unsigned window_bits)
{
	if (*d != NULL && (*d)->window_bits != window_bits) {
		ws_deflate_free(*d);
		*d = NULL;
	}
	if (*d == NULL)
		*d = new_deflate(window_bits);
	return *d != NULL && deflateReset(&(*d)->z) == Z_OK;
}

size_t
ws_deflate_message(struct ws_deflate **d, unsigned window_bits,
	const void *bytes, size_t len, const char **result)
{
	z_stream *z;

	if (len < SMALLEST || len > LARGEST || !prepare_deflate(d, window_bits))
		return 0;
	z = &(*d)->z;
	z->next_in = (Bytef *)(uintptr_t)bytes;
	z->avail_in = (uInt)len;
	z->next_out = (Bytef *)(*d)->out;
	z->avail_out = (uInt)len;
	/* With no room left the result is not complete, nor smaller. */
	if (deflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_out == 0)
		return 0;
	*result = (*d)->out;
	return len - z->avail_out - TAIL;
}

/* ---- receiving ----------------------------------------------------------- */

struct ws_inflate {
	z_stream z;
	bool is_at_end; /* behind a block with BFINAL */
};

struct ws_inflate *
ws_inflate_new(void)
{
	struct ws_inflate *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return NULL;
	if (inflateInit2(&i->z, -WINDOW_BITS) == Z_OK)
		return i;
	free(i);
	return NULL;
}

void
ws_inflate_free(struct ws_inflate *i)
{
	if (i == NULL)
		return;
	inflateEnd(&i->z);
	free(i);
}

bool
ws_inflate_run(struct ws_inflate *i, struct ws_inflate_step *s)
{
	z_stream *z = &i->z;
	int got;

	z->next_in = (Bytef *)(uintptr_t)s->in;
	z->avail_in = (uInt)s->in_len;
	z->next_out = (Bytef *)s->out;
	z->avail_out = s->room > UINT32_MAX ? UINT32_MAX : (uInt)s->room;
	s->room -= z->avail_out;
	i->is_at_end = i->is_at_end && s->in_len == 0;
	do {
		got = inflate(z, Z_SYNC_FLUSH);
		/* RFC 7692 7.2.3.5: more blocks may follow one with BFINAL, in
		 * the same window. */
		if (got == Z_STREAM_END && inflateResetKeep(z) != Z_OK)
			got = Z_DATA_ERROR;
	} while (got == Z_STREAM_END && z->avail_in > 0);
	i->is_at_end = i->is_at_end || got == Z_STREAM_END;
	s->in += s->in_len - z->avail_in;
	s->in_len = z->avail_in;
	s->out = (char *)z->next_out;
	s->room += z->avail_out;
	/* Z_BUF_ERROR: there was nothing to do. */
	return got == Z_OK || got == Z_BUF_ERROR || got == Z_STREAM_END;
}

bool
ws_inflate_is_whole(const struct ws_inflate *i)
{
	return i->is_at_end || (i->z.data_type & AT_BLOCK) != 0;
}

#else /* !HAVE_ZLIB: it is never negotiated. */

bool
ws_deflate_is_supported(void)
{
	return false;
}

size_t
ws_deflate_message(struct ws_deflate **d, unsigned window_bits,
	const void *bytes, size_t len, const char **result)
{
	(void)d;
	(void)window_bits;
	(void)bytes;
	(void)len;
	(void)result;
	return 0;
}

void
ws_deflate_free(struct ws_deflate *d)
{
	(void)d;
}

struct ws_inflate *
ws_inflate_new(void)
{
	return NULL;
}

void
ws_inflate_free(struct ws_inflate *i)
{
	(void)i;
}

bool
ws_inflate_run(struct ws_inflate *i, struct ws_inflate_step *s)
{
	(void)i;
	(void)s;
	return false;
}

bool
ws_inflate_is_whole(const struct ws_inflate *i)
{
	(void)i;
	return false;
}
#endif
