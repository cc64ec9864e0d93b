/*
 * Each form is parsed whole, split at every offset and byte by byte: the result
 * is always the same.
 * SPDX-License-Identifier: MIT
 */
#include "api/multipart.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/harness.h"

#define H(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"

/* The boundary is "b".  want: "[name|content]" for each part, then "." for the
 * end, or why it was refused. */
// clang-format off
static const struct {
	const char *text, *want;
} rows[] = {
	{ "--b\r\n" H("a") "1\r\n--b--\r\n", "[a|1]." },
	{ "--b\r\n" H("a") "1\r\n--b--", "[a|1]." },
	{ "--b\r\n" H("a") "\r\n--b--\r\n", "[a|]." },
	{ "--b\r\n" H("a") "1\r\n--b\r\n" H("c") "2\r\n--b--\r\n",
		"[a|1][c|2]." },
	{ "--b--\r\n", "." },
	{ "\r\n--b--", "." },
	/* white space after a boundary; preamble and epilogue */
	{ "--b \t\r\n" H("a") "1\r\n--b \r\n" H("c") "2\r\n--b--  \r\n",
		"[a|1][c|2]." },
	{ "preamble\r\n--b\r\n" H("a") "1\r\n--b--\r\nepilogue --b\r\n",
		"[a|1]." },
	{ "--a\r\n--c\r\n--b\r\n" H("a") "1\r\n--b--", "[a|1]." },
	/* content that looks like one */
	{ "--b\r\n" H("a") "\r\r\n\r\n-\r\n--\r\n--\r\n--b--",
		"[a|\r\r\n\r\n-\r\n--\r\n--]." },
	{ "--b\r\n" H("a") "--b\r\r\n--b--",
		"a boundary line has trailing characters" },
	{ "--b\r\n" H("a") " --b\r\n--b--", "[a| --b]." },
	{ "--b\r\n" H("a") "\n--b\r\n--b--", "[a|\n--b]." },
	{ "--b\r\n" H("a") "\r--b\r\n--b--", "[a|\r--b]." },
	{ "--b\r\n" H("a") "\r\r\n--b--", "[a|\r]." },
	{ "--b\r\n" H("a") "-\r\n--b--", "[a|-]." },
	{ "--b\r\n" H("a") "--\r\n--b--", "[a|--]." },
	{ "--b\r\n" H("a") "x\r\n-b\r\n--b--", "[a|x\r\n-b]." },
	/* a part without content at all, RFC 2046 5.1.1 */
	{ "--b\r\n" H("a") "--b--", "[a|]." },
	{ "--b\r\n" H("a") "--b\r\n" H("c") "2\r\n--b--", "[a|][c|2]." },
	/* wrong */
	{ "", "the boundary does not occur" },
	{ "x", "the boundary does not occur" },
	{ "-b--\r\n", "the boundary does not occur" },
	{ "--b", "the form ends before its last boundary" },
	{ "--b\r\n", "the form ends before its last boundary" },
	{ "--b\r\n" H("a") "1\r\n--b-", "the form ends before its last boundary" },
	{ "--b\r\n" H("a") "1\r\n--b\r\n",
		"the form ends before its last boundary" },
	{ "--b\r\n" H("a") "1\n--b--\n", "the form ends before its last boundary" },
	{ "--b\n" H("a"), "a boundary line has trailing characters" },
	{ "--bb\r\n" H("a"), "a boundary line has trailing characters" },
	{ "--b-x", "a boundary line has trailing characters" },
	{ "--b \rx", "a boundary line has trailing characters" },
	{ "--b -", "a boundary line has trailing characters" },
	{ "--b\r\n" H("a") "1\r\n--b2\r\n", "a boundary line has trailing characters" },
	{ "--b\r\n\r\nx\r\n--b--", "a part has no Content-Disposition" },
	{ "--b\r\nX: 1\r\n\r\nx\r\n--b--",
		"a part has no Content-Disposition" },
};
// clang-format on

/* What was found so far. */
struct resolved {
	char text[1024];
	size_t len;
};

static void
note(struct resolved *f, const char *at, size_t len)
{
	ck_assert_uint_lt(f->len + len, sizeof(f->text));
	memcpy(f->text + f->len, at, len);
	f->len += len;
	f->text[f->len] = '\0';
}

static int
on_part(void *data, const struct part_head *head)
{
	note(data, "[", 1);
	note(data, head->name.at, head->name.len);
	note(data, "|", 1);
	return 0;
}

static int
on_bytes(void *data, struct span s)
{
	ck_assert_uint_gt(s.len, 0);
	note(data, s.at, s.len);
	return 0;
}

static int
on_part_end(void *data)
{
	note(data, "]", 1);
	return 0;
}

static const struct multipart_sink sink = { on_part, on_bytes, on_part_end };

/* A piece in memory of its own, so that a look past its end is seen. */
static int
take(struct multipart *m, const char *at, size_t len)
{
	char *piece = malloc(len);
	int status;

	memcpy(piece, at, len);
	status = multipart_take(m, (struct span){ piece, len });
	free(piece);
	return status;
}

/* In pieces of this length, the first one of that. */
static void
read_in_pieces(const char *text, size_t first, size_t each, struct resolved *f)
{
	struct multipart m;
	size_t len = strlen(text), n = first;
	int status = 0;

	f->len = 0;
	f->text[0] = '\0';
	multipart_init(&m, SPAN("b"), &sink, f);
	for (size_t at = 0; at < len && status == 0; at += n, n = each) {
		n = n < len - at ? n : len - at;
		status = n > 0 ? take(&m, text + at, n) : 0;
	}
	if (status == 0)
		status = multipart_end(&m);
	ck_assert_int_eq(status, m.why == NULL ? 0 : 400);
	if (status == 0)
		note(f, ".", 1);
	else
		snprintf(f->text, sizeof(f->text), "%s", m.why);
}

START_TEST(a_split_form_yields_the_same_parts)
{
	size_t len = strlen(rows[_i].text);
	struct resolved f;

	for (size_t first = 0; first <= len; first++) {
		read_in_pieces(rows[_i].text, first, len + 1, &f);
		ck_assert_str_eq(f.text, rows[_i].want);
	}
	for (size_t each = 1; each < 8; each++) {
		read_in_pieces(rows[_i].text, each, each, &f);
		ck_assert_str_eq(f.text, rows[_i].want);
	}
}
END_TEST

START_TEST(an_overlong_part_head_is_refused)
{
	static const char start[] = "--b\r\nContent-Disposition: form-data; "
				    "name=a\r\nX: ";
	struct multipart m;
	struct resolved f = { .len = 0 };
	size_t before = sizeof(start) - 1 - 5; /* without the boundary */

	for (size_t over = 0; over <= 1; over++) {
		size_t fill = MULTIPART_HEAD - before - 4 + over;
		char *text = malloc(fill);

		memset(text, 'x', fill);
		multipart_init(&m, SPAN("b"), &sink, &f);
		ck_assert_int_eq(multipart_take(&m, span_of(start)), 0);
		ck_assert_int_eq(
			multipart_take(&m, (struct span){ text, fill }), 0);
		ck_assert_int_eq(
			multipart_take(&m, SPAN("\r\n\r\n")), over ? 400 : 0);
		free(text);
	}
	ck_assert_str_eq(m.why, "the head of a part is too long");
}
END_TEST

static int
refuse(void *data, struct span s)
{
	(void)s;
	++*(int *)data;
	return 413;
}

static int
accept_part(void *data, const struct part_head *head)
{
	(void)data;
	(void)head;
	return 0;
}

START_TEST(the_sink_can_end_parsing)
{
	static const struct multipart_sink unwilling = { accept_part, refuse,
		on_part_end };
	struct multipart m;
	int calls = 0;

	multipart_init(&m, SPAN("b"), &unwilling, &calls);
	ck_assert_int_eq(
		multipart_take(&m, SPAN("--b\r\n" H("a") "1\r2\r\n--b--")),
		413);
	ck_assert_int_eq(calls, 1);
	ck_assert_ptr_null(m.why);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_split_form_yields_the_same_parts, ROWS(rows) },
		{ an_overlong_part_head_is_refused, 0 },
		{ the_sink_can_end_parsing, 0 },
	};

	return harness_run("multipart", tests, ROWS(tests));
}
