/*
 * What a worker writes of a connection is what another one reads; what a worker
 * that was taken over writes is refused.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_record.h"

#include <check.h>
#include <stddef.h>
#include <string.h>

#include "support/harness.h"

enum { HEAD = 48, STATE = 8 };

static struct channel_message m;

static struct conn_record
record(const char *input)
{
	struct conn_record r = { .type = CONN_RECORD_HTTP1,
		.is_tls = true,
		.proxy = CONF_PROXY_REQUIRED,
		.since = 123456789,
		.http1 = { .requests = 7, .input = span_of(input) } };

	r.peer.ip6.sin6_family = AF_INET6;
	r.peer.ip6.sin6_port = 80;
	r.peer.ip6.sin6_addr.s6_addr[15] = 1;
	return r;
}

static void
setup(void)
{
	m = (struct channel_message){ .kind = CHANNEL_CONN };
}

static const char *const inputs[] = { "", "G", "GET / HTTP/1.1\r\nHost: " };

START_TEST(a_record_is_read_as_it_was_written)
{
	struct conn_record r = record(inputs[_i]), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	ck_assert(conn_record_add(&m, &r, 6));
	ck_assert_int_eq(m.nfds, 2);
	ck_assert_int_eq(m.fds[1], 6);
	text = (struct span){ m.text, m.len };
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
		ck_assert_int_eq(got.type, CONN_RECORD_HTTP1);
		ck_assert(got.is_tls);
		ck_assert_int_eq(got.proxy, CONF_PROXY_REQUIRED);
		ck_assert_int_eq(got.since, 123456789);
		ck_assert_mem_eq(&got.peer, &r.peer, sizeof(r.peer));
		ck_assert_uint_eq(got.http1.requests, 7);
		ck_assert(span_is(got.http1.input, span_of(inputs[_i])));
	}
	ck_assert_uint_eq(text.len, 0);
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_MALFORMED);
}
END_TEST

START_TEST(a_message_takes_as_many_as_it_has_room_for)
{
	struct conn_record r = record("");
	int n = 0;

	while (conn_record_add(&m, &r, n))
		n++;
	ck_assert_int_eq(n, CHANNEL_FDS);
	ck_assert_int_eq(m.nfds, CHANNEL_FDS);
}
END_TEST

START_TEST(an_input_that_does_not_fit_changes_nothing)
{
	static char input[CHANNEL_TEXT];
	struct conn_record r = record("");
	size_t room = CHANNEL_TEXT - 1 - HEAD - STATE;

	r.http1.input = (struct span){ input, room + 1 };
	ck_assert(!conn_record_add(&m, &r, 5));
	ck_assert_int_eq(m.nfds, 0);
	ck_assert_uint_eq(m.len, 0);
	r.http1.input.len = room;
	ck_assert(conn_record_add(&m, &r, 5));
	ck_assert_uint_eq(m.len, CHANNEL_TEXT - 1);
	ck_assert(channel_is_within_limits(&m));
}
END_TEST

/* Bytes of a record that are written over. */
static const struct {
	size_t at, len;
	uint64_t value;
	enum conn_record_result result;
} changes[] = {
	{ 0, 2, 0, CONN_RECORD_UNKNOWN },                 /* type */
	{ 0, 2, CONN_RECORD_TYPES, CONN_RECORD_UNKNOWN }, /* the same */
	{ 0, 2, CONN_RECORD_HTTP2, CONN_RECORD_MALFORMED },
	{ 0, 2, 65535, CONN_RECORD_UNKNOWN }, /* the same */
	{ 2, 2, 0, CONN_RECORD_UNKNOWN },     /* version */
	{ 2, 2, 2, CONN_RECORD_UNKNOWN },     /* the same */
	{ 4, 4, 0, CONN_RECORD_MALFORMED },   /* size: no state */
	{ 4, 4, STATE - 1, CONN_RECORD_MALFORMED },
	{ 4, 4, STATE, CONN_RECORD_OK },
	{ 4, 4, STATE + 3, CONN_RECORD_OK },
	{ 4, 4, STATE + 4, CONN_RECORD_MALFORMED }, /* past the end */
	{ 4, 4, UINT32_MAX, CONN_RECORD_MALFORMED },
	{ 4, 4, (uint32_t)-HEAD, CONN_RECORD_MALFORMED },
	{ 16, 2, 0, CONN_RECORD_MALFORMED }, /* family */
	{ 16, 2, AF_INET, CONN_RECORD_OK },
	{ 16, 2, AF_UNIX, CONN_RECORD_OK },
	{ 16, 2, AF_NETLINK, CONN_RECORD_MALFORMED },
	{ 44, 2, CONF_PROXY_OFF, CONN_RECORD_OK },
	{ 44, 2, CONF_PROXY_OPTIONAL + 1, CONN_RECORD_MALFORMED },
};

START_TEST(a_strange_record_is_refused)
{
	struct conn_record r = record("GET"), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	memcpy(m.text + changes[_i].at, &changes[_i].value, changes[_i].len);
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), changes[_i].result);
}
END_TEST

START_TEST(a_time_before_the_machine_started_is_its_start)
{
	struct conn_record r = record(""), got;
	struct span text;

	r.since = INT64_MIN;
	ck_assert(conn_record_add(&m, &r, 5));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
	ck_assert_int_eq(got.since, 0);
}
END_TEST

START_TEST(a_record_of_another_version_is_stepped_over)
{
	struct conn_record r = record("GET"), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	m.text[2]++;
	r.http1.requests = 8;
	ck_assert(conn_record_add(&m, &r, 6));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_UNKNOWN);
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
	ck_assert_uint_eq(got.http1.requests, 8);
}
END_TEST

START_TEST(a_text_that_is_cut_is_malformed)
{
	struct conn_record r = record("GET"), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	for (size_t len = 0; len < m.len; len++) {
		text = (struct span){ m.text, len };
		ck_assert_int_eq(
			conn_record_read(&text, &got), CONN_RECORD_MALFORMED);
		ck_assert_uint_eq(text.len, len);
	}
}
END_TEST

/* ---- HTTP/2 ------------------------------------------------------------- */

static struct conn_record
record_http2(const char *input)
{
	struct conn_record r = record("");

	r.type = CONN_RECORD_HTTP2;
	r.http2 = (struct conn_record_http2){
		.requests = 7,
		.protocols = 3,
		.header_table_size = 4096,
		.enable_push = 0,
		.max_concurrent_streams = 100,
		.initial_window_size = 65535,
		.max_frame_size = 16384,
		.max_header_list_size = UINT32_MAX,
		.send_window = 12345,
		.receive_window = 1 << 20,
		.highest_id = 201,
		.last_id = 199,
		.control_tokens = 900,
		.window_tokens = 800,
		.reset_tokens = 70,
		.nresets = 2,
		.resets = { 5, 9 },
		.input = span_of(input),
	};
	return r;
}

START_TEST(a_record_of_http2_is_read_as_it_was_written)
{
	struct conn_record r = record_http2(inputs[_i]), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	ck_assert(conn_record_add(&m, &r, 6));
	text = (struct span){ m.text, m.len };
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
		ck_assert_int_eq(got.type, CONN_RECORD_HTTP2);
		ck_assert(got.is_tls);
		ck_assert_int_eq(got.since, 123456789);
		ck_assert_mem_eq(&got.http2, &r.http2,
			offsetof(struct conn_record_http2, input));
		ck_assert(span_is(got.http2.input, span_of(inputs[_i])));
	}
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

START_TEST(the_largest_record_of_http2_fits_a_message)
{
	static char input[CONN_RECORD_INPUT + 1];
	struct conn_record r = record_http2(""), got;
	struct span text;

	r.http2.nresets = CONN_RECORD_RESETS;
	r.http2.input = (struct span){ input, CONN_RECORD_INPUT };
	ck_assert(conn_record_add(&m, &r, 5));
	ck_assert(channel_is_within_limits(&m));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
	ck_assert_uint_eq(got.http2.input.len, CONN_RECORD_INPUT);
	setup();
	r.http2.nresets = 0;
	r.http2.input.len++;
	ck_assert(conn_record_add(&m, &r, 5));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_MALFORMED);
}
END_TEST

/* What a worker that was taken over may write into the state. */
#define CHANGE(member, value, result)                                          \
	{                                                                      \
		offsetof(struct conn_record_http2, member), value,             \
			CONN_RECORD_##result                                   \
	}

static const struct {
	size_t at;
	uint32_t value;
	enum conn_record_result result;
} states[] = {
	CHANGE(header_table_size, UINT32_MAX, OK),
	CHANGE(enable_push, 1, OK),
	CHANGE(enable_push, 2, MALFORMED),
	CHANGE(max_concurrent_streams, 0, OK),
	CHANGE(initial_window_size, INT32_MAX, OK),
	CHANGE(initial_window_size, 1U << 31, MALFORMED),
	CHANGE(max_frame_size, 16383, MALFORMED),
	CHANGE(max_frame_size, 16777215, OK),
	CHANGE(max_frame_size, 16777216, MALFORMED),
	CHANGE(no_rfc7540_priorities, 1, OK),
	CHANGE(no_rfc7540_priorities, 2, MALFORMED),
	CHANGE(send_window, 0, OK),
	CHANGE(send_window, INT32_MAX, OK),
	CHANGE(send_window, 1U << 31, MALFORMED),
	CHANGE(receive_window, 65534, MALFORMED),
	CHANGE(receive_window, 65535, OK),
	CHANGE(receive_window, 1U << 31, MALFORMED),
	CHANGE(highest_id, 200, MALFORMED),
	CHANGE(highest_id, 197, MALFORMED), /* below last_id */
	CHANGE(highest_id, 0, MALFORMED),
	CHANGE(highest_id, INT32_MAX, OK),
	CHANGE(highest_id, UINT32_MAX, MALFORMED),
	CHANGE(last_id, 0, OK),
	CHANGE(last_id, 198, MALFORMED),
	CHANGE(last_id, 203, MALFORMED),
	CHANGE(control_tokens, 0, OK),
	CHANGE(control_tokens, UINT32_MAX, MALFORMED),
	CHANGE(window_tokens, UINT32_MAX, MALFORMED),
	CHANGE(reset_tokens, UINT32_MAX, MALFORMED),
	CHANGE(nresets, CONN_RECORD_RESETS + 1, MALFORMED),
	CHANGE(nresets, 3, MALFORMED), /* more than the state has */
	CHANGE(nresets, UINT32_MAX, MALFORMED),
};

START_TEST(an_impossible_state_of_http2_is_refused)
{
	struct conn_record r = record_http2("GET"), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	memcpy(m.text + HEAD + states[_i].at, &states[_i].value,
		sizeof(states[_i].value));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), states[_i].result);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

/* It has had no response that could take from the window. */
START_TEST(a_connection_without_a_stream_has_its_first_window)
{
	struct conn_record r = record_http2(""), got;
	struct span text;

	r.http2.highest_id = r.http2.last_id = r.http2.nresets = 0;
	ck_assert(conn_record_add(&m, &r, 5));
	r.http2.send_window = 65535;
	ck_assert(conn_record_add(&m, &r, 5));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_MALFORMED);
	ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
}
END_TEST

/* ---- WebSockets ---------------------------------------------------------- */

static struct conn_record
record_websocket(const char *state)
{
	struct conn_record r = record("");

	r.type = CONN_RECORD_WEBSOCKET;
	r.websocket = (struct conn_record_websocket){
		.requests = 7,
		.state_version = 3,
		.began_ns = 99,
		.bus_number = UINT64_MAX,
		.head = SPAN("GET / HTTP/1.1\r\n\r\n"),
		.request_id = SPAN("id"),
		.protocol = SPAN("two"),
		.state = span_of(state),
	};
	return r;
}

START_TEST(a_record_of_a_websocket_is_read_as_it_was_written)
{
	struct conn_record r = record_websocket(inputs[_i]), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	ck_assert(conn_record_add(&m, &r, 6));
	text = (struct span){ m.text, m.len };
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(conn_record_read(&text, &got), CONN_RECORD_OK);
		ck_assert_int_eq(got.type, CONN_RECORD_WEBSOCKET);
		ck_assert_uint_eq(got.websocket.requests, 7);
		ck_assert_uint_eq(got.websocket.state_version, 3);
		ck_assert_int_eq(got.websocket.began_ns, 99);
		ck_assert_uint_eq(got.websocket.bus_number, UINT64_MAX);
		ck_assert(span_is(got.websocket.head, r.websocket.head));
		ck_assert(span_is(got.websocket.request_id, SPAN("id")));
		ck_assert(span_is(got.websocket.protocol, SPAN("two")));
		ck_assert(span_is(got.websocket.state, span_of(inputs[_i])));
	}
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

/* Only a compressed one is of the version that older programs do not know. */
START_TEST(a_compressed_websocket_is_of_a_version_of_its_own)
{
	static const struct {
		uint32_t window_bits;
		uint16_t version;
		enum conn_record_result result;
	} rows[] = {
		{ 0, 2, CONN_RECORD_OK },
		{ 8, 3, CONN_RECORD_MALFORMED },
		{ 9, 3, CONN_RECORD_OK },
		{ 15, 3, CONN_RECORD_OK },
		{ 16, 3, CONN_RECORD_MALFORMED },
	};
	struct conn_record r = record_websocket(""), got;
	struct span text;
	uint16_t version;

	for (size_t i = 0; i < ROWS(rows); i++) {
		setup();
		r.websocket.window_bits = rows[i].window_bits;
		ck_assert(conn_record_add(&m, &r, 5));
		memcpy(&version, m.text + sizeof(uint16_t), sizeof(version));
		ck_assert_uint_eq(version, rows[i].version);
		text = (struct span){ m.text, m.len };
		ck_assert_int_eq(conn_record_read(&text, &got), rows[i].result);
		if (rows[i].result == CONN_RECORD_OK)
			ck_assert_uint_eq(
				got.websocket.window_bits, rows[i].window_bits);
	}
}
END_TEST

START_TEST(a_state_of_a_websocket_has_a_limit)
{
	static char state[CONN_RECORD_STATE + 1];
	struct conn_record r = record_websocket(""), got;
	struct span text;

	r.websocket.state = (struct span){ state, CONN_RECORD_STATE + _i };
	ck_assert(conn_record_add(&m, &r, 5));
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got),
		_i == 0 ? CONN_RECORD_OK : CONN_RECORD_MALFORMED);
}
END_TEST

/* Lengths that a worker that was taken over may write. */
static const struct {
	size_t at, len;
	uint64_t value;
	enum conn_record_result result;
} lengths[] = {
	{ 8, 8, (uint64_t)-1, CONN_RECORD_OK }, /* began_ns: 0 */
	{ 24, 4, 0, CONN_RECORD_MALFORMED },    /* head */
	{ 24, 4, 19, CONN_RECORD_MALFORMED },   /* a byte is left over */
	{ 24, 4, 21, CONN_RECORD_MALFORMED },   /* a byte is missing */
	{ 24, 4, UINT32_MAX, CONN_RECORD_MALFORMED },
	{ 28, 4, 2, CONN_RECORD_MALFORMED }, /* state */
	{ 28, 4, 4, CONN_RECORD_MALFORMED },
	{ 28, 4, UINT32_MAX, CONN_RECORD_MALFORMED },
	{ 32, 2, UINT16_MAX, CONN_RECORD_MALFORMED }, /* ID */
	{ 34, 2, UINT16_MAX, CONN_RECORD_MALFORMED }, /* protocol */
};

START_TEST(an_impossible_length_of_a_websocket_is_refused)
{
	struct conn_record r = record_websocket("GET"), got;
	struct span text;

	ck_assert(conn_record_add(&m, &r, 5));
	memcpy(m.text + HEAD + lengths[_i].at, &lengths[_i].value,
		lengths[_i].len);
	text = (struct span){ m.text, m.len };
	ck_assert_int_eq(conn_record_read(&text, &got), lengths[_i].result);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup };
	const struct harness_test tests[] = {
		{ a_record_is_read_as_it_was_written, ROWS(inputs) },
		{ a_message_takes_as_many_as_it_has_room_for, 0 },
		{ an_input_that_does_not_fit_changes_nothing, 0 },
		{ a_strange_record_is_refused, ROWS(changes) },
		{ a_time_before_the_machine_started_is_its_start, 0 },
		{ a_record_of_another_version_is_stepped_over, 0 },
		{ a_text_that_is_cut_is_malformed, 0 },
		{ a_record_of_http2_is_read_as_it_was_written, ROWS(inputs) },
		{ the_largest_record_of_http2_fits_a_message, 0 },
		{ an_impossible_state_of_http2_is_refused, ROWS(states) },
		{ a_connection_without_a_stream_has_its_first_window, 0 },
		{ a_record_of_a_websocket_is_read_as_it_was_written,
			ROWS(inputs) },
		{ a_compressed_websocket_is_of_a_version_of_its_own, 0 },
		{ a_state_of_a_websocket_has_a_limit, 2 },
		{ an_impossible_length_of_a_websocket_is_refused,
			ROWS(lengths) },
	};

	return harness_run_with(&fixture, "conn_record", tests, ROWS(tests));
}
