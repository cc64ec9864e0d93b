/*
 * The table of a check, and the rules of its texts.
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/conf_check.h"
#include "common/token.h"
#include "config/directive_row.h"
#include "config/validate.h"

enum { TEXT_MAX = 4096, BODY_MAX = 64 * 1024 };

/* "GET /path?query": a method, one space, and a path. */
static const char *
check_request_line(const char *text)
{
	static const char shape[] = "must be a method and a path, like "
				    "\"GET /health\"";
	const char *space = strchr(text, ' ');
	char method[32];
	size_t len = space == NULL ? 0 : (size_t)(space - text);

	if (len == 0 || len >= sizeof(method) || space[1] != '/')
		return shape;
	memcpy(method, text, len);
	method[len] = '\0';
	if (!token_is_valid(method))
		return shape;
	for (const char *c = space + 1; *c != '\0'; c++)
		if (!isgraph((unsigned char)*c) || *c == '#')
			return "must not contain spaces, fragments or bytes "
			       "that a URL escapes";
	return NULL;
}

/* Those that frame the request are written by the check itself. */
static const char *
check_request_field(const char *name)
{
	static const char *const own[] = { "Host", "Connection",
		"Content-Length", "Transfer-Encoding", "Expect", "Upgrade",
		"Accept-Encoding" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcasecmp(name, own[i]) == 0)
			return "is set by the check itself";
	return validate_token(name);
}

static const char *
check_body(const char *text)
{
	return strlen(text) <= BODY_MAX ? NULL
					: "must be at most 65536 bytes long";
}

static const char *
check_text(const char *text)
{
	if (*text == '\0')
		return "must not be empty";
	return strlen(text) <= TEXT_MAX ? NULL
					: "must be at most 4096 bytes long";
}

// clang-format off
static const struct directive rows[] = {
	{ "request", DIRECTIVE_STRING, DIRECTIVE_REQUIRED,
	  AT(conf_check, request), .rule = check_request_line,
	  .help = "method and path, like \"GET /health\"" },
	{ "host", DIRECTIVE_STRING, 0, AT(conf_check, host),
	  .rule = validate_text,
	  .help = "host of the request; default: that of the first site" },
	{ "headers", DIRECTIVE_FIELDS, 0, AT(conf_check, headers), JSON({}),
	  .rule = validate_field_value, .key_rule = check_request_field,
	  .help = "fields of the request" },
	{ "body", DIRECTIVE_STRING, 0, AT(conf_check, body),
	  .rule = check_body,
	  .help = "content of the request" },
	{ "status", DIRECTIVE_INTEGER, 0, AT(conf_check, status), JSON(200),
	  BETWEEN(200, 599),
	  .help = "status that the response must have" },
	{ "fields", DIRECTIVE_FIELDS, 0, AT(conf_check, fields), JSON({}),
	  .rule = validate_field_value, .key_rule = validate_token,
	  .help = "fields that the response must have, and text that their "
		  "values must contain" },
	{ "text", DIRECTIVE_STRING, 0, AT(conf_check, text),
	  .rule = check_text,
	  .help = "text that the content of the response must contain" },
};
// clang-format on

const struct directive_table directive_check = { ROWS(rows), NULL };
