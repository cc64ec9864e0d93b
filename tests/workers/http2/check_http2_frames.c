/*
 * The walk over frame heads: where it cuts, what it counts, what it refuses.
 * SPDX-License-Identifier: MIT
 */
#include "http2/http2_frames.h"

#include <string.h>

#include "support/harness.h"

enum { BLOCK_MAX = 40000, RESETS = 100, START = 5000 /* ms */ };

static struct http2_frames f;
static enum http2_stream_state state;
static char input[1 << 20];
static size_t input_len;

static enum http2_stream_state
find_stream(void *data, uint32_t id)
{
	(void)data;
	(void)id;
	return state;
}

static void
setup(void)
{
	memset(&f, 0, sizeof(f));
	http2_frames_init(&f, BLOCK_MAX, RESETS, START);
	f.find_stream = find_stream;
	state = HTTP2_STREAM_OPEN;
	input_len = 0;
}

static void
add_frame(unsigned type, unsigned flags, uint32_t id, size_t len)
{
	char head[HTTP2_FRAME_HEAD] = { (char)(len >> 16), (char)(len >> 8),
		(char)len, (char)type, (char)flags, (char)(id >> 24),
		(char)(id >> 16), (char)(id >> 8), (char)id };

	ck_assert_uint_le(input_len + sizeof(head) + len, sizeof(input));
	memcpy(input + input_len, head, sizeof(head));
	memset(input + input_len + sizeof(head), 0, len);
	input_len += sizeof(head) + len;
}

static struct http2_walk
walk_at(int64_t now_ms)
{
	struct http2_walk walk =
		http2_frames_walk(&f, input, input_len, now_ms);

	input_len = 0;
	return walk;
}

static void
assert_accepted(struct http2_walk walk, size_t whole)
{
	ck_assert_int_eq(walk.error, HTTP2_NO_ERROR);
	ck_assert_uint_eq(walk.whole, whole);
}

static void
assert_refused(enum http2_error error)
{
	struct http2_walk walk = walk_at(START);

	ck_assert_int_eq(walk.error, error);
	ck_assert_ptr_nonnull(walk.why);
}

/* ---- boundaries ---------------------------------------------------------- */

START_TEST(input_is_cut_behind_the_last_whole_frame)
{
	size_t first, all;

	setup();
	add_frame(HTTP2_HEADERS, 0x5, 1, 20);
	first = input_len;
	add_frame(HTTP2_DATA, 0x1, 1, 300);
	all = input_len;
	for (size_t len = 0; len <= all; len++) {
		size_t want = len == all ? all : len >= first ? first : 0;

		setup();
		assert_accepted(http2_frames_walk(&f, input, len, START), want);
	}
}
END_TEST

START_TEST(a_frame_over_the_limit_is_refused_at_its_head)
{
	setup();
	add_frame(HTTP2_DATA, 0, 1, HTTP2_FRAME_MAX);
	f.highest_id = 1;
	f.seen = 1;
	assert_accepted(walk_at(START), HTTP2_FRAME_HEAD + HTTP2_FRAME_MAX);
	add_frame(HTTP2_DATA, 0, 1, HTTP2_FRAME_MAX + 1);
	input_len = HTTP2_FRAME_HEAD;
	assert_refused(HTTP2_FRAME_SIZE_ERROR);
}
END_TEST

/* ---- identifiers --------------------------------------------------------- */

/* opens: streams that the client opens first; then the frame comes. */
static const struct {
	uint32_t opens[4];
	enum http2_stream_state state;
	unsigned type;
	uint32_t id;
	enum http2_error want;
} streams[] = {
	{ { 1, 3, 5 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 3, 0 },
	{ { 1, 3, 5 }, HTTP2_STREAM_OPEN, HTTP2_DATA, 1, 0 },
	{ { 1, 3, 5 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 7, 0 },
	{ { 1, 3, 5 }, HTTP2_STREAM_ENDED, HTTP2_HEADERS, 7, 0 },
	{ { 1, 3, 5 }, HTTP2_STREAM_ENDED, HTTP2_HEADERS, 3,
		HTTP2_STREAM_CLOSED },
	{ { 1, 3, 5 }, HTTP2_STREAM_ENDED, HTTP2_DATA, 3, HTTP2_STREAM_CLOSED },
	{ { 1, 3, 5 }, HTTP2_STREAM_RESET, HTTP2_DATA, 3, 0 },
	{ { 1, 3, 5 }, HTTP2_STREAM_RESET, HTTP2_HEADERS, 3, 0 },
	{ { 1, 7 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 3, HTTP2_PROTOCOL_ERROR },
	{ { 1, 7 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 5, HTTP2_PROTOCOL_ERROR },
	{ { 5 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 3, HTTP2_PROTOCOL_ERROR },
	{ { 5 }, HTTP2_STREAM_OPEN, HTTP2_DATA, 1, HTTP2_PROTOCOL_ERROR },
	/* beyond what is remembered */
	{ { 1, 1001 }, HTTP2_STREAM_ENDED, HTTP2_HEADERS, 1,
		HTTP2_STREAM_CLOSED },
	{ { 1, 1001 }, HTTP2_STREAM_ENDED, HTTP2_HEADERS, 999,
		HTTP2_PROTOCOL_ERROR },
	/* left to the library, or to the rules of the type */
	{ { 1 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 2, 0 },
	{ { 1 }, HTTP2_STREAM_OPEN, HTTP2_HEADERS, 0, 0 },
	{ { 1 }, HTTP2_STREAM_OPEN, HTTP2_DATA, 0, 0 },
	{ { 1 }, HTTP2_STREAM_OPEN, HTTP2_DATA, 9, 0 },
	{ { 1, 3 }, HTTP2_STREAM_ENDED, HTTP2_WINDOW_UPDATE, 1, 0 },
	{ { 1, 3 }, HTTP2_STREAM_ENDED, HTTP2_RST_STREAM, 1, 0 },
	{ { 1, 3 }, HTTP2_STREAM_ENDED, HTTP2_PRIORITY, 1, 0 },
	{ { 1, 3 }, HTTP2_STREAM_OPEN, HTTP2_PRIORITY, 0,
		HTTP2_PROTOCOL_ERROR },
	{ { 1 }, HTTP2_STREAM_OPEN, HTTP2_CONTINUATION, 1,
		HTTP2_PROTOCOL_ERROR },
};

START_TEST(a_frame_is_judged_by_the_state_of_its_stream)
{
	setup();
	for (int i = 0; i < 4 && streams[_i].opens[i] != 0; i++)
		add_frame(HTTP2_HEADERS, 0x5, streams[_i].opens[i], 3);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	state = streams[_i].state;
	add_frame(streams[_i].type, 0x5, streams[_i].id, 5);
	ck_assert_int_eq(walk_at(START).error, streams[_i].want);
}
END_TEST

/* The connection learns of a stream only when the library was fed. */
START_TEST(a_stream_of_the_same_input_is_not_looked_up)
{
	setup();
	state = HTTP2_STREAM_ENDED;
	add_frame(HTTP2_HEADERS, 0x4, 1, 3);
	add_frame(HTTP2_DATA, 0x1, 1, 3);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
}
END_TEST

/* ---- field blocks -------------------------------------------------------- */

static const struct {
	unsigned type;
	uint32_t id;
	enum http2_error want;
} inside[] = {
	{ HTTP2_CONTINUATION, 1, HTTP2_NO_ERROR },
	{ HTTP2_CONTINUATION, 3, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_DATA, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_HEADERS, 1, HTTP2_PROTOCOL_ERROR },
	{ HTTP2_PING, 0, HTTP2_PROTOCOL_ERROR },
	{ 0xbe, 1, HTTP2_PROTOCOL_ERROR },
};

START_TEST(only_its_own_continuation_follows_an_open_block)
{
	setup();
	add_frame(HTTP2_HEADERS, 0, 1, 10);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	add_frame(inside[_i].type, 0x4, inside[_i].id, 8);
	ck_assert_int_eq(walk_at(START).error, inside[_i].want);
}
END_TEST

START_TEST(a_block_of_too_many_frames_is_a_flood)
{
	struct http2_walk walk;

	setup();
	add_frame(HTTP2_HEADERS, 0, 1, 10);
	for (int i = 0; i < 8; i++)
		add_frame(HTTP2_CONTINUATION, 0, 1, 10);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	add_frame(HTTP2_CONTINUATION, 0x4, 1, 10);
	walk = walk_at(START);
	ck_assert_int_eq(walk.error, HTTP2_ENHANCE_YOUR_CALM);
	ck_assert_int_eq(walk.abuse, HTTP2_CONTINUATION_FLOOD);
}
END_TEST

START_TEST(a_block_of_too_many_bytes_is_a_flood)
{
	setup();
	add_frame(HTTP2_HEADERS, 0, 1, HTTP2_FRAME_MAX);
	add_frame(HTTP2_CONTINUATION, 0, 1, HTTP2_FRAME_MAX);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	add_frame(HTTP2_CONTINUATION, 0x4, 1, HTTP2_FRAME_MAX);
	ck_assert_int_eq(walk_at(START).abuse, HTTP2_CONTINUATION_FLOOD);
}
END_TEST

/* ---- floods -------------------------------------------------------------- */

/* burst: what is accepted at once; more comes back in a second. */
static const struct {
	unsigned type, flags;
	uint32_t id;
	enum http2_abuse abuse;
	unsigned burst, more;
} floods[] = {
	{ HTTP2_PING, 0, 0, HTTP2_PING_FLOOD, 1000, 100 },
	{ HTTP2_PING, 1, 0, HTTP2_PING_FLOOD, 1000, 100 },
	{ HTTP2_SETTINGS, 0, 0, HTTP2_SETTINGS_FLOOD, 1000, 100 },
	{ HTTP2_PRIORITY, 0, 1, HTTP2_PRIORITY_FLOOD, 1000, 100 },
	{ HTTP2_RST_STREAM, 0, 1, HTTP2_RAPID_RESET, 1000, 100 },
	{ HTTP2_GOAWAY, 0, 0, HTTP2_UNKNOWN_FLOOD, 1000, 100 },
	{ HTTP2_PRIORITY_UPDATE, 0, 0, HTTP2_PRIORITY_FLOOD, 1000, 100 },
	{ 0x0a, 0, 0, HTTP2_UNKNOWN_FLOOD, 1000, 100 },
	{ 0xff, 0, 77, HTTP2_UNKNOWN_FLOOD, 1000, 100 },
	{ HTTP2_WINDOW_UPDATE, 0, 0, HTTP2_WINDOW_FLOOD, 1000, 100 },
	{ HTTP2_WINDOW_UPDATE, 0, 1, HTTP2_WINDOW_FLOOD, 1000, 100 },
};

static struct http2_walk
flood_at(unsigned count, int64_t now_ms)
{
	for (unsigned i = 0; i < count; i++)
		add_frame(floods[0].type, 0, 0, 0);
	return walk_at(now_ms);
}

START_TEST(a_flood_ends_the_connection_and_a_trickle_does_not)
{
	struct http2_walk walk;

	setup();
	for (unsigned i = 0; i < floods[_i].burst; i++)
		add_frame(floods[_i].type, floods[_i].flags, floods[_i].id, 4);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	for (unsigned i = 0; i < floods[_i].more; i++)
		add_frame(floods[_i].type, floods[_i].flags, floods[_i].id, 4);
	ck_assert_int_eq(walk_at(START + 1000).error, HTTP2_NO_ERROR);
	add_frame(floods[_i].type, floods[_i].flags, floods[_i].id, 4);
	walk = walk_at(START + 1000);
	ck_assert_int_eq(walk.error, HTTP2_ENHANCE_YOUR_CALM);
	ck_assert_int_eq(walk.abuse, floods[_i].abuse);
}
END_TEST

START_TEST(small_steps_of_time_fill_a_bucket_as_large_ones_do)
{
	setup();
	ck_assert_int_eq(flood_at(1000, START).error, HTTP2_NO_ERROR);
	for (int ms = 1; ms < 1000; ms++)
		ck_assert_int_eq(flood_at(0, START + ms).error, HTTP2_NO_ERROR);
	ck_assert_int_eq(flood_at(100, START + 1000).error, HTTP2_NO_ERROR);
	ck_assert_int_ne(flood_at(1, START + 1000).error, HTTP2_NO_ERROR);
}
END_TEST

START_TEST(sent_data_earns_window_updates)
{
	setup();
	for (int i = 0; i < 1000; i++)
		add_frame(HTTP2_WINDOW_UPDATE, 0, 0, 4);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	http2_frames_sent_data(&f);
	for (int i = 0; i < 10; i++)
		add_frame(HTTP2_WINDOW_UPDATE, 0, 0, 4);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	add_frame(HTTP2_WINDOW_UPDATE, 0, 0, 4);
	ck_assert_int_eq(walk_at(START).abuse, HTTP2_WINDOW_FLOOD);
}
END_TEST

START_TEST(empty_data_frames_in_a_row_are_a_flood)
{
	setup();
	add_frame(HTTP2_HEADERS, 0x4, 1, 3);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 10; i++)
			add_frame(HTTP2_DATA, 0, 1, 0);
		add_frame(HTTP2_DATA, 0, 1, 1);
	}
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	for (int i = 0; i < 11; i++)
		add_frame(HTTP2_DATA, 0, 1, 0);
	ck_assert_int_eq(walk_at(START).abuse, HTTP2_EMPTY_FRAMES);
}
END_TEST

START_TEST(resets_are_bounded_at_once_and_over_time)
{
	setup();
	for (int i = 0; i < RESETS; i++)
		ck_assert(http2_frames_take_reset(&f, START));
	ck_assert(!http2_frames_take_reset(&f, START));
	for (int i = 0; i < RESETS / 10; i++)
		ck_assert(http2_frames_take_reset(&f, START + 1000));
	ck_assert(!http2_frames_take_reset(&f, START + 1000));
}
END_TEST

START_TEST(a_connection_that_is_taken_over_knows_its_highest_stream)
{
	setup();
	http2_frames_resume(&f, 101);
	state = HTTP2_STREAM_ENDED;
	add_frame(HTTP2_HEADERS, 0x5, 99, 3);
	assert_refused(HTTP2_STREAM_CLOSED);
	add_frame(HTTP2_HEADERS, 0x5, 103, 3);
	ck_assert_int_eq(walk_at(START).error, HTTP2_NO_ERROR);
	ck_assert_uint_eq(f.highest_id, 103);
}
END_TEST

/* Bytes of a frame of len bytes that are here. */
static const struct {
	size_t len, here, size;
	bool is_whole;
} peeks[] = {
	{ 0, 9, 9, true },
	{ 5, 14, 14, true },
	{ 5, 20, 14, true },
	{ 5, 13, 14, false },
	{ 5, 9, 14, false },
	{ HTTP2_FRAME_MAX, 9 + HTTP2_FRAME_MAX, 9 + HTTP2_FRAME_MAX, true },
	{ HTTP2_FRAME_MAX, 8 + HTTP2_FRAME_MAX, 9 + HTTP2_FRAME_MAX, false },
	/* refused whatever follows */
	{ 1000000, 9 + HTTP2_FRAME_MAX, 9 + HTTP2_FRAME_MAX, true },
};

START_TEST(the_head_of_a_frame_tells_its_size_type_and_stream)
{
	struct http2_frame_head head;

	setup();
	add_frame(HTTP2_HEADERS, 0x25, 0x80000007, peeks[_i].len);
	ck_assert_int_eq(http2_frames_peek(input, peeks[_i].here, &head),
		peeks[_i].is_whole);
	ck_assert_uint_eq(head.size, peeks[_i].size);
	ck_assert_int_eq(head.type, HTTP2_HEADERS);
	ck_assert_uint_eq(head.flags, 0x25);
	ck_assert_uint_eq(head.id, 7); /* without the reserved bit */
	ck_assert(!http2_frames_peek(input, 8, &head));
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ input_is_cut_behind_the_last_whole_frame, 1 },
		{ a_frame_over_the_limit_is_refused_at_its_head, 1 },
		{ a_frame_is_judged_by_the_state_of_its_stream, ROWS(streams) },
		{ a_stream_of_the_same_input_is_not_looked_up, 1 },
		{ only_its_own_continuation_follows_an_open_block,
			ROWS(inside) },
		{ a_block_of_too_many_frames_is_a_flood, 1 },
		{ a_block_of_too_many_bytes_is_a_flood, 1 },
		{ a_flood_ends_the_connection_and_a_trickle_does_not,
			ROWS(floods) },
		{ small_steps_of_time_fill_a_bucket_as_large_ones_do, 1 },
		{ sent_data_earns_window_updates, 1 },
		{ empty_data_frames_in_a_row_are_a_flood, 1 },
		{ resets_are_bounded_at_once_and_over_time, 1 },
		{ a_connection_that_is_taken_over_knows_its_highest_stream, 1 },
		{ the_head_of_a_frame_tells_its_size_type_and_stream,
			ROWS(peeks) },
	};

	return harness_run("http2_frames", tests, ROWS(tests));
}
