/*
 * Status and fields are judged when the head is complete, the text while the
 * content arrives: a stream need not end.
 * SPDX-License-Identifier: MIT
 */
#include "check_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/conf_check.h"
#include "common/mem.h"

enum { STATUS_AT = 9, SHOWN = 60 /* bytes of what came */ };

void
check_answer_init(struct check_answer *a, const struct conf_check *check)
{
	*a = (struct check_answer){ .check = check,
		.head = mem_alloc(CHECK_HEAD_MAX + 1),
		.content = mem_alloc(CHECK_CONTENT) };
}

void
check_answer_fini(struct check_answer *a)
{
	free(a->head);
	free(a->content);
}

static enum check_verdict
fail_check(char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return CHECK_FAILS;
}

/* ---- what came, for a person -------------------------------------------- */

/* The start of a text, without line breaks and bytes that cannot be shown. */
static void
shorten_text(const char *text, size_t len, char shown[SHOWN + 4])
{
	size_t n = len < SHOWN ? len : SHOWN;

	for (size_t i = 0; i < n; i++)
		shown[i] = isprint((unsigned char)text[i]) && text[i] != '"'
				   ? text[i]
				   : ' ';
	strcpy(shown + n, n < len ? "..." : "");
}

/* ---- the head ----------------------------------------------------------- */

static int
read_status(const struct check_answer *a)
{
	return a->head_len > STATUS_AT
		       ? (int)strtol(a->head + STATUS_AT, NULL, 10)
		       : 0;
}

/* The value of the next field of this name behind *at, or NULL. */
static const char *
next_field(const char **at, struct span name, size_t *len)
{
	const char *line = *at;

	while ((line = strchr(line, '\n')) != NULL) {
		line++;
		if (strncasecmp(line, name.at, name.len) != 0 ||
			line[name.len] != ':')
			continue;
		*at = line;
		line += name.len + 1;
		line += strspn(line, " \t");
		*len = strcspn(line, "\r\n");
		return line;
	}
	return NULL;
}

static enum check_verdict
judge_field(const struct check_answer *a, const struct conf_field *wanted,
	char *why, size_t size)
{
	const char *at = a->head, *value, *last = NULL;
	char shown[SHOWN + 4];
	size_t len, last_len = 0;

	while ((value = next_field(&at, wanted->name, &len)) != NULL) {
		if (memmem(value, len, wanted->value.at, wanted->value.len) !=
			NULL)
			return CHECK_HOLDS;
		last = value;
		last_len = len;
	}
	if (last == NULL) {
		snprintf(why, size, "no field %s came, \"%s\" in it was wanted",
			wanted->name.at, wanted->value.at);
		return CHECK_FAILS;
	}
	shorten_text(last, last_len, shown);
	snprintf(why, size, "%s: \"%s\" came, \"%s\" in it was wanted",
		wanted->name.at, shown, wanted->value.at);
	return CHECK_FAILS;
}

static enum check_verdict
judge_head(const struct check_answer *a, char *why, size_t size)
{
	const struct conf_check *c = a->check;

	if (read_status(a) != c->status) {
		snprintf(why, size, "status %d came, %d was wanted",
			read_status(a), (int)c->status);
		return CHECK_FAILS;
	}
	for (size_t i = 0; i < c->fields.count; i++)
		if (judge_field(a, &c->fields.all[i], why, size) == CHECK_FAILS)
			return CHECK_FAILS;
	return c->text == NULL ? CHECK_HOLDS : CHECK_WAITS;
}

/* The end of the head, or NULL. */
static char *
find_end(struct check_answer *a)
{
	char *end = memmem(a->head, a->head_len, "\r\n\r\n", 4);

	return end == NULL ? NULL : end + 4;
}

static void
begin_content(struct check_answer *a)
{
	const char *at = a->head, *value;
	size_t len;

	a->has_head = true;
	value = next_field(&at, SPAN("Transfer-Encoding"), &len);
	a->is_chunked = value != NULL;
	if (a->is_chunked)
		body_start_chunked(&a->body);
}

/* ---- the content -------------------------------------------------------- */

static void
keep_content(struct check_answer *a, struct span s)
{
	size_t drop;

	if (s.len > CHECK_CONTENT / 2)
		s.len = CHECK_CONTENT / 2;
	if (a->content_len + s.len > CHECK_CONTENT) {
		drop = a->content_len + s.len - CHECK_CONTENT;
		a->content_len -= drop;
		memmove(a->content, a->content + drop, a->content_len);
	}
	memcpy(a->content + a->content_len, s.at, s.len);
	a->content_len += s.len;
}

static void
take_content(struct check_answer *a, const char *bytes, size_t len)
{
	size_t used;
	struct span run = { bytes, len };

	if (!a->is_chunked) {
		keep_content(a, run);
		return;
	}
	while (len > 0 && !body_is_done(&a->body)) {
		run = (struct span){ NULL, 0 };
		if (body_take(&a->body, bytes, len, &used, &run) != 0 ||
			(used == 0 && run.len == 0))
			return;
		if (run.len > 0)
			keep_content(a, run);
		bytes += used;
		len -= used;
	}
}

static enum check_verdict
judge_content(struct check_answer *a, bool is_end, char *why, size_t size)
{
	const char *text = a->check->text;
	char shown[SHOWN + 4], wanted[SHOWN + 4];

	if (memmem(a->content, a->content_len, text, strlen(text)) != NULL)
		return CHECK_HOLDS;
	if (!is_end && !(a->is_chunked && body_is_done(&a->body)))
		return CHECK_WAITS;
	shorten_text(a->content, a->content_len, shown);
	shorten_text(text, strlen(text), wanted);
	snprintf(why, size, "content \"%s\" came, \"%s\" in it was wanted",
		shown, wanted);
	return CHECK_FAILS;
}

/* ---- the response ------------------------------------------------------- */

/* Bytes of a head, and of the content behind it. */
static enum check_verdict
take_head(struct check_answer *a, const char *bytes, size_t len, char *why,
	size_t size)
{
	enum check_verdict verdict;
	char *end;

	if (a->head_len + len > CHECK_HEAD_MAX)
		return fail_check(why, size, "its head is longer than 64 KiB");
	memcpy(a->head + a->head_len, bytes, len);
	a->head_len += len;
	a->head[a->head_len] = '\0';
	/* Interim responses (RFC 9110 15.2) come before. */
	while ((end = find_end(a)) != NULL && read_status(a) / 100 == 1) {
		a->head_len -= (size_t)(end - a->head);
		memmove(a->head, end, a->head_len + 1);
	}
	if (end == NULL)
		return CHECK_WAITS;
	end[-2] = '\0';
	begin_content(a);
	verdict = judge_head(a, why, size);
	if (verdict == CHECK_WAITS)
		take_content(a, end, (size_t)(a->head + a->head_len - end));
	return verdict;
}

enum check_verdict
check_answer_take(struct check_answer *a, const char *bytes, size_t len,
	char *why, size_t size)
{
	enum check_verdict verdict = CHECK_WAITS;

	if (!a->has_head && len > 0)
		verdict = take_head(a, bytes, len, why, size);
	else if (!a->has_head)
		return fail_check(why, size, "no response came");
	else
		take_content(a, bytes, len);
	if (verdict != CHECK_WAITS || !a->has_head)
		return verdict;
	return judge_content(a, len == 0, why, size);
}
