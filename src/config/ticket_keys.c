/*
 * SPDX-License-Identifier: MIT
 */
#include "config/ticket_keys.h"

#include <string.h>

#include "common/base64.h"
#include "common/conf.h"
#include "common/secret.h"
#include "config/read.h"
#include "config/secret_file.h"

enum { NAME = 16 /* bytes, at the front of a key */ };

#define REMEDY "make one: openssl rand 80 | base64 -w 0"

/* The next line, without its end; at is NULL behind the last one. */
static struct span
next_line(struct span *rest)
{
	struct span line = *rest;
	const char *end;

	if (rest->len == 0)
		return (struct span){ NULL, 0 };
	end = memchr(rest->at, '\n', rest->len);
	line.len = end == NULL ? rest->len : (size_t)(end - rest->at);
	rest->at += line.len + (end != NULL);
	rest->len -= line.len + (end != NULL);
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool
is_key(struct span line)
{
	return line.len > 0 && line.at[0] != '#';
}

/* Of the key's name: clients show it in clear. */
static bool
has_name_before(const struct conf_tls *tls, const char *key)
{
	for (const char *k = tls->ticket_keys.at; k < key; k += CONF_TICKET_KEY)
		if (memcmp(k, key, NAME) == 0)
			return true;
	return false;
}

/* False after an error was reported. */
static bool
read_key(struct reader *r, const struct conf_tls *tls, struct span line,
	unsigned number, char *to)
{
	enum { DIGITS = BASE64_LEN(CONF_TICKET_KEY) };

	if (line.len > DIGITS ||
		base64_decode(line, to) != (ptrdiff_t)CONF_TICKET_KEY) {
		reader_report(r, JSON_POSITION_VALUE,
			"%s, line %u: a key is 80 bytes in base64, 108 "
			"characters; " REMEDY,
			tls->ticket_keys_path, number);
		return false;
	}
	if (has_name_before(tls, to)) {
		reader_report(r, JSON_POSITION_VALUE,
			"%s, line %u: the first 16 bytes are those of an "
			"earlier key; " REMEDY,
			tls->ticket_keys_path, number);
		return false;
	}
	return true;
}

/* Room for one key more than are taken, where decoded bytes stand. */
static char *
make_room(struct reader *r)
{
	enum { SIZE = (CONF_TICKET_KEYS + 1) * (CONF_TICKET_KEY + 4) };
	struct secret *s = secret_new(&r->conf->secrets, SIZE);

	if (s == NULL)
		reader_report(r, JSON_POSITION_VALUE, "no memory for the keys");
	return s == NULL ? NULL : s->bytes;
}

static void
read_keys(struct reader *r, struct conf_tls *tls, struct span file)
{
	char *to = make_room(r);
	unsigned number = 1;
	struct span line;
	size_t n = 0;

	tls->ticket_keys.at = to;
	for (; to != NULL && (line = next_line(&file)).at != NULL; number++) {
		if (!is_key(line))
			continue;
		if (n == CONF_TICKET_KEYS) {
			reader_report(r, JSON_POSITION_VALUE,
				"%s, line %u: more than %d keys",
				tls->ticket_keys_path, number,
				CONF_TICKET_KEYS);
			break;
		}
		if (read_key(r, tls, line, number, to + n * CONF_TICKET_KEY))
			n++;
	}
	tls->ticket_keys.len = n * CONF_TICKET_KEY;
	if (n == 0 && file.len == 0)
		reader_report(r, JSON_POSITION_VALUE,
			"%s holds no key; " REMEDY, tls->ticket_keys_path);
}

void
ticket_keys_load(struct reader *r, struct conf_tls *tls)
{
	struct span file;

	if (tls->ticket_keys_path == NULL)
		return;
	file = secret_file_read(r, "ticket_keys", tls->ticket_keys_path,
		SECRET_FILE_IS_KEY, NULL);
	if (file.len == 0)
		return;
	reader_enter(r, "ticket_keys");
	read_keys(r, tls, file);
	reader_leave(r);
}
