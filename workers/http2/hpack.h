/*
 * HPACK, the field compression of HTTP/2 (RFC 7541), from the server to the
 * client.  What repeats is put into the dynamic table, and then takes a byte or
 * two.  A value that may never come again, as an ETag, would only push others
 * out: it is put there when it comes for the second time.  A row remembers its
 * entry, so that the rows of a file are not compared for each request.
 * SPDX-License-Identifier: MIT
 */
#ifndef HPACK_H
#define HPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/field_rows.h"

struct small_pool;
struct hpack_entry;

enum {
	HPACK_TABLE = 4096, /* bytes at most (RFC 7541 4.1), as at first */
	HPACK_SLOTS = 32,
	HPACK_NUMBER = 6,                 /* bytes of a number, at most */
	HPACK_BEGIN = 2 * HPACK_NUMBER,   /* of hpack_begin() */
	HPACK_STATUS = 6,                 /* of hpack_put_status() */
	HPACK_ROW = 1 + 2 * HPACK_NUMBER, /* beside the name and the value */
};

/* The entries stand in the order in which they were added. */
struct hpack_encoder {
	struct small_pool *memory;
	struct hpack_entry *oldest, *newest;
	struct hpack_entry *slots[HPACK_SLOTS]; /* by hash */
	uint32_t seen[HPACK_SLOTS]; /* hashes of rows that were not added */
	/* The number of the entry that was added last, and of the one that was
	 * evicted last. */
	uint64_t added, evicted;
	uint32_t size, most; /* bytes of the table */
	uint32_t smallest;   /* since the client was told a size */
	bool has_new_size;
};

void hpack_encoder_init(struct hpack_encoder *, struct small_pool *);
void hpack_encoder_fini(struct hpack_encoder *);

/* The client allows so many bytes: SETTINGS_HEADER_TABLE_SIZE. */
void hpack_resize(struct hpack_encoder *, uint32_t most);

/* These write a part of a field block, and return its end.  hpack_begin() is
 * the first of each block. */
char *hpack_begin(struct hpack_encoder *, char *to);
char *hpack_put_status(char *to, int status);
char *hpack_put_row(struct hpack_encoder *, struct field_row *, char *to);

#endif
