/*
 * Checks whatever reaches the head of a response once, when the configuration
 * is read, instead of in every response.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "common/pattern.h"
#include "common/token.h"

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

const char *
validate_text(const char *text)
{
	if (*text == '\0')
		return "must not be empty";
	if (has_control(text))
		return "must not contain control characters";
	return NULL;
}

const char *
validate_field_value(const char *text)
{
	if (strpbrk(text, "\r\n") != NULL)
		return "must not contain a line break: it would end the field";
	return validate_text(text);
}

const char *
validate_token(const char *text)
{
	return token_is_valid(text)
		       ? NULL
		       : "must be a token: letters, digits and '-'";
}

const char *
validate_origin(const char *text)
{
	const char *host = strstr(text, "://");

	if (strcmp(text, "*") == 0)
		return NULL;
	if (host == NULL || host == text || host[3] == '\0' ||
		strpbrk(host + 3, "/?# *") != NULL)
		return "must be \"*\" or an origin like "
		       "\"https://example.com\", without a path";
	return validate_field_value(text);
}

static bool
is_one_of(const char *text, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcasecmp(text, *names) == 0)
			return true;
	return false;
}

/*
 * Fields that frame a message or describe its content are set by the server
 * alone.
 */
const char *
validate_field_add(const char *text)
{
	static const char *const own[] = { "Accept-Ranges", "Connection",
		"Content-Encoding", "Content-Length", "Content-Range",
		"Content-Type", "Date", "ETag", "Keep-Alive", "Last-Modified",
		"Server", "Trailer", "Transfer-Encoding", "Upgrade", NULL };

	if (!token_is_valid(text))
		return "must be the name of a field";
	if (strcasecmp(text, "Content-Type") == 0)
		return "is set by the server; see \"types\"";
	return is_one_of(text, own) ? "is set by the server" : NULL;
}

const char *
validate_field_set(const char *text)
{
	static const char *const merged[] = { "Allow", "Location", "Vary",
		"WWW-Authenticate", NULL };

	if (strcasecmp(text, "Server") == 0)
		return NULL;
	if (is_one_of(text, merged))
		return "is set by the server; use \"add\" to send another one";
	return validate_field_add(text);
}

/* A client can do without the optional fields. */
const char *
validate_field_remove(const char *text)
{
	static const char *const optional[] = { "Accept-Ranges", "ETag",
		"Last-Modified", NULL };

	return is_one_of(text, optional) ? NULL : validate_field_set(text);
}

const char *
validate_extension(const char *text)
{
	if (strcmp(text, "*") == 0)
		return NULL;
	if (strcmp(text, ".") == 0 || strpbrk(text, "/*") != NULL)
		return "must be a file name extension like \".foo\", or a "
		       "whole file name";
	return validate_text(text);
}

const char *
validate_coding(const char *text)
{
	static const char *const codings[] = { "gzip", "br", "zstd", NULL };

	return is_one_of(text, codings)
		       ? NULL
		       : "must be \"gzip\", \"br\" or \"zstd\"";
}

const char *
validate_media_type(const char *text)
{
	size_t type = token_length(text), subtype;

	if (type == 0 || text[type] != '/')
		return "must be a media type like \"text/plain\"";
	subtype = token_length(text + type + 1);
	text += type + 1 + subtype;
	if (subtype == 0 || (*text != '\0' && *text != ';'))
		return "must be a media type like \"text/plain\"";
	return *text == '\0' ? NULL : validate_field_value(text);
}

const char *
validate_media_range(const char *text)
{
	size_t type = token_length(text);

	if (strcmp(text, "*") == 0)
		return NULL;
	if (type == 0 || text[type] != '/' || text[type + 1] == '\0' ||
		text[type + 1 + token_length(text + type + 1)] != '\0')
		return "must be a media type like \"text/html\" or "
		       "\"image/*\"";
	return NULL;
}

const char *
validate_realm(const char *text)
{
	if (strpbrk(text, "\"\\") != NULL)
		return "must not contain quotes or backslashes";
	return validate_text(text);
}

static bool
is_host_name(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-._~")] == '\0' &&
	       text[0] != '.' && strstr(text, "..") == NULL;
}

static bool
is_v6_literal(const char *text)
{
	size_t len = strlen(text);

	return len > 2 && text[0] == '[' && text[len - 1] == ']' &&
	       strspn(text + 1, "0123456789abcdefABCDEF:.") == len - 2;
}

const char *
validate_host(const char *text)
{
	bool leads = strncmp(text, "*.", 2) == 0;
	const char *name = leads ? text + 2 : text;
	size_t len = strlen(name);
	char plain[256];

	if (len == 0)
		return "must not be empty";
	if (len >= sizeof(plain))
		return "must be a host name of at most 255 characters";
	if (is_v6_literal(text))
		return NULL;
	memcpy(plain, name, len + 1);
	if (!leads && len > 2 && strcmp(name + len - 2, ".*") == 0)
		plain[len -= 2] = '\0';
	if (strchr(plain, '*') != NULL)
		return "a wildcard may only be the first or the last label, "
		       "as in \"*.example.com\" or \"example.*\"";
	if (strchr(plain, ':') != NULL)
		return "must be a name without a port";
	if (!is_host_name(plain) || plain[len - 1] == '.')
		return "must be a host name";
	return NULL;
}

const char *
validate_index(const char *text)
{
	if (strchr(text, '/') != NULL)
		return "must be a file name without '/'";
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return "must be a file name";
	return validate_text(text);
}

static bool
has_dot_dot(const char *path)
{
	for (; (path = strstr(path, "/..")) != NULL; path += 3)
		if (path[3] == '/' || path[3] == '\0')
			return true;
	return false;
}

const char *
validate_url_path(const char *text)
{
	if (*text != '/')
		return "must begin with '/'";
	if (has_dot_dot(text))
		return "must not contain \"..\"";
	return validate_text(text);
}

static bool
is_error_status(const char *text)
{
	return (*text == '4' || *text == '5') && strlen(text) == 3 &&
	       strspn(text, "0123456789") == 3;
}

const char *
validate_try(const char *text)
{
	if (*text == '=')
		return is_error_status(text + 1)
			       ? NULL
			       : "must be a status like \"=404\"";
	if (*text != '/' && strncmp(text, "$path", 5) != 0)
		return "must begin with '/' or \"$path\", or be a status "
		       "like \"=404\"";
	if (has_dot_dot(text))
		return "must not contain \"..\"";
	return validate_text(text);
}

const char *
validate_route_path(const char *text)
{
	const char *wrong = validate_url_path(text);

	if (wrong != NULL)
		return wrong;
	if (strpbrk(text, "?#") != NULL)
		return "must not contain '?' or '#': routes ignore the query";
	return pattern_wrong(text);
}
