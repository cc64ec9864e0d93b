/*
 * The worker raises begun, writes, and raises ended.  The reader takes what is
 * before ended and drops what was overwritten meanwhile, as begun tells.
 * SPDX-License-Identifier: MIT
 */
#include "common/recent_ring.h"

#include <stdbool.h>
#include <string.h>

static size_t
min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

void
recent_put(const struct recent *r, const char *lines, size_t len)
{
	uint64_t at = r->ring->ended;
	size_t from = (size_t)(at % r->size), first;

	if (len > r->size)
		return;
	first = min_size(len, r->size - from);
	atomic_store_explicit(&r->ring->begun, at + len, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	memcpy(r->ring->bytes + from, lines, first);
	memcpy(r->ring->bytes, lines + first, len - first);
	atomic_store_explicit(&r->ring->ended, at + len, memory_order_release);
}

/* Moves the whole lines behind the first lost bytes to the start of the buffer;
 * is_cut: what follows them may be the end of a line. */
static size_t
keep_lines(char *text, size_t len, size_t lost, bool is_cut)
{
	const char *first = text + lost, *last = memrchr(text, '\n', len);

	if (is_cut)
		first = memchr(first, '\n', len - lost);
	if (first == NULL || last == NULL)
		return 0;
	first += is_cut;
	if (first > last)
		return 0;
	len = (size_t)(last + 1 - first);
	memmove(text, first, len);
	return len;
}

size_t
recent_copy(const struct recent *r, char *to)
{
	uint64_t end =
		atomic_load_explicit(&r->ring->ended, memory_order_acquire);
	size_t len = min_size((size_t)end, r->size);
	size_t from = (size_t)((end - len) % r->size);
	size_t first = min_size(len, r->size - from), room = r->size - len;
	uint64_t overwritten;

	memcpy(to, r->ring->bytes + from, first);
	memcpy(to + first, r->ring->bytes, len - first);
	atomic_thread_fence(memory_order_acquire);
	overwritten =
		atomic_load_explicit(&r->ring->begun, memory_order_relaxed) -
		end;
	overwritten = overwritten > room ? overwritten - room : 0;
	if (overwritten >= len)
		return 0;
	return keep_lines(
		to, len, (size_t)overwritten, end > len || overwritten > 0);
}
