/*
 * SPDX-License-Identifier: MIT
 */
#include "conn/end_reason.h"

const char *
end_reason_name(enum end_reason reason)
{
	static const char *const names[END_REASONS] = {
		[END_OK] = "ok",
		[END_CUT] = "cut",
		[END_FILE_CHANGED] = "file_changed",
		[END_SHUTDOWN] = "shutdown",
		[END_CLOSED] = "closed",
	};

	return names[reason] != NULL ? names[reason]
				     : slot_refusal_name((enum slot_refusal)(
					       reason - END_REFUSED));
}
