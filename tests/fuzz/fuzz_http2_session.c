/*
 * A whole session of HTTP/2: the bytes choose frames, which a worker without a
 * process is sent over a socket.  It serves a file and a listing; whatever
 * comes, no stream and no connection is left when the client has gone.
 *
 * Each frame is four bytes: its kind (an odd one is not sent at once), flags,
 * the stream, and the length of a payload that is taken from the input.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http2/http2.h"
#include "support/fake_worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES = 64, PAYLOAD = 255, ROUNDS = 4 };

/* Field blocks that are right, but for what the fuzzer does to them: fields of
 * the static table, and literals (RFC 7541). */
static const struct {
	const char *bytes;
	size_t len;
} blocks[] = {
	{ "\x82\x86\x84\x41\x01"
	  "a",
		6 }, /* GET http / */
	{ "\x82\x86\x41\x01"
	  "a\x04\x06/a.txt",
		12 },
	{ "\x83\x86\x84\x41\x01"
	  "a",
		6 }, /* POST */
	{ "\x82\x86\x41\x01"
	  "a\x04\x06/a.txt\x0f\x23\x09"
	  "bytes=1-3",
		24 }, /* a range */
	{ "\x82\x86\x41\x01"
	  "a\x04\x06/a.txt\x00\x08priority\x05u=1,i",
		28 },
	{ "\x02\x07"
	  "CONNECT\x41\x01"
	  "a",
		12 },
	{ "\x82\x86\x84\x41\x01"
	  "a\x40\x01x\x03yyy\xbe\xbe\xbe\xbe",
		17 }, /* a reference to an entry of its own */
	/* Those that leave the table as it is, and may be known. */
	{ "\x82\x86\x01\x01"
	  "a\x04\x06/a.txt",
		13 },
	{ "\x82\x86\x84\xbe", 4 },
};

struct input {
	const uint8_t *at;
	size_t left;
};

struct session {
	struct fake_worker worker;
	int fd;
	uint8_t out[8192];
	size_t len;
};

static uint8_t
take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

static void
drain_client(struct session *s)
{
	char bytes[65536];

	for (int i = 0; i < ROUNDS; i++) {
		fake_worker_turn(&s->worker);
		while (recv(s->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
			;
	}
}

static void
send_all(struct session *s)
{
	size_t done = 0;
	ssize_t n;

	while (done < s->len) {
		n = send(s->fd, s->out + done, s->len - done,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	s->len = 0;
	drain_client(s);
}

static void
add_bytes(struct session *s, const void *bytes, size_t len)
{
	if (s->len + len > sizeof(s->out))
		send_all(s);
	memcpy(s->out + s->len, bytes, len);
	s->len += len;
}

/* A HEADERS frame may have one of the blocks in front of its own bytes. */
static size_t
make_payload(struct input *in, unsigned type, uint8_t *to)
{
	size_t len = take_byte(in), n = 0;
	unsigned block = len / 16;

	if (type == HTTP2_HEADERS &&
		block < sizeof(blocks) / sizeof(blocks[0])) {
		n = blocks[block].len;
		memcpy(to, blocks[block].bytes, n);
		len %= 16;
	}
	for (; len > 0 && n < PAYLOAD; len--)
		to[n++] = take_byte(in);
	return n;
}

static void
add_frame(struct session *s, struct input *in)
{
	uint8_t kind = take_byte(in), flags = take_byte(in);
	uint8_t stream = take_byte(in), payload[PAYLOAD + 1];
	unsigned type = kind / 2 % 18;
	size_t len = make_payload(in, type, payload);
	const uint8_t head[HTTP2_FRAME_HEAD] = { 0, 0, (uint8_t)len,
		(uint8_t)type, flags, 0, 0, 0, stream };

	add_bytes(s, head, sizeof(head));
	add_bytes(s, payload, len);
	if (kind % 2 == 0)
		send_all(s);
}

static void
open_session(struct session *s)
{
	fake_worker_open(&s->worker);
	fake_worker_add_route(&s->worker, "/")->files.listing = CONF_LISTING_ON;
	fake_worker_write(&s->worker, "a.txt", "some text\n", 10);
	fake_worker_start(&s->worker);
	s->fd = fake_worker_connect(&s->worker, 0);
	s->len = 0;
	add_bytes(s, HTTP2_PREFACE, HTTP2_PREFACE_LEN);
}

static void
close_session(struct session *s)
{
	send_all(s);
	close(s->fd);
	for (int i = 0; i < ROUNDS; i++)
		fake_worker_turn(&s->worker);
	assert(s->worker.slot.gauges.http2_streams == 0);
	assert(s->worker.slot.gauges.http2_connections == 0);
	fake_worker_close(&s->worker);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session s;
	struct input in = { data, size };

	open_session(&s);
	for (int i = 0; i < FRAMES && in.left > 0; i++)
		add_frame(&s, &in);
	close_session(&s);
	return 0;
}
