/*
 * A response, read as strictly as RFC 9112 allows: what a tolerant client
 * would forgive is an error here.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

enum { RESPONSE_FIELDS = 64 };

struct response {
	int status;
	char *head; /* as received, with the empty line; ends with a NUL */
	char *body; /* decoded; ends with a NUL that len does not count */
	size_t len;
	bool until_eof; /* the body had no length: the close ended it */

	/* Point into lines, a copy of the head. */
	struct {
		const char *name, *value;
	} fields[RESPONSE_FIELDS];
	size_t nfields;
	char *lines;
	const char *why; /* what is wrong with it */
};

/*
 * Reads one response from the front of bytes.  is_head: it answers HEAD, so
 * it has no body; at_eof: no more bytes will come.  Bytes used; 0 when there
 * are too few yet; -1 when it is malformed (why says how).  A 1xx is a
 * response of its own.  Free it in all cases.
 */
long response_parse(struct response *, const char *bytes, size_t len,
	bool is_head, bool at_eof);
void response_free(struct response *);

/* The value of the only field of this name, NULL when it is missing or there
 * are several.  Case does not count. */
const char *response_field(const struct response *, const char *name);
size_t response_count(const struct response *, const char *name);

/* Ends the test unless the field has this value; NULL: unless there is none. */
void response_expect_field(
	const struct response *, const char *name, const char *value);

/* Does a list field hold this token?  ("Connection", "close") */
bool response_lists(
	const struct response *, const char *name, const char *token);

#endif
