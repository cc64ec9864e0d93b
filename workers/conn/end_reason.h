/*
 * How a request ended, for the access log.
 * SPDX-License-Identifier: MIT
 */
#ifndef END_REASON_H
#define END_REASON_H

#include "common/slot.h"

enum end_reason {
	END_OK,
	END_REFUSED,                           /* plus an enum slot_refusal */
	END_CUT = END_REFUSED + SLOT_REFUSALS, /* by its handler */
	END_FILE_CHANGED,                      /* it became shorter */
	END_SHUTDOWN,                          /* the worker's time was up */
	END_CLOSED,                            /* for any other reason */
	END_REASONS,                           /* how many */
};

static inline enum end_reason
end_reason_of(enum slot_refusal refusal)
{
	return (enum end_reason)(END_REFUSED + (int)refusal);
}

/* "ok", "client_gone" */
const char *end_reason_name(enum end_reason);

#endif
