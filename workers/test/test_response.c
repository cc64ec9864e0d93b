/*
 * The test's connection closes after each response, so that the end is easily
 * found; the length is checked all the same.
 * SPDX-License-Identifier: MIT
 */
#include "test/test_response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/mem.h"

struct test_field {
	struct test_field *next;
	char value[];
};

static void
free_fields(struct test_response *r)
{
	struct test_field *f;

	while ((f = r->fields) != NULL) {
		r->fields = f->next;
		free(f);
	}
}

static const char *
keep_field(struct test_response *r, const char *value, size_t len)
{
	struct test_field *f;

	for (f = r->fields; f != NULL; f = f->next)
		if (strlen(f->value) == len &&
			memcmp(f->value, value, len) == 0)
			return f->value;
	f = mem_calloc(1, sizeof(*f) + len + 1);
	memcpy(f->value, value, len);
	f->next = r->fields;
	r->fields = f;
	return f->value;
}

void
test_response_start(struct test_response *r, bool is_head)
{
	free_fields(r);
	r->nbytes = 0;
	r->is_head = is_head;
	r->is_done = r->is_complete = false;
	r->status = 0;
	r->len = 0;
	r->head = "";
	r->body = NULL;
}

void
test_response_fini(struct test_response *r)
{
	free(r->bytes);
	free_fields(r);
}

bool
test_response_read(struct test_response *r, int fd)
{
	enum { AT_ONCE = 64 * 1024 };
	ssize_t n;

	for (;;) {
		if (r->size - r->nbytes < AT_ONCE + 1) {
			r->size = r->size * 2 + 2 * AT_ONCE;
			r->bytes = mem_realloc(r->bytes, r->size);
		}
		n = recv(fd, r->bytes + r->nbytes, AT_ONCE, 0);
		if (n > 0) {
			r->nbytes += (size_t)n;
			continue;
		}
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return false;
		r->is_done = true;
		return true;
	}
}

/* Decodes chunks in place (RFC 9112 7.1). */
static void
decode_chunks(struct test_response *r)
{
	char *from = r->body, *to = r->body, *end = r->body + r->len, *line;
	size_t size;

	while (from < end) {
		size = strtoul(from, &line, 16);
		line = memmem(line, (size_t)(end - line), "\r\n", 2);
		if (line == NULL || (size_t)(end - line) < size + 4)
			break;
		memmove(to, line + 2, size);
		to += size;
		from = line + 2 + size + 2;
		if (size == 0) {
			r->is_complete = true;
			break;
		}
	}
	r->len = (size_t)(to - r->body);
}

static bool
has_no_content(const struct test_response *r)
{
	return r->is_head || r->status / 100 == 1 || r->status == 204 ||
	       r->status == 304;
}

/* Interim responses come before the final one. */
static char *
skip_interim(char *at)
{
	char *end;

	while (strncmp(at, "HTTP/1.1 10", 11) == 0 && at[11] != '1') {
		end = strstr(at, "\r\n\r\n");
		if (end == NULL)
			break;
		at = end + 4;
	}
	return at;
}

void
test_response_finish(struct test_response *r)
{
	const char *length;
	char *at, *end;

	if (r->bytes == NULL || r->nbytes == 0) {
		r->head = "";
		r->body = (char *)"";
		return;
	}
	r->bytes[r->nbytes] = '\0';
	at = skip_interim(r->bytes);
	r->head = at;
	end = strstr(at, "\r\n\r\n");
	if (end == NULL || strncmp(at, "HTTP/1.", 7) != 0) {
		r->body = r->bytes + r->nbytes;
		return;
	}
	end[2] = '\0';
	r->status = atoi(at + strlen("HTTP/1.1 "));
	r->body = end + 4;
	r->len = r->nbytes - (size_t)(r->body - r->bytes);
	length = test_response_field(r, "Content-Length");
	if (has_no_content(r))
		r->is_complete = true;
	else if (length != NULL)
		r->is_complete = r->len == strtoul(length, NULL, 10);
	else if (test_response_field(r, "Transfer-Encoding") != NULL)
		decode_chunks(r);
	else
		r->is_complete = true;
	r->body[r->len] = '\0';
}

const char *
test_response_field(struct test_response *r, const char *name)
{
	size_t len = strlen(name);
	const char *line = strstr(r->head, "\r\n"), *end;

	for (; line != NULL && line[2] != '\0'; line = end) {
		line += 2;
		end = strstr(line, "\r\n");
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		return keep_field(r, line,
			end == NULL ? strlen(line) : (size_t)(end - line));
	}
	return NULL;
}
