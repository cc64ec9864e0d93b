/*
 * What can be said of a head before its end has come: whether the bytes can
 * still become one, and if not, why.
 * SPDX-License-Identifier: MIT
 */
#include "http/http1_partial.h"

#include <string.h>

#include "common/conf.h"
#include "http/http1.h"
#include "http/octet.h"
#include "http/request.h"

static bool
has_only_text(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!octet_is_text(p[i]))
			return false;
	return true;
}

int
http1_check_version(const char *p, int *minor)
{
	if (memcmp(p, "HTTP/", 5) != 0 || !octet_is_digit(p[5]) ||
		p[6] != '.' || !octet_is_digit(p[7]))
		return 400;
	if (p[5] != '1')
		return 505;
	/* A higher minor version is treated as 1.1 (RFC 9110 2.5). */
	*minor = p[7] != '0';
	return 0;
}

/* Checks the start of a request line: a token, a space, and no control byte. */
static int
check_partial_line(const char *p, size_t len)
{
	size_t method = octet_token_length(p, len);

	if (method == len)
		return method > HTTP1_LONGEST_METHOD ? 400 : 0;
	if (method == 0 || method > HTTP1_LONGEST_METHOD || p[method] != ' ')
		return 400;
	return has_only_text(p, len) ? 0 : 400;
}

static int
check_whole_line(const char *p, size_t len)
{
	int minor;

	if (len < HTTP1_VERSION_LEN + 1 ||
		p[len - HTTP1_VERSION_LEN - 1] != ' ')
		return 400;
	return http1_check_version(p + len - HTTP1_VERSION_LEN, &minor);
}

/* Checks the lines of the fields, which begin behind a line feed. */
static int
check_partial_fields(const char *lf, const char *end,
	const struct conf_limits *limits, const char **rule)
{
	const char *p;
	size_t line;

	while (lf != NULL) {
		p = lf + 1;
		lf = memchr(p, '\n', (size_t)(end - p));
		line = (size_t)((lf == NULL ? end : lf) - p);
		*rule = HTTP1_BARE_LF;
		if (lf != NULL && (line == 0 || p[line - 1] != '\r'))
			return 400;
		*rule = HTTP1_LONG_FIELD;
		if ((int64_t)line - 2 > limits->field)
			return 431;
	}
	return 0;
}

int
http1_check_partial(const char *bytes, size_t len,
	const struct conf_limits *limits, const char **rule)
{
	const char *lf = memchr(bytes, '\n', len);
	size_t line = lf == NULL ? len : (size_t)(lf - bytes);
	size_t cr = line > 0 && bytes[line - 1] == '\r';
	int status;

	/* A CR at the end of the input may be the first half of a CRLF. */
	*rule = HTTP1_BARE_LF;
	if (lf != NULL && cr == 0)
		return 400;
	line -= cr;
	status =
		check_partial_line(bytes, (int64_t)line > limits->request_line
						  ? (size_t)limits->request_line
						  : line);
	*rule = HTTP1_BAD_LINE;
	if (status != 0)
		return status;
	*rule = HTTP1_LONG_LINE;
	if ((int64_t)line > limits->request_line)
		return 414;
	status = lf == NULL ? 0 : check_whole_line(bytes, line);
	*rule = status == 505 ? HTTP1_BAD_VERSION : HTTP1_BAD_LINE;
	if (status == 0)
		status = check_partial_fields(lf, bytes + len, limits, rule);
	if (status != 0)
		return status;
	*rule = HTTP1_LONG_HEAD;
	return (int64_t)len > limits->head ? 431 : 0;
}

int
http1_explain_missing(
	struct request *r, size_t len, const struct conf_limits *limits)
{
	const char *end = memmem(r->head, len, "\r\n\r\n", 4);
	int status = http1_check_partial(r->head,
		end == NULL ? len : (size_t)(end + 4 - r->head), limits,
		&r->broken_rule);

	/* The same bytes get the same status, however they are split into
	 * reads. */
	if (status != 0 || end == NULL)
		return status != 0 ? status : HTTP1_PARTIAL;
	return r->nfields == REQUEST_FIELDS
		       ? request_refuse(r, 431, HTTP1_TOO_MANY_FIELDS)
		       : request_refuse(r, 400, HTTP1_BAD_FIELD);
}
