/*
 * Any bytes as a configuration: an answer or complaints, never a crash, and
 * one of the two.
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);
	struct conf *conf;

	assert(errors != NULL);
	/* No file of this machine is read. */
	if (memmem(bytes, len, "include", 7) != NULL)
		len = 0;
	conf = config_parse("fuzz.json", (const char *)bytes, len, errors);
	fclose(errors);
	assert((conf == NULL) == (size > 0));
	conf_free(conf);
	free(text);
	return 0;
}
