/*
 * Comments are replaced by blanks, so that positions stay the same.  The checks
 * before the parser are for errors that jansson words badly.
 * SPDX-License-Identifier: MIT
 */
#include "config/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error_text.h"
#include "common/utf8.h"

#define BOM "\xEF\xBB\xBF"

static void
report_at_offset(const struct config_text *t, struct config_errors *c,
	size_t offset, const char *text)
{
	struct json_position at = json_position_find(t->bytes, t->len, offset);

	at.file = t->name;
	config_errors_add(c, at, "%s", text);
}

/* Adds an error of the whole text. */
static int
report_whole(
	const struct config_text *t, struct config_errors *c, const char *text)
{
	config_errors_add(
		c, (struct json_position){ .file = t->name }, "%s", text);
	return -1;
}

static int
report_no_memory(const struct config_text *t, struct config_errors *c)
{
	return report_whole(t, c, "no memory for the configuration");
}

/* ---- reading ------------------------------------------------------------- */

/*
 * Reads at most one byte more than is allowed.  Returns the length, or -1 with
 * errno.  pread(2), since standard input is shared with other processes.
 */
static ssize_t
read_bytes(int fd, char *bytes)
{
	size_t len = 0;
	ssize_t n;

	while (len <= CONFIG_TEXT_MAX) {
		n = pread(
			fd, bytes + len, CONFIG_TEXT_MAX + 1 - len, (off_t)len);
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
suggest_remedy(int error)
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

/* O_NONBLOCK keeps the open of a FIFO from hanging.  Returns the descriptor, or
 * -1 with the reason. */
static int
open_file(const char *file, struct error_text *why)
{
	bool is_stdin = strcmp(file, "-") == 0;
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			  : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1)
		return error_text_set(why, "cannot open: %s", strerror(errno));
	if (fstat(fd, &st) == -1)
		error_text_set(why, "cannot read: %s", strerror(errno));
	else if (S_ISREG(st.st_mode))
		return fd;
	else
		error_text_set(why, "cannot read: %s",
			S_ISDIR(st.st_mode)    ? "is a directory"
			: S_ISFIFO(st.st_mode) ? "a pipe is read with -c -"
					       : "not a regular file");
	close(fd);
	errno = S_ISDIR(st.st_mode) ? EISDIR : 0;
	return -1;
}

/* Returns the bytes, which the caller frees, or NULL with the reason and
 * errno. */
static char *
read_file(const char *file, size_t *len, struct error_text *why)
{
	int fd = open_file(file, why), error;
	char *bytes;
	ssize_t n = -1;

	if (fd == -1)
		return NULL;
	bytes = malloc(CONFIG_TEXT_MAX + 1);
	if (bytes == NULL)
		error_text_set(why, "no memory for the configuration");
	else if ((n = read_bytes(fd, bytes)) == -1)
		error_text_set(why, "cannot read: %s", strerror(errno));
	error = errno;
	close(fd);
	errno = error;
	if (n == -1) {
		free(bytes);
		return NULL;
	}
	*len = (size_t)n;
	return bytes;
}

int
config_text_open(struct config_text *t, const char *file, const char *name,
	struct config_errors *c)
{
	struct error_text why;
	size_t len;
	char *bytes = read_file(file, &len, &why);
	int result;

	*t = (struct config_text){ .name = name };
	if (bytes == NULL) {
		config_errors_add(c, (struct json_position){ .file = name },
			"%s%s", why.text,
			errno == EISDIR ? "; to serve it, leave out -c"
					: suggest_remedy(errno));
		return -1;
	}
	result = config_text_init(t, bytes, len, name, c);
	free(bytes);
	return result;
}

int
config_text_include(struct config_text *t, const char *file,
	struct json_position at, struct config_errors *c)
{
	struct error_text why;
	size_t len;
	char *bytes = read_file(file, &len, &why);
	int result;

	*t = (struct config_text){ .name = file };
	if (bytes == NULL) {
		config_errors_add(c, at, "include: %s: %s", file, why.text);
		return -1;
	}
	result = config_text_init(t, bytes, len, file, c);
	free(bytes);
	return result;
}

/* ---- checking ------------------------------------------------------------ */

static int
check_encoding(const struct config_text *t, struct config_errors *c)
{
	const char *p = t->bytes;
	size_t n;

	for (size_t i = 0; i < t->len; i += n) {
		n = utf8_length(p + i, t->len - i);
		if (p[i] != '\0' && n > 0)
			continue;
		report_at_offset(t, c, i,
			p[i] == '\0' ? "NUL byte; this is not a text file"
				     : "this byte is not UTF-8; save the file "
				       "as UTF-8");
		return -1;
	}
	return 0;
}

/* ---- comments ------------------------------------------------------------ */

static size_t
find_string_end(const char *s, size_t len, size_t i)
{
	for (i++; i < len && s[i] != '"' && s[i] != '\n'; i++)
		if (s[i] == '\\' && i + 1 < len)
			i++;
	return i < len ? i + 1 : len;
}

/*
 * Returns the offset behind the comment that starts at i, or SIZE_MAX if it is
 * not terminated.
 */
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
blank_range(char *s, size_t from, size_t to)
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
blank_comments(struct config_text *t, struct config_errors *c)
{
	size_t i = 0, end;
	char *s = t->plain;

	if (t->len >= 3 && memcmp(s, BOM, 3) == 0)
		blank_range(s, 0, 3);
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
			report_at_offset(
				t, c, i, "this comment is not terminated");
			return -1;
		}
		blank_range(s, i, end);
		i = end;
	}
	return 0;
}

static int
check_not_empty(const struct config_text *t, struct config_errors *c)
{
	if (strspn(t->plain, " \t\r\n") < t->len)
		return 0;
	return report_whole(t, c,
		t->name == NULL ? "the file is empty; it must contain an "
				  "object with \"sites\""
				: "the file is empty");
}

static char *
copy_bytes(const char *bytes, size_t len)
{
	char *p = malloc(len + 1);

	if (p == NULL)
		return NULL;
	if (len > 0)
		memcpy(p, bytes, len);
	p[len] = '\0';
	return p;
}

int
config_text_init(struct config_text *t, const char *bytes, size_t len,
	const char *name, struct config_errors *c)
{
	*t = (struct config_text){ .name = name };
	if (len > CONFIG_TEXT_MAX)
		return report_whole(t, c,
			"the file is larger than 1 MiB; is it the right one?");
	*t = (struct config_text){ copy_bytes(bytes, len),
		copy_bytes(bytes, len), len, name };
	if (t->bytes == NULL || t->plain == NULL)
		report_no_memory(t, c);
	else if (check_encoding(t, c) == 0 && blank_comments(t, c) == 0 &&
		 check_not_empty(t, c) == 0)
		return 0;
	config_text_fini(t);
	return -1;
}

void
config_text_fini(struct config_text *t)
{
	free(t->bytes);
	free(t->plain);
	*t = (struct config_text){ .name = NULL };
}

/* ---- parsing ------------------------------------------------------------- */

/* Derives the mistake from the token at the offset and the byte before it. */
static const char *
explain_syntax(const struct config_text *t, size_t offset, char before)
{
	char c = offset < t->len ? t->plain[offset] : '\0';

	if (c == '#')
		return "a comment begins with // or is enclosed in /* */";
	if (before == ',' && (c == '}' || c == ']'))
		return "remove the comma before this bracket";
	if (before != '\0' && strchr("{[,:", before) == NULL && c != ':' &&
		c != '}' && c != ']' && c != ',')
		return "a comma is missing before this";
	if (c == '\'')
		return "a string must be in double quotes";
	if ((before == '{' || before == ',') && c != '"')
		return "a key in double quotes, or a value, is expected here";
	if (c == '"')
		return "this string is not terminated, or contains a bad "
		       "escape or a control character";
	if (c == '}' || c == ']')
		return "this bracket does not match the one that is open";
	return "this is not JSON; a value is a number, a string, true, false, "
	       "null, [...] or {...}";
}

static const char *
explain_error(const struct config_text *t, const json_error_t *error,
	size_t offset, char before)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return "the file ends here, but a bracket or a string is "
		       "still open";
	case json_error_duplicate_key:
		return "this key is a duplicate";
	case json_error_stack_overflow:
		return "brackets are nested too deeply";
	case json_error_numeric_overflow:
		return "this number is too large";
	case json_error_null_character:
		return "a string must not contain \\u0000";
	case json_error_end_of_input_expected:
		return "nothing may follow the end of the configuration";
	default:
		if (strncmp(error->text, "':'", 3) == 0)
			return "a colon is missing before this";
		return explain_syntax(t, offset, before);
	}
}

json_t *
config_text_parse(const struct config_text *t, struct config_errors *c)
{
	json_error_t error;
	json_t *value;
	size_t offset;
	char before;

	value = json_loadb(t->plain, t->len,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (value != NULL)
		return value;
	if (json_error_code(&error) == json_error_out_of_memory) {
		report_no_memory(t, c);
		return NULL;
	}
	offset = json_position_token(
		t->plain, t->len, (size_t)error.position, &before);
	if (json_error_code(&error) == json_error_premature_end_of_input)
		offset = t->len;
	report_at_offset(
		t, c, offset, explain_error(t, &error, offset, before));
	return NULL;
}
