/*
 * Frames and the messages they form, split at every offset. A row is what a
 * client sends, with a key of zeros, and the resulting events in words.
 * SPDX-License-Identifier: MIT
 */
#include "api/websocket.h"
#include "conn/body_memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/harness.h"

#define K "\0\0\0\0"

enum { MOST = 70000, TOLD = 1024 };

struct row {
	struct span bytes;
	const char *told;
};

// clang-format off
#define ROW(bytes, told) { { bytes, sizeof(bytes) - 1 }, told }
#define BAD(bytes) ROW(bytes, "error 1002")

static const struct row frames[] = {
	/* RFC 6455 5.7: the examples, as a client sends them. */
	ROW("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "text[Hello]"),
	ROW("\x01\x83" K "Hel\x80\x82" K "lo", "text[Hello]"),
	ROW("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "pong[Hello]"),
	ROW("\x89\x85" K "Hello", "ping[Hello]"),
	/* 5.6: data frames. */
	ROW("\x81\x80" K, "text[]"),
	ROW("\x82\x80" K, "binary[]"),
	ROW("\x82\x83" K "\xff\0\x80", "binary[\xff.\x80]"),
	ROW("\x81\x81" K "a\x81\x81" K "b\x82\x81" K "c",
	    "text[a]text[b]binary[c]"),
	/* 5.4: fragments. */
	ROW("\x01\x80" K "\x80\x80" K, "text[]"),
	ROW("\x01\x81" K "a\0\x81" K "b\0\x80" K "\x80\x81" K "c", "text[abc]"),
	ROW("\x02\x81" K "a\0\x81" K "b\x80\x80" K "\x81\x81" K "c",
	    "binary[ab]text[c]"),
	/* 5.5: control frames, between fragments, too. */
	ROW("\x89\x80" K "\x8a\x80" K, "ping[]pong[]"),
	ROW("\x01\x81" K "a\x89\x81" K "p\x80\x81" K "b", "ping[p]text[ab]"),
	ROW("\x01\x81" K "a\x8a\x80" K "\0\x81" K "b\x89\x80" K "\x80\x80" K,
	    "pong[]ping[]text[ab]"),
	ROW("\x01\x81" K "a\x88\x80" K "\x80\x81" K "b", "close 1005[]"),
	/* 5.2: a length that needs more bytes. */
	ROW("\x82\xfe\0\x7e" K
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345",
	    "binary[0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345]"),
};

static const struct row bad_frames[] = {
	/* 5.1: a client masks. */
	BAD("\x81\x05Hello"), BAD("\x89\0"), BAD("\x88\0"),
	BAD("\x82\x7e\0\x7e"), BAD("\x01\x83" K "Hel\x80\x02lo"),
	/* 5.2: reserved bits: no extension was negotiated. */
	BAD("\xc1\x80" K), BAD("\xa1\x80" K), BAD("\x91\x80" K),
	BAD("\xf2\x80" K), BAD("\xc9\x80" K), BAD("\x98\x80" K),
	BAD("\x41\x80" K), BAD("\x01\x80" K "\xc0\x80" K),
	/* Reserved opcodes. */
	BAD("\x83\x80" K), BAD("\x84\x80" K), BAD("\x85\x80" K),
	BAD("\x86\x80" K), BAD("\x87\x80" K), BAD("\x8b\x80" K),
	BAD("\x8c\x80" K), BAD("\x8d\x80" K), BAD("\x8e\x80" K),
	BAD("\x8f\x80" K), BAD("\x03\x80" K), BAD("\x0b\x80" K),
	BAD("\x01\x80" K "\x83\x80" K), BAD("\x01\x80" K "\x8b\x80" K),
	/* 5.4: continuations of nothing, beginnings within a message. */
	BAD("\x80\x80" K), BAD("\0\x80" K), BAD("\x80\x81" K "a"),
	BAD("\x01\x80" K "\x81\x80" K), BAD("\x01\x80" K "\x01\x80" K),
	BAD("\x02\x80" K "\x82\x80" K), BAD("\x01\x80" K "\x82\x80" K),
	/* 5.5: control frames in pieces, and too long. */
	BAD("\x09\x80" K), BAD("\x0a\x80" K), BAD("\x08\x80" K),
	BAD("\x89\xfe\0\x7e"), BAD("\x8a\xfe\0\x05"), BAD("\x88\xfe\0\x7e"),
	BAD("\x89\xff\0\0\0\0\0\0\0\0"),
	/* 5.2: not the shortest length; more than 63 bits. */
	BAD("\x82\xfe\0\0" K), BAD("\x82\xfe\0\x7d" K),
	BAD("\x82\xff\0\0\0\0\0\0\0\0" K), BAD("\x82\xff\0\0\0\0\0\0\0\x7d" K),
	BAD("\x82\xff\0\0\0\0\0\0\xff\xff" K),
	BAD("\x82\xff\x80\0\0\0\0\x01\0\0" K),
	BAD("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" K),
	/* Messages before the error are reported. */
	ROW("\x81\x81" K "a\x83\x80" K, "text[a]error 1002"),
	ROW("\x89\x80" K "\x81\x05Hello", "ping[]error 1002"),
	/* 10.4: MOST bytes, announced in one, or in several frames. */
	ROW("\x82\xff\0\0\0\0\0\x01\x11\x71" K, "error 1009"),
	ROW("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" K, "error 1009"),
	ROW("\x02\x81" K "a\0\xff\0\0\0\0\0\x01\x11\x70" K, "error 1009"),
};

/* RFC 6455 5.5.1, 7.4. */
#define CLOSE(code, reason, len) "\x88" len K code reason
static const struct row closes[] = {
	ROW("\x88\x80" K, "close 1005[]"),
	ROW("\x88\x80" K "\x81\x81" K "a\x83", "close 1005[]"),
	ROW(CLOSE("\x03\xe8", "", "\x82"), "close 1000[]"),
	ROW(CLOSE("\x03\xe8", "bye", "\x85"), "close 1000[bye]"),
	ROW(CLOSE("\x03\xe9", "", "\x82"), "close 1001[]"),
	ROW(CLOSE("\x03\xea", "", "\x82"), "close 1002[]"),
	ROW(CLOSE("\x03\xeb", "", "\x82"), "close 1003[]"),
	ROW(CLOSE("\x03\xef", "", "\x82"), "close 1007[]"),
	ROW(CLOSE("\x03\xf0", "", "\x82"), "close 1008[]"),
	ROW(CLOSE("\x03\xf1", "", "\x82"), "close 1009[]"),
	ROW(CLOSE("\x03\xf2", "", "\x82"), "close 1010[]"),
	ROW(CLOSE("\x03\xf3", "", "\x82"), "close 1011[]"),
	ROW(CLOSE("\x03\xf6", "", "\x82"), "close 1014[]"),
	ROW(CLOSE("\x0b\xb8", "", "\x82"), "close 3000[]"),
	ROW(CLOSE("\x0f\x9f", "", "\x82"), "close 3999[]"),
	ROW(CLOSE("\x0f\xa0", "", "\x82"), "close 4000[]"),
	ROW(CLOSE("\x13\x87", "\xc3\xa4", "\x84"), "close 4999[\xc3\xa4]"),
	ROW(CLOSE("\x03\xe8", "0123456789012345678901234567890123456789"
	          "0123456789012345678901234567890123456789"
	          "0123456789012345678901234567890123456789012", "\xfd"),
	    "close 1000[0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012]"),
	BAD("\x88\x81" K "\x03"), BAD("\x88\x81"),
	BAD(CLOSE("\0\0", "", "\x82")),
	BAD(CLOSE("\0\x01", "", "\x82")),
	BAD(CLOSE("\x03\xe7", "", "\x82")), /* 999 */
	BAD(CLOSE("\x03\xec", "", "\x82")), /* 1004 */
	BAD(CLOSE("\x03\xed", "", "\x82")), /* 1005 */
	BAD(CLOSE("\x03\xee", "x", "\x83")), /* 1006 */
	BAD(CLOSE("\x03\xf7", "", "\x82")), /* 1015 */
	BAD(CLOSE("\x03\xf8", "", "\x82")), /* 1016 */
	BAD(CLOSE("\x04\x4c", "", "\x82")), /* 1100 */
	BAD(CLOSE("\x07\xd0", "", "\x82")), /* 2000 */
	BAD(CLOSE("\x0b\xb7", "", "\x82")), /* 2999 */
	BAD(CLOSE("\x13\x88", "", "\x82")), /* 5000 */
	BAD(CLOSE("\xff\xff", "", "\x82")),
	ROW(CLOSE("\x03\xe8", "\xff", "\x83"), "error 1007"),
	ROW(CLOSE("\x03\xe8", "ab\xc3", "\x85"), "error 1007"),
	ROW(CLOSE("\x03\xe8", "\xed\xa0\x80", "\x85"), "error 1007"),
};

/* RFC 6455 8.1. */
static const struct row texts[] = {
	ROW("\x81\x82" K "\xc3\xa4", "text[\xc3\xa4]"),
	ROW("\x81\x8b" K "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
	    "text[\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5]"),
	ROW("\x81\x84" K "\xf4\x8f\xbf\xbf", "text[\xf4\x8f\xbf\xbf]"),
	/* A character in two, three, four frames, with a ping in it. */
	ROW("\x01\x81" K "\xc3\x80\x81" K "\xa4", "text[\xc3\xa4]"),
	ROW("\x01\x81" K "\xf0\0\x81" K "\x90\0\x81" K "\x80\x80\x81" K "\x80",
	    "text[\xf0\x90\x80\x80]"),
	ROW("\x01\x81" K "\xe2\x89\x80" K "\0\x80" K "\x80\x82" K "\x82\xac",
	    "ping[]text[\xe2\x82\xac]"),
	/* Not text at its end, and not text at once. */
	ROW("\x81\x81" K "\xc3", "error 1007"),
	ROW("\x01\x81" K "\xc3\x80\x80" K, "error 1007"),
	ROW("\x01\x81" K "\xc3\x80\x81" K "a", "error 1007"),
	ROW("\x81\x81" K "\x80", "error 1007"),
	ROW("\x81\x82" K "\xc0\x80", "error 1007"),
	ROW("\x81\x90" K "\xff", "error 1007"),
	ROW("\x01\x84" K "abc\xff", "error 1007"),
	ROW("\x81\xfe\xff\xff" K "\xed\xa0", "error 1007"),
	ROW("\x81\x81" K "a\x81\x81" K "\xfe\x89\x80" K, "text[a]error 1007"),
	/* Binary need not be text. */
	ROW("\x82\x81" K "\xc3", "binary[\xc3]"),
	ROW("\x02\x81" K "\xff\x80\x81" K "\xc0", "binary[\xff\xc0]"),
};
// clang-format on

/* ---- events ------------------------------------------------------------- */

static const char *
name_of(const struct websocket_event *e)
{
	switch (e->opcode) {
	case WEBSOCKET_TEXT:
		return "text";
	case WEBSOCKET_BINARY:
		return "binary";
	case WEBSOCKET_PING:
		return "ping";
	case WEBSOCKET_PONG:
		return "pong";
	default:
		ck_abort_msg("opcode %d", e->opcode);
		return "";
	}
}

static void
tell(char told[TOLD], const struct websocket_event *e)
{
	char *to = told + strlen(told);
	size_t room = (size_t)(told + TOLD - to);

	if (e->what == WEBSOCKET_GOT_ERROR) {
		snprintf(to, room, "error %d", e->code);
		return;
	}
	ck_assert_int_eq(e->content.at[e->content.len], '\0');
	if (e->opcode == WEBSOCKET_CLOSE)
		to += snprintf(to, room, "close %d", e->code);
	else
		to += snprintf(to, room, "%s", name_of(e));
	*to++ = '[';
	for (size_t i = 0; i < e->content.len; i++)
		*to++ = e->content.at[i] == '\0' ? '.' : e->content.at[i];
	*to++ = ']';
	*to = '\0';
}

/* A piece in memory of its own size. */
static void
take(struct websocket_reader *r, const char *bytes, size_t len, char *told)
{
	char *piece = malloc(len + (len == 0));
	struct websocket_event e;

	ck_assert_ptr_nonnull(piece);
	memcpy(piece, bytes, len);
	for (size_t at = 0, used; at < len; at += used) {
		used = websocket_read(
			r, (struct span){ piece + at, len - at }, &e);
		if (used == 0 || used > len - at)
			ck_abort_msg("it took %zu of %zu", used, len - at);
		if (e.what != WEBSOCKET_GOT_NOTHING)
			tell(told, &e);
		else if (used < len - at)
			ck_abort_msg("it took %zu for nothing", used);
	}
	free(piece);
}

static void
assert_row(const struct row *row, size_t first, size_t step)
{
	size_t len = row->bytes.len, n;
	struct websocket_reader r;
	char told[TOLD] = "";

	websocket_reader_init(&r, MOST);
	for (size_t at = 0; at < len; at += n) {
		n = at == 0 && first > 0 ? first : step;
		n = n < len - at ? n : len - at;
		take(&r, row->bytes.at + at, n, told);
	}
	if (strcmp(told, row->told) != 0)
		ck_abort_msg("cut at %zu, then every %zu: %s, not %s", first,
			step, told, row->told);
	websocket_reader_fini(&r);
}

static void
assert_row_in_pieces(const struct row *row)
{
	size_t len = row->bytes.len;

	for (size_t first = 0; first <= len; first++) {
		assert_row(row, first, len);
		assert_row(row, first, 1);
		assert_row(row, first, 3);
	}
}

START_TEST(split_frames_yield_the_same_messages)
{
	assert_row_in_pieces(&frames[_i]);
}
END_TEST

START_TEST(an_invalid_frame_is_an_error_however_it_is_split)
{
	assert_row_in_pieces(&bad_frames[_i]);
}
END_TEST

START_TEST(a_close_frame_has_a_valid_code_and_reason)
{
	assert_row_in_pieces(&closes[_i]);
}
END_TEST

START_TEST(text_is_validated_across_fragments)
{
	assert_row_in_pieces(&texts[_i]);
}
END_TEST

/* ---- generated ones ------------------------------------------------------ */

static size_t
put_frame(char *to, int first, const char *bytes, size_t len, uint32_t key)
{
	uint8_t head[WEBSOCKET_HEAD];
	size_t n = websocket_head(head, first & 0xf, len);

	head[0] = (uint8_t)first;
	head[1] |= 0x80;
	memcpy(to, head, n);
	memcpy(to + n, &key, sizeof(key));
	for (size_t i = 0; i < len; i++)
		to[n + 4 + i] = (char)(bytes[i] ^ (to + n)[i % 4]);
	return n + 4 + len;
}

static const size_t lengths[] = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 124, 125,
	126, 127, 128, 255, 256, 1000, 65535, 65536, MOST };

static char *
make_pattern(void)
{
	char *bytes = malloc(MOST);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < MOST; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	return bytes;
}

/* Asserts the one message that input in pieces of step bytes yields. */
static void
assert_message(const char *wire, size_t len, size_t step, const char *bytes,
	size_t message_len)
{
	struct websocket_reader r;
	struct websocket_event e = { .what = WEBSOCKET_GOT_NOTHING };

	websocket_reader_init(&r, MOST);
	for (size_t at = 0; at < len; at += step) {
		size_t n = step < len - at ? step : len - at;

		ck_assert_int_eq(e.what, WEBSOCKET_GOT_NOTHING);
		ck_assert_uint_eq(
			websocket_read(&r, (struct span){ wire + at, n }, &e),
			n);
	}
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_MESSAGE);
	ck_assert_uint_eq(e.content.len, message_len);
	ck_assert_mem_eq(e.content.at, bytes, message_len);
	websocket_reader_fini(&r);
}

START_TEST(a_message_of_any_length_is_unmasked)
{
	static const size_t steps[] = { 1, 2, 5, 13, 4096, MOST * 2 };
	static const uint32_t keys[] = { 0, 0xffffffff, 0x12345678, 0x80 };
	char *bytes = make_pattern(), *wire = malloc(MOST + 64);
	size_t len = lengths[_i];

	ck_assert_ptr_nonnull(wire);
	for (size_t k = 0; k < ROWS(keys); k++)
		for (size_t s = 0; s < ROWS(steps); s++)
			assert_message(wire,
				put_frame(wire, 0x82, bytes, len, keys[k]),
				steps[s], bytes, len);
	free(wire);
	free(bytes);
}
END_TEST

START_TEST(a_message_is_the_same_at_every_fragmentation)
{
	enum { LEN = 40 };
	char *bytes = make_pattern(), wire[256];

	for (size_t a = 0; a <= LEN; a++) {
		for (size_t b = a; b <= LEN; b++) {
			size_t n = put_frame(wire, 0x02, bytes, a, 0x31323334);

			n += put_frame(
				wire + n, 0x00, bytes + a, b - a, 0xa5a6a7a8);
			n += put_frame(
				wire + n, 0x80, bytes + b, LEN - b, 0x01000001);
			assert_message(wire, n, sizeof(wire), bytes, LEN);
			assert_message(wire, n, 7, bytes, LEN);
		}
	}
	free(bytes);
}
END_TEST

START_TEST(a_frame_head_has_the_shortest_length)
{
	static const struct {
		size_t len;
		struct span head;
	} rows[] = {
		{ 0, { "\x82\0", 2 } },
		{ 125, { "\x82\x7d", 2 } },
		{ 126, { "\x82\x7e\0\x7e", 4 } },
		{ 65535, { "\x82\x7e\xff\xff", 4 } },
		{ 65536, { "\x82\x7f\0\0\0\0\0\x01\0\0", 10 } },
		{ 0x123456789, { "\x82\x7f\0\0\0\x01\x23\x45\x67\x89", 10 } },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t head[WEBSOCKET_HEAD];

		ck_assert_uint_eq(
			websocket_head(head, WEBSOCKET_BINARY, rows[i].len),
			rows[i].head.len);
		ck_assert_mem_eq(head, rows[i].head.at, rows[i].head.len);
	}
}
END_TEST

START_TEST(memory_grows_with_bytes_received_not_announced)
{
	struct websocket_reader r;
	struct websocket_event e;

	websocket_reader_init(&r, 1u << 30);
	websocket_read(&r, SPAN("\x82\xff\0\0\0\0\x3f\xff\xff\xff" K "x"), &e);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_NOTHING);
	ck_assert_uint_le(r.size, 1024);
	websocket_reader_fini(&r);
}
END_TEST

START_TEST(a_message_that_finds_no_memory_is_an_error)
{
	char *bytes = make_pattern(), *wire = malloc(MOST + 64);
	size_t len = put_frame(wire, 0x82, bytes, MOST, 0x12345678);
	struct body_memory memory = { .limit = MOST + 4096, .used = 8192 };
	struct websocket_reader r;
	struct websocket_event e;

	websocket_reader_init(&r, MOST);
	r.memory = &memory;
	websocket_read(&r, (struct span){ wire, len }, &e);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_ERROR);
	ck_assert_int_eq(e.code, 1013);
	websocket_reader_fini(&r);
	ck_assert_uint_eq(memory.used, 8192);

	memory.used = 0;
	websocket_reader_init(&r, MOST);
	r.memory = &memory;
	websocket_read(&r, (struct span){ wire, len }, &e);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_MESSAGE);
	ck_assert_uint_eq(memory.used, r.size);
	websocket_read(&r, SPAN("\x82\x81" K "x"), &e);
	ck_assert_uint_le(memory.used, 1024);
	websocket_reader_fini(&r);
	ck_assert_uint_eq(memory.used, 0);
	free(wire);
	free(bytes);
}
END_TEST

START_TEST(a_long_message_frees_its_memory)
{
	char *bytes = make_pattern(), *wire = malloc(MOST + 64);
	size_t len = put_frame(wire, 0x82, bytes, MOST, 0x12345678);
	struct websocket_reader r;
	struct websocket_event e;

	websocket_reader_init(&r, MOST);
	websocket_read(&r, (struct span){ wire, len }, &e);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_MESSAGE);
	websocket_read(&r, SPAN("\x82\x81" K "x"), &e);
	ck_assert_int_eq(e.what, WEBSOCKET_GOT_MESSAGE);
	ck_assert_mem_eq(e.content.at, "x", 2);
	ck_assert_uint_le(r.size, 1024);
	websocket_reader_fini(&r);
	free(wire);
	free(bytes);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ split_frames_yield_the_same_messages, ROWS(frames) },
		{ an_invalid_frame_is_an_error_however_it_is_split,
			ROWS(bad_frames) },
		{ a_close_frame_has_a_valid_code_and_reason, ROWS(closes) },
		{ text_is_validated_across_fragments, ROWS(texts) },
		{ a_message_of_any_length_is_unmasked, ROWS(lengths) },
		{ a_message_is_the_same_at_every_fragmentation, 0 },
		{ a_frame_head_has_the_shortest_length, 0 },
		{ memory_grows_with_bytes_received_not_announced, 0 },
		{ a_message_that_finds_no_memory_is_an_error, 0 },
		{ a_long_message_frees_its_memory, 0 },
	};

	return harness_run("websocket", tests, ROWS(tests));
}
