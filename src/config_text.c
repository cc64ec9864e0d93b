/*
 * Comments become blanks, so that every position holds.  The checks that come
 * before the parser are those whose message jansson words badly.
 * SPDX-License-Identifier: MIT
 */
#include "config_text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/utf8.h"

#define BOM "\xEF\xBB\xBF"

static const struct position whole_file = { 0, 0 };

static void
complain_at(const struct config_text *t, struct complaints *c, size_t offset,
	const char *text)
{
	complaints_add(
		c, locate_position(t->bytes, t->len, offset), "%s", text);
}

/* ---- reading ------------------------------------------------------------ */

/* Up to one byte more than is allowed.  The length, or -1 with errno. */
static ssize_t
read_all(int fd, char *bytes)
{
	size_t len = 0;
	ssize_t n;

	while (len <= CONFIG_TEXT_MAX) {
		n = read(fd, bytes + len, CONFIG_TEXT_MAX + 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static const char *
remedy(int error)
{
	switch (error) {
	case ENOENT:
		return "; name another with -c, or serve a directory: "
		       "prong DIR";
	case EACCES:
		return "; let this user read it, or name another with -c";
	default:
		return "";
	}
}

/* O_NONBLOCK: opening a fifo must not hang. */
static int
open_file(const char *file, struct complaints *c)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1)
		complaints_add(c, whole_file, "cannot open: %s%s",
			strerror(errno), remedy(errno));
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	complaints_add(c, whole_file, "cannot read: %s",
		S_ISDIR(st.st_mode) ? "it is a directory; serve it without -c"
				    : "it is not a regular file");
	close(fd);
	return -1;
}

static int
open_text(struct config_text *t, char *bytes, ssize_t len, struct complaints *c)
{
	if (len == -1) {
		complaints_add(
			c, whole_file, "cannot read: %s", strerror(errno));
		return -1;
	}
	return config_text_init(t, bytes, (size_t)len, c);
}

int
config_text_open(struct config_text *t, const char *file, struct complaints *c)
{
	int fd = open_file(file, c), result;
	char *bytes;

	*t = (struct config_text){ NULL, NULL, 0 };
	if (fd == -1)
		return -1;
	bytes = malloc(CONFIG_TEXT_MAX + 1);
	assert(bytes != NULL);
	result = open_text(t, bytes, read_all(fd, bytes), c);
	free(bytes);
	close(fd);
	return result;
}

/* ---- checking ----------------------------------------------------------- */

static int
check_bytes(const struct config_text *t, struct complaints *c)
{
	const char *p = t->bytes;
	size_t n;

	for (size_t i = 0; i < t->len; i += n) {
		n = utf8_length(p + i, t->len - i);
		if (p[i] != '\0' && n > 0)
			continue;
		complain_at(t, c, i,
			p[i] == '\0' ? "a NUL byte; this is no text file"
				     : "this byte is not UTF-8; save the file "
				       "as UTF-8");
		return -1;
	}
	return 0;
}

/* ---- comments ----------------------------------------------------------- */

static size_t
find_string_end(const char *s, size_t len, size_t i)
{
	for (i++; i < len && s[i] != '"' && s[i] != '\n'; i++)
		if (s[i] == '\\' && i + 1 < len)
			i++;
	return i < len ? i + 1 : len;
}

/* The offset behind the comment that starts at i; SIZE_MAX: it never ends. */
static size_t
find_comment_end(const char *s, size_t len, size_t i)
{
	const char *end;

	if (s[i + 1] == '/') {
		end = memchr(s + i, '\n', len - i);
		return end == NULL ? len : (size_t)(end - s);
	}
	for (i += 2; i + 1 < len; i++)
		if (s[i] == '*' && s[i + 1] == '/')
			return i + 2;
	return SIZE_MAX;
}

static void
blank(char *s, size_t from, size_t to)
{
	for (; from < to; from++)
		if (s[from] != '\n')
			s[from] = ' ';
}

static bool
is_comment(const char *s, size_t len, size_t i)
{
	return s[i] == '/' && i + 1 < len &&
	       (s[i + 1] == '/' || s[i + 1] == '*');
}

static int
blank_comments(struct config_text *t, struct complaints *c)
{
	size_t i = 0, end;
	char *s = t->plain;

	if (t->len >= 3 && memcmp(s, BOM, 3) == 0)
		blank(s, 0, 3);
	while (i < t->len) {
		if (s[i] == '"') {
			i = find_string_end(s, t->len, i);
			continue;
		}
		if (!is_comment(s, t->len, i)) {
			i++;
			continue;
		}
		end = find_comment_end(s, t->len, i);
		if (end == SIZE_MAX) {
			complain_at(t, c, i, "this comment never ends");
			return -1;
		}
		blank(s, i, end);
		i = end;
	}
	return 0;
}

static int
check_content(const struct config_text *t, struct complaints *c)
{
	if (strspn(t->plain, " \t\r\n") < t->len)
		return 0;
	complaints_add(c, whole_file,
		"the file is empty; it must hold an object with \"sites\" "
		"at least");
	return -1;
}

static char *
copy(const char *bytes, size_t len)
{
	char *p = malloc(len + 1);

	assert(p != NULL);
	if (len > 0)
		memcpy(p, bytes, len);
	p[len] = '\0';
	return p;
}

int
config_text_init(struct config_text *t, const char *bytes, size_t len,
	struct complaints *c)
{
	*t = (struct config_text){ NULL, NULL, 0 };
	if (len > CONFIG_TEXT_MAX) {
		complaints_add(c, whole_file,
			"the file is larger than 1 MiB; is it the right one?");
		return -1;
	}
	*t = (struct config_text){ copy(bytes, len), copy(bytes, len), len };
	if (check_bytes(t, c) == 0 && blank_comments(t, c) == 0 &&
		check_content(t, c) == 0)
		return 0;
	config_text_fini(t);
	return -1;
}

void
config_text_fini(struct config_text *t)
{
	free(t->bytes);
	free(t->plain);
	*t = (struct config_text){ NULL, NULL, 0 };
}

/* ---- parsing ------------------------------------------------------------ */

/* What stands at the offset, and what stood before it, tells the mistake. */
static const char *
explain_syntax(const struct config_text *t, size_t offset, char before)
{
	char c = offset < t->len ? t->plain[offset] : '\0';

	if (c == '#')
		return "a comment begins with // or stands in /* */";
	if (before == ',' && (c == '}' || c == ']'))
		return "remove the comma before this bracket";
	if (before != '\0' && strchr("{[,:", before) == NULL && c != ':' &&
		c != '}' && c != ']' && c != ',')
		return "a comma is missing before this";
	if (c == '\'')
		return "strings stand in double quotes";
	if ((before == '{' || before == ',') && c != '"')
		return "a key in double quotes, or a value, is expected here";
	if (c == '"')
		return "this string has no end, or holds a bad escape or a "
		       "control character";
	if (c == '}' || c == ']')
		return "this bracket does not close the one that is open";
	return "this is not JSON; a value is a number, a string, true, false, "
	       "null, [...] or {...}";
}

static const char *
explain(const struct config_text *t, const json_error_t *error, size_t offset,
	char before)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return "the file ends here, but a bracket or a string is "
		       "still open";
	case json_error_duplicate_key:
		return "this key is there twice";
	case json_error_stack_overflow:
		return "brackets are nested too deeply";
	case json_error_numeric_overflow:
		return "this number is too large";
	case json_error_null_character:
		return "a string may not hold \\u0000";
	case json_error_end_of_input_expected:
		return "nothing may follow the end of the configuration";
	default:
		if (strncmp(error->text, "':'", 3) == 0)
			return "a colon is missing before this";
		return explain_syntax(t, offset, before);
	}
}

json_t *
config_text_parse(struct config_text *t, struct complaints *c)
{
	json_error_t error;
	json_t *value;
	size_t offset;
	char before;

	value = json_loadb(t->plain, t->len,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (value != NULL)
		return value;
	offset =
		locate_token(t->plain, t->len, (size_t)error.position, &before);
	if (json_error_code(&error) == json_error_premature_end_of_input)
		offset = t->len;
	complain_at(t, c, offset, explain(t, &error, offset, before));
	return NULL;
}
