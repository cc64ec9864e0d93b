/*
 * What a context holds of its request's content.  In the request's memory.
 * SPDX-License-Identifier: MIT
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "prong.h"

struct upload {
	json_t *json; /* or NULL */

	/* Of prong_on_body(). */
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data);
	void *data;
	bool is_told; /* that it has ended */
};

/* The context's, made when it is needed; NULL: no memory is left for it. */
struct upload *upload_of(struct prong_context *);

#endif
