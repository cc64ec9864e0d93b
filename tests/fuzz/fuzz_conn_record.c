/*
 * The records of connections that another worker hands over.  Whatever is read
 * from any bytes has limits, and comes out the same when it is written again;
 * a state of HTTP/2 that is accepted is one that a session can be brought to.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_record.h"

#include <assert.h>
#include <string.h>

#include "common/conf.h"
#include "conn/conn.h"
#include "http2/http2.h"
#include "worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const struct conn_record *r)
{
	static struct channel_message m;
	struct conn_record again;
	struct span text;

	m.len = 0;
	m.nfds = 0;
	if (!conn_record_add(&m, r, 0))
		return;
	text = (struct span){ m.text, m.len };
	assert(conn_record_read(&text, &again) == CONN_RECORD_OK);
	assert(text.len == 0 && again.type == r->type);
	assert(memcmp(&again.peer, &r->peer, sizeof(r->peer)) == 0);
}

/* The client's SETTINGS and the windows are those of the record. */
static void
check_session(const struct conn_record_http2 *r)
{
	static struct conf conf = { .limits = {
					    .streams = 100, .head = 16384 } };
	static struct worker w = { .conf = &conf };
	struct conn c = { .worker = &w };
	struct http2 h = { .conn = &c };
	struct conn_record_http2 now;
	size_t settings = offsetof(struct conn_record_http2, header_table_size);
	size_t end = offsetof(struct conn_record_http2, receive_window);

	if (http2_session_open(&h, r) == 0) {
		http2_session_save(&h, &now);
		assert(memcmp((char *)&now + settings, (char *)r + settings,
			       end - settings) == 0);
	}
	http2_session_close(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	enum conn_record_result result;
	struct conn_record r;

	for (int i = 0; i < CHANNEL_FDS; i++) {
		size_t before = text.len;

		result = conn_record_read(&text, &r);
		assert(text.len <= before);
		if (result != CONN_RECORD_OK)
			continue;
		assert(r.since >= 0 && r.proxy <= CONF_PROXY_OPTIONAL);
		check_again(&r);
		if (r.type == CONN_RECORD_HTTP2)
			check_session(&r.http2);
	}
	return 0;
}
