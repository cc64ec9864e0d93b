/*
 * Text that a client wrote, in a line of the access log.
 * SPDX-License-Identifier: MIT
 */
#ifndef LOG_ESCAPE_H
#define LOG_ESCAPE_H

#include <stdbool.h>

#include "common/span.h"

enum { LOG_ESCAPE_WORST = 6 }; /* "\u00XX" for one byte */

/*
 * Writes s with control bytes, quotes and bytes that are not ASCII escaped: as
 * \u00XX in JSON, which keeps valid UTF-8, and as \xXX else.  Returns the end.
 */
char *log_escape_put(char *to, struct span, bool is_json);

#endif
