/*
 * The decoder on the other side adds and evicts the same entries, so that both
 * count the same indexes.
 * SPDX-License-Identifier: MIT
 */
#include "http2/hpack.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "common/small_pool.h"
#include "http2/huffman.h"

enum {
	ENTRY_OVERHEAD = 32, /* RFC 7541 4.1 */
	FIRST_INDEX = 62,    /* of the dynamic table (RFC 7541 2.3.3) */
	PART_OF_TABLE = 2,   /* an entry takes at most one in so many */
};

/* The first byte of a representation, and the bits of it that belong to a
 * number (RFC 7541 6). */
enum {
	INDEXED = 0x80,
	INDEXED_BITS = 7,
	ADDED = 0x40,
	ADDED_BITS = 6,
	TABLE_SIZE = 0x20,
	TABLE_SIZE_BITS = 5,
	NOT_ADDED = 0x00,
	NEVER_ADDED = 0x10, /* by an intermediary either (RFC 7541 7.1.3) */
	NOT_ADDED_BITS = 4,
	HUFFMAN = 0x80,
	STRING_BITS = 7,
};

/* Names in the static table (RFC 7541, appendix A). */
enum {
	NAME_OTHER = 0,
	NAME_STATUS = 8,
	NAME_AGE = 21,
	NAME_CONTENT_LENGTH = 28,
	NAME_CONTENT_RANGE = 30,
	NAME_ETAG = 34,
	NAME_LAST_MODIFIED = 44,
	NAME_LOCATION = 46,
	NAME_SET_COOKIE = 55,
};

struct hpack_entry {
	struct hpack_entry *newer;
	struct hpack_entry *next; /* in its slot: an older one */
	uint64_t number;
	uint32_t hash;
	uint16_t name_len, value_len;
	char text[]; /* name and value */
};

/* ---- numbers and strings ------------------------------------------------- */

/* RFC 7541 5.1. */
static inline char *
put_number(char *to, unsigned first, unsigned bits, size_t n)
{
	unsigned most = (1U << bits) - 1;

	if (n < most) {
		*to++ = (char)(first | n);
		return to;
	}
	*to++ = (char)(first | most);
	for (n -= most; n >= 0x80; n >>= 7)
		*to++ = (char)(0x80 | (n & 0x7f));
	*to++ = (char)n;
	return to;
}

/* RFC 7541 5.2. */
static char *
put_string(char *to, struct span s)
{
	size_t len = huffman_length(s);

	if (len < s.len)
		return huffman_put(
			put_number(to, HUFFMAN, STRING_BITS, len), s);
	return span_put(put_number(to, 0, STRING_BITS, s.len), s);
}

/* ---- the dynamic table --------------------------------------------------- */

static uint32_t
size_of(size_t name, size_t value)
{
	return (uint32_t)(name + value + ENTRY_OVERHEAD);
}

static void
evict_oldest(struct hpack_encoder *e)
{
	struct hpack_entry *oldest = e->oldest;
	struct hpack_entry **link = &e->slots[oldest->hash % HPACK_SLOTS];

	while (*link != oldest)
		link = &(*link)->next;
	*link = NULL; /* newer ones stand before it */
	e->oldest = oldest->newer;
	e->evicted = oldest->number;
	if (e->oldest == NULL)
		e->newest = NULL;
	e->size -= size_of(oldest->name_len, oldest->value_len);
	small_pool_put(e->memory, oldest);
}

static void
shrink_table(struct hpack_encoder *e, uint32_t most)
{
	while (e->size > most)
		evict_oldest(e);
}

static bool
is_entry_of(const struct hpack_entry *entry, const struct field_row *row)
{
	return entry->hash == row->hash && entry->name_len == row->name.len &&
	       entry->value_len == row->value.len &&
	       memcmp(entry->text, row->name.at, row->name.len) == 0 &&
	       memcmp(entry->text + row->name.len, row->value.at,
		       row->value.len) == 0;
}

static const struct hpack_entry *
find_entry(const struct hpack_encoder *e, const struct field_row *row)
{
	const struct hpack_entry *entry = e->slots[row->hash % HPACK_SLOTS];

	while (entry != NULL && !is_entry_of(entry, row))
		entry = entry->next;
	return entry;
}

/* There is room for it. */
static void
add_entry(struct hpack_encoder *e, const struct field_row *row)
{
	struct hpack_entry **slot = &e->slots[row->hash % HPACK_SLOTS];
	struct hpack_entry *entry = small_pool_get(
		e->memory, sizeof(*entry) + row->name.len + row->value.len);

	assert(entry != NULL);
	*entry = (struct hpack_entry){
		.next = *slot,
		.hash = row->hash,
		.number = ++e->added,
		.name_len = (uint16_t)row->name.len,
		.value_len = (uint16_t)row->value.len,
	};
	span_put(span_put(entry->text, row->name), row->value);
	*slot = entry;
	if (e->newest != NULL)
		e->newest->newer = entry;
	else
		e->oldest = entry;
	e->newest = entry;
	e->size += size_of(row->name.len, row->value.len);
}

/* ---- what is added ------------------------------------------------------- */

/* Returns the index in the static table of a name that responses have; 0: it is
 * not there. */
static unsigned
find_name(struct span name)
{
	enum { LONGEST = 27, SAME_LENGTH = 4 };
	static const struct {
		const char *text;
		unsigned index;
	} names[LONGEST + 1][SAME_LENGTH] = {
		[3] = { { "age", NAME_AGE }, { "via", 60 } },
		[4] = { { "etag", NAME_ETAG }, { "date", 33 }, { "vary", 59 },
			{ "link", 45 } },
		[5] = { { "allow", 22 } },
		[6] = { { "server", 54 } },
		[7] = { { "expires", 36 }, { "refresh", 52 } },
		[8] = { { "location", NAME_LOCATION } },
		[10] = { { "set-cookie", NAME_SET_COOKIE } },
		[11] = { { "retry-after", 53 } },
		[12] = { { "content-type", 31 } },
		[13] = { { "last-modified", NAME_LAST_MODIFIED },
			{ "cache-control", 24 }, { "accept-ranges", 18 },
			{ "content-range", NAME_CONTENT_RANGE } },
		[14] = { { "content-length", NAME_CONTENT_LENGTH } },
		[16] = { { "content-encoding", 26 }, { "content-location", 29 },
			{ "content-language", 27 },
			{ "www-authenticate", 61 } },
		[18] = { { "proxy-authenticate", 48 } },
		[19] = { { "content-disposition", 25 } },
		[25] = { { "strict-transport-security", 56 } },
		[27] = { { "access-control-allow-origin", 20 } },
	};

	if (name.len > LONGEST)
		return NAME_OTHER;
	for (size_t i = 0; i < SAME_LENGTH; i++) {
		const char *text = names[name.len][i].text;

		if (text != NULL && memcmp(text, name.at, name.len) == 0)
			return names[name.len][i].index;
	}
	return NAME_OTHER;
}

/* Remembers it. */
static bool
has_come_before(struct hpack_encoder *e, uint32_t hash)
{
	uint32_t *seen = &e->seen[hash / HPACK_SLOTS % HPACK_SLOTS];
	bool is_seen = *seen == hash;

	*seen = hash;
	return is_seen;
}

static bool
must_add(struct hpack_encoder *e, const struct field_row *row, unsigned name)
{
	if (size_of(row->name.len, row->value.len) > e->most / PART_OF_TABLE)
		return false;
	switch (name) {
	case NAME_SET_COOKIE:
		return false;
	case NAME_OTHER:
	case NAME_AGE:
	case NAME_CONTENT_LENGTH:
	case NAME_CONTENT_RANGE:
	case NAME_ETAG:
	case NAME_LAST_MODIFIED:
	case NAME_LOCATION:
		return has_come_before(e, row->hash);
	default:
		return true;
	}
}

static char *
put_literal(struct hpack_encoder *e, const struct field_row *row, char *to)
{
	unsigned name = find_name(row->name);

	if (must_add(e, row, name)) {
		shrink_table(
			e, e->most - size_of(row->name.len, row->value.len));
		add_entry(e, row);
		to = put_number(to, ADDED, ADDED_BITS, name);
	} else {
		to = put_number(to,
			name == NAME_SET_COOKIE ? NEVER_ADDED : NOT_ADDED,
			NOT_ADDED_BITS, name);
	}
	if (name == NAME_OTHER)
		to = put_string(to, row->name);
	return put_string(to, row->value);
}

/* ---- interface ----------------------------------------------------------- */

/* A later encoder in the same memory never gets a number again that a row may
 * remember: adding an entry takes longer than a nanosecond. */
static uint64_t
first_number(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void
hpack_encoder_init(struct hpack_encoder *e, struct small_pool *memory)
{
	*e = (struct hpack_encoder){ .memory = memory, .most = HPACK_TABLE };
	e->added = e->evicted = first_number();
}

void
hpack_encoder_fini(struct hpack_encoder *e)
{
	shrink_table(e, 0);
}

/* RFC 7541 4.2: the smallest size since the last block, and the last. */
void
hpack_resize(struct hpack_encoder *e, uint32_t most)
{
	if (most > HPACK_TABLE)
		most = HPACK_TABLE;
	if (!e->has_new_size && most == e->most)
		return;
	if (!e->has_new_size || most < e->smallest)
		e->smallest = most;
	e->has_new_size = true;
	e->most = most;
	shrink_table(e, most);
}

char *
hpack_begin(struct hpack_encoder *e, char *to)
{
	if (!e->has_new_size)
		return to;
	e->has_new_size = false;
	if (e->smallest < e->most)
		to = put_number(to, TABLE_SIZE, TABLE_SIZE_BITS, e->smallest);
	return put_number(to, TABLE_SIZE, TABLE_SIZE_BITS, e->most);
}

/* RFC 7541, appendix A: a few are in the static table. */
char *
hpack_put_status(char *to, int status)
{
	static const int indexed[] = { 200, 204, 206, 304, 400, 404, 500 };
	const char digits[] = { (char)('0' + status / 100),
		(char)('0' + status / 10 % 10), (char)('0' + status % 10) };

	for (unsigned i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++)
		if (indexed[i] == status)
			return put_number(
				to, INDEXED, INDEXED_BITS, NAME_STATUS + i);
	to = put_number(to, NOT_ADDED, NOT_ADDED_BITS, NAME_STATUS);
	return put_string(to, (struct span){ digits, sizeof(digits) });
}

static char *
put_index(const struct hpack_encoder *e, const struct field_row *row, char *to)
{
	return put_number(to, INDEXED, INDEXED_BITS,
		FIRST_INDEX + (size_t)(e->added - row->number));
}

/* Kept apart: hpack_put_row() needs no registers but those of its arguments. */
static char *__attribute__((noinline))
find_row(struct hpack_encoder *e, struct field_row *row, char *to)
{
	const struct hpack_entry *entry = find_entry(e, row);

	if (entry == NULL)
		return put_literal(e, row, to);
	row->encoder = e;
	row->number = entry->number;
	return put_index(e, row, to);
}

char *
hpack_put_row(struct hpack_encoder *e, struct field_row *row, char *to)
{
	return row->encoder == e && row->number > e->evicted
		       ? put_index(e, row, to)
		       : find_row(e, row, to);
}
