/*
 * The request fields that the server itself acts on, and those that most
 * requests carry.
 * SPDX-License-Identifier: MIT
 */
#ifndef FIELD_H
#define FIELD_H

#include "common/span.h"

enum field_id {
	FIELD_OTHER,  /* a name that is not in the table */
	FIELD_COMMON, /* a known name that the server does not act on */
	FIELD_ACCEPT,
	FIELD_ACCEPT_ENCODING,
	FIELD_AUTHORIZATION,
	FIELD_CONNECTION,
	FIELD_CONTENT_LENGTH,
	FIELD_EXPECT,
	FIELD_HOST,
	FIELD_IF_MATCH,
	FIELD_IF_MODIFIED_SINCE,
	FIELD_IF_NONE_MATCH,
	FIELD_IF_RANGE,
	FIELD_IF_UNMODIFIED_SINCE,
	FIELD_RANGE,
	FIELD_REFERER,
	FIELD_TRANSFER_ENCODING,
	FIELD_USER_AGENT,
	FIELD_X_REQUEST_ID,
	FIELD_KNOWN, /* number of ids */
};

/*
 * Returns the id of a field name; case is ignored (RFC 9110 5.1). name may hold
 * any bytes.
 */
enum field_id field_find(struct span name);

#endif
