/*
 * Clients whose connections stay open, for streams and WebSockets.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/container_of.h"
#include "common/mem.h"
#include "test/test_state.h"

/* How the end of the content is found. */
enum framing { FRAMING_CLOSE, FRAMING_LENGTH, FRAMING_CHUNKS };

struct buffer {
	char *bytes; /* with room for a NUL */
	size_t len, size;
};

struct prong_test_client {
	struct list_node node;
	struct prong_test *t;
	int fd;
	ev_io readable;
	struct test_response head; /* its bytes: the head only */
	bool has_head, is_at_end, is_complete, is_websocket;
	enum framing framing;
	size_t left;            /* bytes of the content or of the chunk */
	struct buffer received; /* not decoded yet */
	struct buffer content;  /* not given to the test yet */
	struct buffer shown;    /* of the last call */
	struct prong_test_message message;
};

/* ---- buffers ------------------------------------------------------------ */

static void
append_bytes(struct buffer *b, const char *bytes, size_t len)
{
	if (b->size - b->len < len + 1) {
		b->size = (b->len + len + 1) * 2;
		b->bytes = mem_realloc(b->bytes, b->size);
	}
	if (len > 0)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	b->bytes[b->len] = '\0';
}

static void
drop_bytes(struct buffer *b, size_t len)
{
	memmove(b->bytes, b->bytes + len, b->len - len + 1);
	b->len -= len;
}

static void
move_bytes(struct buffer *to, struct buffer *from, size_t len)
{
	append_bytes(to, from->bytes, len);
	drop_bytes(from, len);
}

/* ---- what comes --------------------------------------------------------- */

/* Splits the head off. */
static void
take_head(struct prong_test_client *c)
{
	char *end;
	size_t len;

	end = c->received.len == 0 ? NULL
				   : strstr(c->received.bytes, "\r\n\r\n");
	if (end == NULL)
		return;
	len = (size_t)(end - c->received.bytes) + 4;
	if (strncmp(c->received.bytes, "HTTP/1.1 10", 11) == 0 &&
		c->received.bytes[11] != '1') {
		drop_bytes(&c->received, len);
		take_head(c);
		return;
	}
	c->head.bytes = mem_strndup(c->received.bytes, len);
	c->head.nbytes = len;
	drop_bytes(&c->received, len);
	test_response_finish(&c->head);
	c->has_head = true;
}

static void
find_framing(struct prong_test_client *c)
{
	const char *length = test_response_field(&c->head, "Content-Length");

	c->framing = FRAMING_CLOSE;
	if (c->head.is_head || c->head.status == 204 || c->head.status == 304)
		length = "0";
	if (length != NULL) {
		c->framing = FRAMING_LENGTH;
		c->left = strtoul(length, NULL, 10);
		c->is_complete = c->left == 0;
	} else if (test_response_field(&c->head, "Transfer-Encoding") != NULL) {
		c->framing = FRAMING_CHUNKS;
	}
}

/* Reads the size of a chunk (RFC 9112 7.1); false: it has not come yet. */
static bool
take_chunk_size(struct prong_test_client *c)
{
	char *end = strstr(c->received.bytes, "\r\n");

	if (end == c->received.bytes) {
		drop_bytes(&c->received, 2); /* behind the last chunk */
		end = strstr(c->received.bytes, "\r\n");
	}
	if (end == NULL)
		return false;
	c->left = strtoul(c->received.bytes, NULL, 16);
	c->is_complete = c->left == 0;
	drop_bytes(&c->received, (size_t)(end - c->received.bytes) + 2);
	return !c->is_complete;
}

static void
decode_content(struct prong_test_client *c)
{
	size_t n;

	while (c->received.len > 0 && !c->is_complete) {
		n = c->received.len;
		if (c->framing == FRAMING_CHUNKS && c->left == 0 &&
			!take_chunk_size(c))
			return;
		if (c->framing != FRAMING_CLOSE && n > c->left)
			n = c->left;
		if (n > c->received.len)
			n = c->received.len;
		move_bytes(&c->content, &c->received, n);
		if (c->framing == FRAMING_CLOSE)
			continue;
		c->left -= n;
		if (c->framing == FRAMING_LENGTH)
			c->is_complete = c->left == 0;
	}
}

static void
read_socket(struct prong_test_client *c)
{
	char bytes[16 * 1024];
	ssize_t n;

	while ((n = recv(c->fd, bytes, sizeof(bytes), 0)) > 0)
		append_bytes(&c->received, bytes, (size_t)n);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	c->is_at_end = true;
	ev_io_stop(c->t->worker.loop, &c->readable);
}

static void
on_client_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct prong_test_client *c = io->data;

	(void)loop;
	(void)revents;
	read_socket(c);
	if (!c->has_head) {
		take_head(c);
		if (c->has_head && !c->is_websocket)
			find_framing(c);
	}
	if (c->has_head && !c->is_websocket)
		decode_content(c);
	if (c->is_at_end && c->framing == FRAMING_CLOSE)
		c->is_complete = true;
	c->t->is_over = true;
}

/* Runs the loop until the condition holds, at most ten seconds. */
static bool
wait_until(
	struct prong_test_client *c, bool (*holds)(struct prong_test_client *))
{
	int64_t deadline = clock_now_ms() + TEST_TIMEOUT_MS, left;

	while (!holds(c) && !c->is_at_end &&
		(left = deadline - clock_now_ms()) > 0)
		test_run_loop(c->t, left);
	return holds(c);
}

/* ---- the life of a client ----------------------------------------------- */

static bool
has_head(struct prong_test_client *c)
{
	return c->has_head;
}

static void
say_request(struct prong_test_client *c, const char *method, const char *target,
	const char *fields, const void *body, size_t len)
{
	static const char handshake[] =
		"Connection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
	char length[64] = "", *head;
	int size;

	if (!c->is_websocket)
		snprintf(
			length, sizeof(length), "Content-Length: %zu\r\n", len);
	size = asprintf(&head, "%s %s HTTP/1.1\r\nHost: test\r\n%s%s\r\n",
		c->is_websocket ? "GET" : method, target,
		c->is_websocket ? handshake : length,
		fields == NULL ? "" : fields);
	assert(size != -1);
	test_send(c->t, c->fd, head, (size_t)size);
	test_send(c->t, c->fd, body, len);
	free(head);
}

struct prong_test_client *
prong_test_begin(struct prong_test *t, const char *method, const char *target,
	const char *fields, const void *body, size_t len)
{
	struct prong_test_client *c;
	int fd = test_connect(t);

	if (fd == -1)
		return NULL;
	c = mem_calloc(1, sizeof(*c));
	c->t = t;
	c->is_websocket = strcmp(method, "WEBSOCKET") == 0;
	c->head.is_head = strcmp(method, "HEAD") == 0;
	c->fd = fd;
	ev_io_init(&c->readable, on_client_readable, c->fd, EV_READ);
	c->readable.data = c;
	ev_io_start(t->worker.loop, &c->readable);
	list_add(&t->clients, &c->node);
	say_request(c, method, target, fields, body, len);
	return c;
}

struct prong_test_client *
prong_test_open(struct prong_test *t, const char *method, const char *target,
	const char *fields, const void *body, size_t len)
{
	struct prong_test_client *c =
		prong_test_begin(t, method, target, fields, body, len);

	if (c != NULL && wait_until(c, has_head))
		return c;
	prong_test_close(c);
	return NULL;
}

void
prong_test_close(struct prong_test_client *c)
{
	if (c == NULL)
		return;
	ev_io_stop(c->t->worker.loop, &c->readable);
	close(c->fd);
	list_remove(&c->node);
	test_response_fini(&c->head);
	free(c->received.bytes);
	free(c->content.bytes);
	free(c->shown.bytes);
	free(c);
}

void
test_close_clients(struct prong_test *t)
{
	while (t->clients.first != NULL)
		prong_test_close(container_of(
			t->clients.first, struct prong_test_client, node));
}

int
prong_test_client_status(struct prong_test_client *c)
{
	return c->head.status;
}

const char *
prong_test_client_field(struct prong_test_client *c, const char *name)
{
	return test_response_field(&c->head, name);
}

/* ---- content ------------------------------------------------------------ */

const char *
prong_test_wait_for(struct prong_test_client *c, const char *text)
{
	int64_t deadline = clock_now_ms() + TEST_TIMEOUT_MS, left;
	const char *at;

	for (;;) {
		at = c->content.len == 0
			     ? NULL
			     : memmem(c->content.bytes, c->content.len, text,
				       strlen(text));
		if (at != NULL)
			break;
		left = deadline - clock_now_ms();
		if (c->is_complete || c->is_at_end || left <= 0)
			return NULL;
		test_run_loop(c->t, left);
	}
	c->shown.len = 0;
	move_bytes(&c->shown, &c->content,
		(size_t)(at - c->content.bytes) + strlen(text));
	return c->shown.bytes;
}

static bool
has_all(struct prong_test_client *c)
{
	return c->is_complete;
}

bool
prong_test_wait_end(struct prong_test_client *c)
{
	return wait_until(c, has_all);
}

/* ---- WebSockets --------------------------------------------------------- */

int
prong_test_ws_send(
	struct prong_test_client *c, int kind, const void *bytes, size_t len)
{
	static const char mask[4] = { 0, 0, 0, 0 };
	char head[14];
	size_t n = 2;

	if (!c->is_websocket || c->head.status != 101) {
		errno = EINVAL;
		return -1;
	}
	head[0] = (char)(0x80 | kind);
	if (len < 126) {
		head[1] = (char)(0x80 | len);
	} else {
		int words = len <= UINT16_MAX ? 2 : 8;

		head[1] = (char)(0x80 | (words == 2 ? 126 : 127));
		for (int i = 0; i < words; i++)
			head[n++] = (char)(len >> 8 * (words - 1 - i));
	}
	memcpy(head + n, mask, sizeof(mask));
	test_send(c->t, c->fd, head, n + sizeof(mask));
	test_send(c->t, c->fd, bytes, len);
	return 0;
}

/* Reads the head of a frame; its length, or 0: it has not come yet. */
static size_t
read_frame_head(const struct buffer *b, size_t *len)
{
	const unsigned char *at = (const unsigned char *)b->bytes;
	size_t n = 2;

	if (b->len < n)
		return 0;
	*len = at[1] & 0x7f;
	if (*len >= 126) {
		n += *len == 126 ? 2 : 8;
		if (b->len < n)
			return 0;
		*len = 0;
		for (size_t i = 2; i < n; i++)
			*len = *len << 8 | at[i];
	}
	return n;
}

static bool
has_frame(struct prong_test_client *c)
{
	size_t len = 0, head = read_frame_head(&c->received, &len);

	return head > 0 && c->received.len - head >= len;
}

const struct prong_test_message *
prong_test_ws_receive(struct prong_test_client *c)
{
	struct prong_test_message *m = &c->message;
	size_t head;

	if (!c->is_websocket || !wait_until(c, has_frame))
		return NULL;
	*m = (struct prong_test_message){ .kind = c->received.bytes[0] & 0xf };
	head = read_frame_head(&c->received, &m->len);
	drop_bytes(&c->received, head);
	c->shown.len = 0;
	move_bytes(&c->shown, &c->received, m->len);
	m->bytes = c->shown.bytes;
	if (m->kind == 8 && m->len >= 2)
		m->code = (unsigned char)m->bytes[0] << 8 |
			  (unsigned char)m->bytes[1];
	return m;
}
