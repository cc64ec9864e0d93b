/*
 * The request fields that the server itself acts on, and those that it sees in
 * most heads.
 * SPDX-License-Identifier: MIT
 */
#ifndef FIELD_H
#define FIELD_H

#include "common/span.h"

enum field_id {
	FIELD_OTHER,  /* a name that is not known */
	FIELD_COMMON, /* one that is, and that nothing is done about */
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
	FIELD_KNOWN, /* how many */
};

/* Case does not count (RFC 9110 5.1).  name: any bytes. */
enum field_id field_find(struct span name);

#endif
