/*
 * SPDX-License-Identifier: MIT
 */
#include "common/protocol_counters.h"

#include "common/read_once.h"

static const char *const http2_abuses[] = {
	[HTTP2_NO_ABUSE] = "none",
	[HTTP2_PING_FLOOD] = "ping_flood",
	[HTTP2_SETTINGS_FLOOD] = "settings_flood",
	[HTTP2_PRIORITY_FLOOD] = "priority_flood",
	[HTTP2_UNKNOWN_FLOOD] = "unknown_frame_flood",
	[HTTP2_WINDOW_FLOOD] = "window_update_flood",
	[HTTP2_EMPTY_FRAMES] = "empty_data_flood",
	[HTTP2_CONTINUATION_FLOOD] = "continuation_flood",
	[HTTP2_HPACK_BOMB] = "hpack_bomb",
	[HTTP2_RAPID_RESET] = "rapid_reset",
	[HTTP2_MADE_YOU_RESET] = "made_you_reset",
	[HTTP2_STALLED_WINDOW] = "stalled_window",
	[HTTP2_SLOW_HEAD] = "slow_head",
	[HTTP2_SILENT_SETTINGS] = "settings_timeout",
};

static const char *const codes[] = {
	"no_error",
	"protocol_error",
	"internal_error",
	"flow_control_error",
	"settings_timeout",
	"stream_closed",
	"frame_size_error",
	"refused_stream",
	"cancel",
	"compression_error",
	"connect_error",
	"enhance_your_calm",
	"inadequate_security",
	"http_1_1_required",
	"other",
};

static const char *const resets[] = {
	[HTTP2_RESET_CLIENT] = "client",
	[HTTP2_RESET_SERVER] = "server",
};

static const char *const moves[] = {
	[HTTP2_MOVED] = "moved",
	[HTTP2_NOT_MOVED] = "stayed",
};

static const char *const handshakes[] = {
	[TLS_HANDSHAKE_FULL] = "full",
	[TLS_HANDSHAKE_RESUMED] = "resumed",
};

static const char *const failures[] = {
	[TLS_FAILURE_TIMEOUT] = "timeout",
	[TLS_FAILURE_CLIENT_GONE] = "client_gone",
	[TLS_FAILURE_PLAIN_HTTP] = "plain_http",
	[TLS_FAILURE_VERSION] = "version",
	[TLS_FAILURE_CIPHER] = "cipher",
	[TLS_FAILURE_ALPN] = "alpn",
	[TLS_FAILURE_NAME] = "unknown_name",
	[TLS_FAILURE_NO_CERTIFICATE] = "no_client_certificate",
	[TLS_FAILURE_BAD_CERTIFICATE] = "bad_client_certificate",
	[TLS_FAILURE_ALERT] = "client_alert",
	[TLS_FAILURE_MALFORMED] = "malformed",
};

static const char *const tls_abuses[] = {
	[TLS_EMPTY_RECORDS] = "empty_records",
	[TLS_KEY_UPDATES] = "key_updates",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
_Static_assert(LENGTH(http2_abuses) == HTTP2_ABUSES &&
		       LENGTH(codes) == HTTP2_GOAWAY_CODES &&
		       LENGTH(resets) == HTTP2_RESET_SIDES &&
		       LENGTH(moves) == HTTP2_MOVE_RESULTS,
	"all that is counted of HTTP/2 has a name");
_Static_assert(LENGTH(handshakes) == TLS_HANDSHAKES &&
		       LENGTH(failures) == TLS_FAILURES &&
		       LENGTH(tls_abuses) == TLS_ABUSES,
	"all that is counted of TLS has a name");
_Static_assert(sizeof(struct protocol_counters) % sizeof(read_once_word) == 0,
	"counters are added up by words");

static uint32_t
code_index(uint32_t code)
{
	return code < HTTP2_GOAWAY_CODES ? code : HTTP2_GOAWAY_CODES - 1;
}

const char *
http2_abuse_name(enum http2_abuse abuse)
{
	return http2_abuses[abuse];
}

const char *
http2_code_name(uint32_t code)
{
	return codes[code_index(code)];
}

const char *
http2_reset_name(enum http2_reset side)
{
	return resets[side];
}

const char *
http2_move_name(enum http2_move_result result)
{
	return moves[result];
}

void
http2_counters_add_goaway(struct http2_counters *c, uint32_t code)
{
	c->goaways[code_index(code)]++;
}

const char *
tls_handshake_name(enum tls_handshake kind)
{
	return handshakes[kind];
}

const char *
tls_failure_name(enum tls_failure reason)
{
	return failures[reason];
}

const char *
tls_abuse_name(enum tls_abuse abuse)
{
	return tls_abuses[abuse];
}

void
protocol_counters_add(
	struct protocol_counters *to, const struct protocol_counters *from)
{
	read_once_add(to, from, sizeof(*to));
}
