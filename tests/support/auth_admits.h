/*
 * What a worker does in three steps, since the hash is computed by a thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef AUTH_ADMITS_H
#define AUTH_ADMITS_H

#include "serve/auth.h"

static inline bool
auth_admits(struct auth *a, struct span authorization)
{
	struct span token;
	enum auth_verdict verdict = auth_find(a, authorization, 1, &token);
	bool is_right;

	if (verdict != AUTH_UNKNOWN)
		return verdict == AUTH_ADMITTED;
	is_right = auth_verify(a, token);
	auth_remember(a, token, is_right, 1);
	return is_right;
}

#endif
