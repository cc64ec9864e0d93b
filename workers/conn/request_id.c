/*
 * A client may choose its request ID: the ID only serves to find log lines, and
 * a proxy that needs control over it sets the field itself.
 * SPDX-License-Identifier: MIT
 */
#include "conn/request_id.h"

#include <stdbool.h>

#include "common/random.h"
#include "conn/conn_record.h"
#include "conn/exchange.h"

enum { PREFIX = 16 /* digits */ };

static const char digits[] = "0123456789abcdef";

static char *
put_hex(char *to, uint64_t n, int count)
{
	for (int i = count - 1; i >= 0; i--)
		*to++ = digits[n >> 4 * i & 15];
	return to;
}

static void
format_count(struct request_ids *ids)
{
	uint64_t n = ids->count;
	char *from = ids->text + PREFIX + 1;

	ids->len =
		(size_t)(put_hex(from, n, n >> 32 == 0 ? 8 : 16) - ids->text);
}

void
request_ids_init(struct request_ids *ids)
{
	*put_hex(ids->text, random_seed(), PREFIX) = '-';
	ids->count = 0;
	format_count(ids);
}

struct span
request_id_make(struct request_ids *ids)
{
	uint64_t n = ++ids->count;

	/* The others differ from the last one only in two digits. */
	if ((n & 0xff) == 0)
		format_count(ids);
	ids->text[ids->len - 2] = digits[n >> 4 & 15];
	ids->text[ids->len - 1] = digits[n & 15];
	return (struct span){ ids->text, ids->len };
}

static bool
is_id_char(char c)
{
	char lower = (char)(c | 0x20);

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-_.:/+=@~", c) != NULL);
}

/* Returns the ID, or NULL at its start if it is too long or has other
 * characters. */
static struct span
check_id(struct span id)
{
	if (id.len == 0 || id.len > REQUEST_ID_MOST)
		return (struct span){ NULL, 0 };
	for (size_t i = 0; i < id.len; i++)
		if (!is_id_char(id.at[i]))
			return (struct span){ NULL, 0 };
	return id;
}

struct span
request_id_find(const struct request *r)
{
	return check_id(request_value(r, FIELD_X_REQUEST_ID));
}

void
request_id_name(struct exchange *x, struct request_ids *ids)
{
	struct span id = { NULL, 0 };

	if (x->protocol->is_restored)
		id = check_id(x->restored->request_id);
	else if (x->site != NULL) /* else the head was not understood */
		id = request_id_find(&x->request);
	if (id.at == NULL)
		id = request_id_make(ids);
	x->request_id = exchange_add_field(x, SPAN("X-Request-Id"), id);
}
