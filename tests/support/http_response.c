/*
 * Status line, fields, body: each step refuses what it does not know.
 * SPDX-License-Identifier: MIT
 */
#include "support/http_response.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bytes of a body, and where they end in the input. */
enum outcome { BAD = -1, MORE = 0, DONE = 1 };

static long
bad(struct response *r, const char *why)
{
	r->why = why;
	return BAD;
}

void
response_free(struct response *r)
{
	free(r->head);
	free(r->lines);
	free(r->body);
	*r = (struct response){ 0 };
}

static char *
copy(const char *bytes, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		abort();
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

/* RFC 9112 4: "HTTP/1.1 200 OK"; the space after the code is not optional. */
static long
read_status_line(struct response *r, const char *line)
{
	if (strncmp(line, "HTTP/1.1 ", 9) != 0)
		return bad(r, "no HTTP/1.1 at the start");
	line += 9;
	for (int i = 0; i < 3; i++)
		if (!isdigit((unsigned char)line[i]))
			return bad(r, "no status of three digits");
	if (line[3] != ' ')
		return bad(r, "no space after the status");
	r->status = (int)strtol(line, NULL, 10);
	if (r->status < 100 || r->status > 599)
		return bad(r, "a status out of range");
	return DONE;
}

static bool
is_token(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
			strchr("!#$%&'*+-.^_`|~", *text) == NULL)
			return false;
	return true;
}

static bool
is_field_text(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
			*text == 0x7f)
			return false;
	return true;
}

static long
read_field(struct response *r, char *line)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (colon == NULL)
		return bad(r, "a field without a colon");
	if (r->nfields == RESPONSE_FIELDS)
		return bad(r, "too many fields");
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (!is_token(line))
		return bad(r, "a field name that is no token");
	if (!is_field_text(value))
		return bad(r, "a control character in a field");
	r->fields[r->nfields].name = line;
	r->fields[r->nfields++].value = value;
	return DONE;
}

/* Cuts the copy of the head into lines; each ends with CR LF. */
static long
read_lines(struct response *r)
{
	char *line = r->lines, *end;
	long verdict;

	for (bool first = true;; first = false) {
		end = strstr(line, "\r\n");
		if (end == NULL)
			return bad(r, "a NUL or a bare line end in the head");
		*end = '\0';
		if (strpbrk(line, "\r\n") != NULL)
			return bad(r, "a bare CR or LF in the head");
		if (*line == '\0')
			return DONE;
		verdict =
			first ? read_status_line(r, line) : read_field(r, line);
		if (verdict != DONE)
			return verdict;
		line = end + 2;
	}
}

static long
read_head(struct response *r, const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4);
	size_t head_len;

	if (len >= 9 && memcmp(bytes, "HTTP/1.1 ", 9) != 0)
		return bad(r, "no HTTP/1.1 at the start");
	if (end == NULL)
		return MORE;
	head_len = (size_t)(end - bytes) + 4;
	r->head = copy(bytes, head_len);
	r->lines = copy(bytes, head_len);
	if (memchr(bytes, '\0', head_len) != NULL)
		return bad(r, "a NUL in the head");
	if (read_lines(r) != DONE)
		return BAD;
	return (long)head_len;
}

static long
read_sized(struct response *r, const char *text, const char *bytes, size_t len)
{
	char *end;
	size_t want;

	if (!isdigit((unsigned char)*text))
		return bad(r, "a Content-Length that is no number");
	want = strtoul(text, &end, 10);
	if (*end != '\0')
		return bad(r, "a Content-Length that is no number");
	if (len < want)
		return MORE;
	r->body = copy(bytes, want);
	r->len = want;
	return (long)want;
}

/* One chunk-size line without extensions, in the form that we send. */
static long
read_chunk_size(
	struct response *r, const char *at, const char *end, size_t *size)
{
	const char *eol = memmem(at, (size_t)(end - at), "\r\n", 2);
	char *stop;

	if (eol == NULL)
		return MORE;
	if (!isxdigit((unsigned char)*at))
		return bad(r, "a chunk size that is no number");
	*size = strtoul(at, &stop, 16);
	if (stop != eol)
		return bad(r, "text after a chunk size");
	return eol + 2 - at;
}

/* Past the trailer section and its empty line. */
static long
read_trailers(const char *at, const char *end)
{
	const char *stop;

	if (end - at >= 2 && memcmp(at, "\r\n", 2) == 0)
		return 2;
	stop = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
	return stop == NULL ? MORE : stop + 4 - at;
}

static long
read_chunked(struct response *r, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;
	size_t size;
	long n;

	r->body = copy(bytes, len);
	r->len = 0;
	for (;;) {
		n = read_chunk_size(r, at, end, &size);
		if (n <= 0)
			return n;
		at += n;
		if (size == 0)
			break;
		if ((size_t)(end - at) < size + 2)
			return MORE;
		memcpy(r->body + r->len, at, size);
		r->len += size;
		at += size;
		if (memcmp(at, "\r\n", 2) != 0)
			return bad(r, "no CR LF after a chunk");
		at += 2;
	}
	r->body[r->len] = '\0';
	n = read_trailers(at, end);
	return n == MORE ? MORE : at + n - bytes;
}

/* RFC 9112 6.3, from the client's side; *has_body is false for rule 1. */
static long
check_framing(struct response *r, bool is_head, bool *has_body)
{
	size_t lengths = response_count(r, "Content-Length");
	size_t codings = response_count(r, "Transfer-Encoding");
	bool bodyless = r->status / 100 == 1 || r->status == 204;

	if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0))
		return bad(r, "two lengths");
	if (bodyless && lengths + codings > 0)
		return bad(r, "a length where there is no body");
	*has_body = !bodyless && !is_head && r->status != 304;
	return DONE;
}

static long
read_body(struct response *r, const char *bytes, size_t len, bool at_eof)
{
	const char *coding = response_field(r, "Transfer-Encoding");
	const char *length = response_field(r, "Content-Length");

	if (coding != NULL && strcasecmp(coding, "chunked") != 0)
		return bad(r, "an unknown transfer coding");
	if (coding != NULL)
		return read_chunked(r, bytes, len);
	if (length != NULL)
		return read_sized(r, length, bytes, len);
	if (!at_eof)
		return MORE;
	r->until_eof = true;
	r->body = copy(bytes, len);
	r->len = len;
	return (long)len;
}

/* A body of no bytes is done although its reader used none. */
static bool
is_complete(const struct response *r, long used)
{
	if (used != 0)
		return true;
	return r->until_eof ||
	       (r->body != NULL && r->len == 0 &&
		       response_field(r, "Content-Length") != NULL);
}

long
response_parse(struct response *r, const char *bytes, size_t len, bool is_head,
	bool at_eof)
{
	bool has_body;
	long head, used;

	*r = (struct response){ 0 };
	head = read_head(r, bytes, len);
	if (head <= 0)
		return head;
	if (check_framing(r, is_head, &has_body) == BAD)
		return BAD;
	if (!has_body) {
		r->body = copy("", 0);
		return head;
	}
	used = read_body(r, bytes + head, len - (size_t)head, at_eof);
	if (used < 0 || !is_complete(r, used))
		return used;
	return head + used;
}

size_t
response_count(const struct response *r, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < r->nfields; i++)
		count += strcasecmp(r->fields[i].name, name) == 0;
	return count;
}

const char *
response_field(const struct response *r, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < r->nfields; i++) {
		if (strcasecmp(r->fields[i].name, name) != 0)
			continue;
		if (value != NULL)
			return NULL;
		value = r->fields[i].value;
	}
	return value;
}

bool
response_lists(const struct response *r, const char *name, const char *token)
{
	const char *at = response_field(r, name);
	size_t len;

	while (at != NULL && *at != '\0') {
		at += strspn(at, " \t,");
		len = strcspn(at, " \t,");
		if (len == strlen(token) && strncasecmp(at, token, len) == 0)
			return true;
		at += len;
	}
	return false;
}

void
response_expect_field(
	const struct response *r, const char *name, const char *value)
{
	const char *got = response_field(r, name);

	if (value == NULL)
		ck_assert_msg(got == NULL, "%s is %s", name, got);
	else
		ck_assert_msg(got != NULL && strcmp(got, value) == 0,
			"%s is not %s:\n%s", name, value, r->head);
}
