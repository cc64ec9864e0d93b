/*
 * Uploads to a module over real sockets: of any size and framing, to one that
 * is slow, and from clients that vanish.
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/sanitized.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/procfs.h"
#include "support/server.h"
#include "support/test_deadline.h"

#define CONF(more)                                                             \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"temp_path\": \"$DIR\","                                             \
	"\"log\": {\"access\": {\"path\": \"$DIR/access.log\","                \
	"\"format\": \"json\"}}," more SERVER_TIMEOUTS ","                     \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/m/*\", \"module\": \"" MODULES "/takes.so\"},"          \
	"{\"path\": \"/inside/*\", \"root\": \"$ROOT\","                       \
	" \"allow\": [\"192.0.2.0/24\"]},"                                     \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

enum { LARGE = 10 * 1024 * 1024 };

static struct server s;

/* ---- requests ----------------------------------------------------------- */

struct text {
	char *bytes;
	size_t len, size;
};

static void
add(struct text *t, const void *bytes, size_t len)
{
	if (t->len + len + 1 > t->size) {
		t->size = 2 * (t->len + len + 1);
		t->bytes = realloc(t->bytes, t->size);
		ck_assert_ptr_nonnull(t->bytes);
	}
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	t->bytes[t->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void
say(struct text *t, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	add(t, line, strlen(line));
}

static void
add_chunks(struct text *t, const char *content, size_t len)
{
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		n = 1 + at % 30000;
		n = n < len - at ? n : len - at;
		say(t, "%zx;x=\"y\"\r\n", n);
		add(t, content + at, n);
		say(t, "\r\n");
	}
	say(t, "0\r\nX-Sum: no\r\n\r\n");
}

/* For free(3) of bytes. */
static struct text
make_put(const char *path, const char *fields, const char *content, size_t len,
	bool is_chunked)
{
	struct text t = { 0 };

	say(&t, "PUT %s HTTP/1.1\r\nHost: a\r\n%s", path, fields);
	if (is_chunked) {
		say(&t, "Transfer-Encoding: chunked\r\n\r\n");
		add_chunks(&t, content, len);
	} else {
		say(&t, "Content-Length: %zu\r\n\r\n", len);
		add(&t, content, len);
	}
	return t;
}

/* What the module answers to it. */
static const char *
sum(const char *content, size_t len)
{
	static char text[64];
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 31 + (unsigned char)content[i];
	snprintf(text, sizeof(text), "%zu %u", len, n);
	return text;
}

static void
assert_answer(struct client *c, int status, const char *body)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, status);
	if (body != NULL)
		ck_assert_str_eq(r.body, body);
	response_free(&r);
}

static pid_t
worker(void)
{
	pid_t pids[PROC_CHILDREN];

	ck_assert_uint_eq(server_workers(&s, pids), 1);
	return pids[0];
}

/* ---- uploads ------------------------------------------------------------ */

static const char *const paths[] = { "/m/take", "/m/slow", "/m/late",
	"/m/whole" };
static const size_t sizes[] = { 0, 1, 100000, 1024 * 1024, LARGE };

START_TEST(uploads_of_any_size_arrive_completely)
{
	const char *path = paths[_i];
	char *content = server_pattern(LARGE);
	struct client c;

	server_serve(&s, CONF(""));
	client_open(&c, s.port);
	for (size_t i = 0; i < 2 * ROWS(sizes); i++) {
		size_t size = sizes[i / 2];
		struct text t = make_put(path, "", content, size, i % 2 == 1);

		client_send(&c, t.bytes, t.len);
		assert_answer(&c, 200, sum(content, size));
		free(t.bytes);
	}
	client_close(&c);
	free(content);
	server_stop(&s);
}
END_TEST

START_TEST(two_pipelined_uploads_get_their_own_responses)
{
	char *content = server_pattern(200000);
	struct client c;
	struct text t, other;

	server_serve(&s, CONF(""));
	client_open(&c, s.port);
	t = make_put("/m/slow", "", content, 200000, false);
	other = make_put("/m/take", "", content, 7, true);
	add(&t, other.bytes, other.len);
	client_send(&c, t.bytes, t.len);
	assert_answer(&c, 200, sum(content, 200000));
	assert_answer(&c, 200, sum(content, 7));
	client_close(&c);
	free(t.bytes);
	free(other.bytes);
	free(content);
	server_stop(&s);
}
END_TEST

static struct text
make_form(const char *content, size_t len)
{
	struct text form = { 0 }, t;

	say(&form, "--b\r\nContent-Disposition: form-data; name=\"f\"; "
		   "filename=\"x\"\r\n\r\n");
	add(&form, content, len);
	say(&form, "\r\n--b--\r\n");
	t = make_put("/m/form",
		"Content-Type: multipart/form-data; boundary=b\r\n", form.bytes,
		form.len, len % 2 == 1);
	free(form.bytes);
	return t;
}

START_TEST(a_file_in_a_form_arrives_completely)
{
	char *content = server_pattern(LARGE);
	struct client c;

	server_serve(&s, CONF(""));
	client_open(&c, s.port);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct text t = make_form(content, sizes[i]);

		client_send(&c, t.bytes, t.len);
		assert_answer(&c, 200, sum(content, sizes[i]));
		free(t.bytes);
	}
	client_close(&c);
	free(content);
	server_stop(&s);
}
END_TEST

START_TEST(a_refused_upload_need_not_be_completed)
{
	char *content = server_pattern(LARGE);
	struct client c;
	struct response r;
	struct text t;

	server_serve(&s, CONF(""));
	t = make_put("/m/refuse", _i == 2 ? "Expect: 100-continue\r\n" : "",
		content, LARGE, _i == 1);
	client_open(&c, s.port);
	client_send(&c, t.bytes, _i == 2 ? t.len - LARGE : t.len);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 401);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	client_close(&c);
	free(t.bytes);
	free(content);
	server_stop(&s);
}
END_TEST

/* ---- bounds ------------------------------------------------------------- */

/* A worker's memory, KiB: its greatest so far. */
static long
greatest_memory(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (kib == -1 && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "VmHWM: %ld", &kib);
	fclose(f);
	return kib;
}

/*
 * Uploads ten at a time, to a slow handler and as parts of forms: the worker
 * grows by no more than the buffers of its connections.
 */
START_TEST(uploads_do_not_grow_a_worker)
{
	enum { CLIENTS = 10, EACH = 3 * 1024 * 1024, MOST_KIB = 10 * 1024 };
	char *content = server_pattern(EACH);
	struct client clients[CLIENTS];
	struct text t;
	long before;

	server_serve(&s, CONF(""));
	t = _i == 0 ? make_put("/m/slow", "", content, EACH, false)
		    : make_form(content, EACH);
	before = greatest_memory(worker());
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		client_send(&clients[i], t.bytes, t.len - 1);
	}
	for (int i = 0; i < CLIENTS; i++)
		client_send(&clients[i], t.bytes + t.len - 1, 1);
	for (int i = 0; i < CLIENTS; i++) {
		assert_answer(&clients[i], 200, sum(content, EACH));
		client_close(&clients[i]);
	}
	/* A sanitizer delays the reuse of freed memory. */
	if (!IS_SANITIZED)
		ck_assert_int_lt(greatest_memory(worker()) - before, MOST_KIB);
	free(t.bytes);
	free(content);
	server_stop(&s);
}
END_TEST

START_TEST(a_client_that_is_too_slow_gets_408)
{
	struct client c;
	struct response r;

	server_serve(&s,
		"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"
		"\"timeouts\": {\"drain_delay\": \"0s\", \"body\": \"300ms\"},"
		"\"sites\": [{\"routes\": [{\"path\": \"/m/*\","
		"\"module\": \"" MODULES "/takes.so\"},"
		"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}");
	client_open(&c, s.port);
	client_say(&c, "PUT /m/take HTTP/1.1\r\nHost: a\r\n"
		       "Content-Length: 10\r\n\r\nhello");
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 408);
	ck_assert(response_lists(&r, "Connection", "close"));
	response_free(&r);
	client_close(&c);
	client_fetch(s.port, "/m/counts", "", &r);
	ck_assert_str_eq(r.body, "begun 1 live 0 gone 0");
	response_free(&r);
	server_stop(&s);
}
END_TEST

/* ---- vanishing ---------------------------------------------------------- */

static void
vanish(struct client *c, bool resets)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (resets)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	client_close(c);
}

/* Until none is left in the module's hands. */
static void
assert_none_lives(void)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	bool lives;

	do {
		client_fetch(s.port, "/m/counts", "", &r);
		ck_assert_int_eq(r.status, 200);
		lives = strstr(r.body, " live 0 ") == NULL;
		if (lives && deadline_left(deadline) == 0)
			ck_abort_msg("%s", r.body);
		response_free(&r);
	} while (lives);
}

static struct text
make_any(int i, const char *content, size_t len)
{
	return i < (int)ROWS(paths) ? make_put(paths[i], "", content, len, true)
				    : make_form(content, len);
}

/* After each of the first bytes, and after some of the others. */
START_TEST(a_client_may_disconnect_at_any_byte)
{
	enum { SIZE = 300000, DENSE = 200 };
	char *content = server_pattern(SIZE);
	struct text t = make_any(_i, content, SIZE);
	int before;

	server_serve(&s, CONF(""));
	assert_none_lives();
	before = proc_descriptors(worker());
	for (size_t k = 1; k < t.len; k += k < DENSE ? 3 : 9973) {
		struct client c;

		client_open(&c, s.port);
		client_send(&c, t.bytes, k);
		vanish(&c, k % 2 == 1);
	}
	assert_none_lives();
	ck_assert(server_is_at_rest(&s, DEADLINE));
	ck_assert_int_le(proc_descriptors(worker()), before);
	free(t.bytes);
	free(content);
	server_stop(&s);
}
END_TEST

/* ---- the client's address ----------------------------------------------- */

#define TRUSTED "\"trusted\": [\"127.0.0.0/8\"],"

START_TEST(a_trusted_proxy_determines_the_client)
{
	struct response r;

	server_serve(&s, CONF(TRUSTED));
	client_fetch(s.port, "/m/client",
		"X-Forwarded-For: 1.2.3.4, 192.0.2.7\r\n"
		"X-Forwarded-Proto: https\r\nX-Request-Id: abc\r\n",
		&r);
	ck_assert_str_eq(r.body, "192.0.2.7 https abc");
	ck_assert_str_eq(response_field(&r, "X-Request-Id"), "abc");
	response_free(&r);
	client_fetch(s.port, "/inside/hello.txt",
		"X-Forwarded-For: 192.0.2.7\r\n", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_fetch(s.port, "/inside/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 403);
	response_free(&r);
	ck_assert(server_file_has(&s, "access.log",
		"\"client\":\"192.0.2.7\",\"peer\":\"127.0.0.1\"", DEADLINE));
	ck_assert(server_file_has(
		&s, "access.log", "\"request_id\":\"abc\"", DEADLINE));
	server_stop(&s);
}
END_TEST

START_TEST(an_untrusted_peer_does_not_determine_the_client)
{
	struct response r;

	server_serve(&s, CONF(""));
	client_fetch(s.port, "/m/client",
		"X-Forwarded-For: 192.0.2.7\r\nForwarded: for=192.0.2.7\r\n"
		"X-Forwarded-Proto: https\r\nX-Request-Id: abc\r\n",
		&r);
	ck_assert_str_eq(r.body, "127.0.0.1 http abc");
	response_free(&r);
	client_fetch(s.port, "/inside/hello.txt",
		"X-Forwarded-For: 192.0.2.7\r\n", &r);
	ck_assert_int_eq(r.status, 403);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ uploads_of_any_size_arrive_completely, ROWS(paths) },
		{ two_pipelined_uploads_get_their_own_responses, 0 },
		{ a_file_in_a_form_arrives_completely, 0 },
		{ a_refused_upload_need_not_be_completed, 3 },
		{ uploads_do_not_grow_a_worker, 2 },
		{ a_client_that_is_too_slow_gets_408, 0 },
		{ a_client_may_disconnect_at_any_byte, ROWS(paths) + 1 },
		{ a_trusted_proxy_determines_the_client, 0 },
		{ an_untrusted_peer_does_not_determine_the_client, 0 },
	};

	return harness_run("module_content", tests, ROWS(tests));
}
