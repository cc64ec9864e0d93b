/*
 * Compressed messages (RFC 7692), from clients in pieces of any size, and from
 * the server.
 * SPDX-License-Identifier: MIT
 */
#include "api/ws_deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/websocket.h"
#include "conn/body_memory.h"
#include "support/harness.h"

#define K "\0\0\0\0"

enum { MOST = 3000, LONG = 300000 };

/* What a client sends with a key of zeros, and the result; "" with a code. */
struct row {
	struct span bytes;
	const char *text;
	int code;
};

// clang-format off
#define ROW(bytes, text) { { bytes, sizeof(bytes) - 1 }, text, 0 }
#define BAD(bytes, code) { { bytes, sizeof(bytes) - 1 }, "", code }

static const struct row rows[] = {
	/* RFC 7692 7.2.3.1: one frame, two frames. */
	ROW("\xc1\x87" K "\xf2\x48\xcd\xc9\xc9\x07\0", "Hello"),
	ROW("\x41\x83" K "\xf2\x48\xcd\x80\x84" K "\xc9\xc9\x07\0", "Hello"),
	/* 7.2.3.3: a block without compression. */
	ROW("\xc1\x8b" K "\0\x05\0\xfa\xff\x48\x65\x6c\x6c\x6f\0", "Hello"),
	/* 7.2.3.4: a block with BFINAL. */
	ROW("\xc1\x88" K "\xf3\x48\xcd\xc9\xc9\x07\0\0", "Hello"),
	/* The block with BFINAL is the empty one whose end is left out. */
	ROW("\xc1\x81" K "\x01", ""),
	ROW("\xc1\x8b" K "\0\x05\0\xfa\xff\x48\x65\x6c\x6c\x6f\x01", "Hello"),
	ROW("\xc1\x87" K "\xf2\x48\xcd\xc9\xc9\x07\x04", "Hello"),
	ROW("\x41\x86" K "\xf2\x48\xcd\xc9\xc9\x07\x80\x81" K "\x04",
	    "Hello"),
	/* Empty blocks with BFINAL: a whole stored one, one with fixed codes. */
	ROW("\xc1\x86" K "\x01\0\0\xff\xff\0", ""),
	ROW("\xc1\x86" K "\x01\0\0\xff\xff\x01", ""),
	ROW("\xc1\x83" K "\x03\0\0", ""),
	ROW("\xc1\x8a" K "\x03\0\xf3\x48\xcd\xc9\xc9\x07\0\x01",
	    "Hello"),
	/* 7.2.3.5: two blocks. */
	ROW("\xc1\x8d" K "\xf2\x48\x05\0\0\0\xff\xff\xca\xc9\xc9\x07\0",
	    "Hello"),
	/* 7.2.3.6: an empty one. */
	ROW("\xc1\x81" K "\0", ""),
	ROW("\xc1\x80" K, ""),
	/* A ping between two frames, and a message that is not compressed. */
	ROW("\x41\x83" K "\xf2\x48\xcd\x89\x80" K "\x80\x84" K
	    "\xc9\xc9\x07\0", "Hello"),
	ROW("\x81\x85" K "Hello", "Hello"),
	/* 7.2.3.2: the second one needs the window of the first one, which the
	 * server has told the client to forget. */
	BAD("\xc1\x85" K "\xf2\0\x11\0\0", 1007),
	/* 6: RSV1 on a continuation, on control frames; RSV2, RSV3. */
	BAD("\x41\x83" K "\xf2\x48\xcd\xc0\x84" K "\xc9\xc9\x07\0", 1002),
	BAD("\xc9\x80" K, 1002), BAD("\xca\x80" K, 1002),
	BAD("\xc8\x80" K, 1002), BAD("\xe1\x80" K, 1002),
	BAD("\xd1\x80" K, 1002), BAD("\xa1\x80" K, 1002),
	BAD("\x91\x80" K, 1002),
	/* Not deflate: a block of type 3, a stored block with a wrong length. */
	BAD("\xc1\x81" K "\x06", 1007),
	BAD("\xc1\x85" K "\0\x05\0\xfa\xfe", 1007),
	/* It ends within a block. */
	BAD("\xc1\x83" K "\xf2\x48\xcd", 1007),
	BAD("\xc1\x87" K "\xf3\x48\xcd\xc9\xc9\x07\0", 1007),
	BAD("\xc1\x88" K "\0\x05\0\xfa\xff\x48\x65\x6c", 1007),
	/* Not text: ff, stored. */
	BAD("\xc1\x87" K "\0\x01\0\xfe\xff\xff\0", 1007),
};
// clang-format on

static void
read_in_steps(const struct row *row, size_t step)
{
	struct body_memory memory = { .limit = 1 << 20 };
	struct websocket_event e = { .what = WEBSOCKET_GOT_NOTHING };
	struct websocket_reader r;
	size_t used;

	websocket_reader_init(&r, MOST);
	r.takes_deflate = true;
	r.memory = &memory;
	for (size_t at = 0; at < row->bytes.len; at += used) {
		size_t n = row->bytes.len - at;

		used = websocket_read(&r,
			(struct span){
				row->bytes.at + at, n < step ? n : step },
			&e);
		ck_assert_uint_gt(used, 0);
		if (e.what == WEBSOCKET_GOT_ERROR)
			break;
	}
	ck_assert_int_eq(e.code, row->code);
	ck_assert_int_eq(e.what,
		row->code == 0 ? WEBSOCKET_GOT_MESSAGE : WEBSOCKET_GOT_ERROR);
	if (row->code == 0)
		ck_assert_str_eq(e.content.at, row->text);
	websocket_reader_fini(&r);
	ck_assert_uint_eq(memory.used, 0);
}

START_TEST(a_compressed_message_is_read_however_it_is_split)
{
	for (size_t step = 1; step <= rows[_i].bytes.len; step++)
		read_in_steps(&rows[_i], step);
}
END_TEST

START_TEST(a_compressed_message_needs_the_extension)
{
	struct websocket_reader r;
	struct websocket_event e;

	websocket_reader_init(&r, MOST);
	websocket_read(&r, rows[0].bytes, &e);
	ck_assert_int_eq(e.code, 1002);
	websocket_reader_fini(&r);
}
END_TEST

/* ---- both directions ----------------------------------------------------- */

static struct ws_deflate *deflate;

static void
free_deflate(void)
{
	ws_deflate_free(deflate);
	deflate = NULL;
}

/* A client's frame of what the server would send. */
static size_t
make_frame(char *to, unsigned window_bits, const char *bytes, size_t len)
{
	uint8_t head[WEBSOCKET_HEAD];
	const char *small;
	size_t n, head_len;

	n = ws_deflate_message(&deflate, window_bits, bytes, len, &small);
	if (n == 0)
		return 0;
	ck_assert_uint_lt(n, len);
	head_len = websocket_head(head, WEBSOCKET_BINARY, n);
	head[0] |= WEBSOCKET_COMPRESSED;
	head[1] |= 0x80;
	memcpy(to, head, head_len);
	memset(to + head_len, 0, 4);
	memcpy(to + head_len + 4, small, n);
	return head_len + 4 + n;
}

/* Reads all; returns how many calls that took. */
static unsigned
read_frame(struct websocket_reader *r, const char *frame, size_t len,
	struct websocket_event *e)
{
	unsigned calls = 0;

	for (size_t at = 0; at < len; calls++) {
		at += websocket_read(
			r, (struct span){ frame + at, len - at }, e);
		ck_assert_uint_lt(
			r->inflated, WEBSOCKET_INFLATED + 256 * 1032 + 1);
		if (e->what != WEBSOCKET_GOT_NOTHING)
			break;
	}
	return calls;
}

START_TEST(a_message_is_the_same_for_every_window_and_length)
{
	static const size_t lengths[] = { 64, 65, 1000, 40000, 65536 };
	static char bytes[65536], frame[70000];
	struct websocket_reader r;
	struct websocket_event e;
	size_t n;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = "a line of a text, "[i * i % 18];
	websocket_reader_init(&r, sizeof(bytes));
	r.takes_deflate = true;
	for (unsigned bits = 9; bits <= 15; bits++)
		for (size_t i = 0; i < ROWS(lengths); i++) {
			n = make_frame(frame, bits, bytes, lengths[i]);
			ck_assert_uint_gt(n, 0);
			read_frame(&r, frame, n, &e);
			ck_assert_int_eq(e.what, WEBSOCKET_GOT_MESSAGE);
			ck_assert_uint_eq(e.content.len, lengths[i]);
			ck_assert_mem_eq(e.content.at, bytes, lengths[i]);
		}
	websocket_reader_fini(&r);
	free_deflate();
}
END_TEST

START_TEST(what_does_not_get_smaller_is_sent_as_it_is)
{
	static char bytes[65537], frame[70000];
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = (char)(random >> 24);
	}
	ck_assert_uint_eq(make_frame(frame, 15, bytes, 1000), 0);
	memset(bytes, 'x', sizeof(bytes));
	ck_assert_uint_eq(make_frame(frame, 15, bytes, 63), 0);
	ck_assert_uint_eq(make_frame(frame, 15, bytes, 65537), 0);
	ck_assert_uint_gt(make_frame(frame, 15, bytes, 65536), 0);
	free_deflate();
}
END_TEST

/* ---- limits -------------------------------------------------------------- */

/* Returns a frame that inflates to about a megabyte for each block of zeros:
 * blocks of the same message follow one another. */
static size_t
make_bomb(char *frame, size_t blocks)
{
	static char zeros[65536];
	const char *small;
	size_t n, at = WEBSOCKET_CLIENT_HEAD;

	n = ws_deflate_message(&deflate, 15, zeros, sizeof(zeros), &small);
	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < blocks; i++, at += n + 4) {
		memcpy(frame + at, small, n);
		memcpy(frame + at + n, "\0\0\xff\xff", 4);
	}
	at -= 4; /* The reader adds the last one. */
	memset(frame, 0, WEBSOCKET_CLIENT_HEAD);
	frame[0] = (char)0xc2;
	frame[1] = (char)0xfe;
	frame[2] = (char)((at - 8 - 6) >> 8);
	frame[3] = (char)(at - 8 - 6);
	/* The head of this length has 8 bytes. */
	memmove(frame + 8, frame + WEBSOCKET_CLIENT_HEAD,
		at - WEBSOCKET_CLIENT_HEAD);
	return at - 6;
}

START_TEST(a_message_too_large_ends_while_it_is_inflated)
{
	struct body_memory memory = { .limit = 1 << 30 };
	static char frame[32768];
	struct websocket_reader r;
	struct websocket_event e;
	size_t len = make_bomb(frame, 100);

	websocket_reader_init(&r, LONG);
	r.takes_deflate = true;
	r.memory = &memory;
	read_frame(&r, frame, len, &e);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_ERROR);
	ck_assert_int_eq(e.code, 1009);
	ck_assert_uint_le(memory.used, LONG + 2 + WS_INFLATE_MEMORY);
	websocket_reader_fini(&r);
	ck_assert_uint_eq(memory.used, 0);
	free_deflate();
}
END_TEST

START_TEST(a_message_that_finds_no_memory_is_an_error)
{
	struct body_memory memory = { .limit = LONG };
	static char frame[32768];
	struct websocket_reader r;
	struct websocket_event e;
	size_t len = make_bomb(frame, 100);

	for (size_t used = 0; used <= LONG; used += LONG) {
		memory.used = used;
		websocket_reader_init(&r, SIZE_MAX);
		r.takes_deflate = true;
		r.memory = &memory;
		read_frame(&r, frame, len, &e);
		ck_assert_int_eq(e.what, WEBSOCKET_GOT_ERROR);
		ck_assert_int_eq(e.code, 1013);
		websocket_reader_fini(&r);
		ck_assert_uint_eq(memory.used, used);
	}
	free_deflate();
}
END_TEST

START_TEST(a_call_inflates_a_bounded_part)
{
	static char frame[32768];
	struct websocket_reader r;
	struct websocket_event e;
	size_t len = make_bomb(frame, 100);

	websocket_reader_init(&r, SIZE_MAX);
	r.takes_deflate = true;
	ck_assert_uint_gt(read_frame(&r, frame, len, &e), 10);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_MESSAGE);
	ck_assert_uint_eq(e.content.len, 100 * 65536);
	websocket_reader_fini(&r);
	free_deflate();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_compressed_message_is_read_however_it_is_split,
			ROWS(rows) },
		{ a_compressed_message_needs_the_extension, 0 },
		{ a_message_is_the_same_for_every_window_and_length, 0 },
		{ what_does_not_get_smaller_is_sent_as_it_is, 0 },
		{ a_message_too_large_ends_while_it_is_inflated, 0 },
		{ a_message_that_finds_no_memory_is_an_error, 0 },
		{ a_call_inflates_a_bounded_part, 0 },
	};

	return ws_deflate_is_supported()
		       ? harness_run("ws_deflate", tests, ROWS(tests))
		       : 77;
}
