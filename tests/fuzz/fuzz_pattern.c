/*
 * A pattern, a line feed, a path: what fits gives the parts that the pattern
 * has; put in the wildcards' places they make the path again.
 * SPDX-License-Identifier: MIT
 */
#include "common/pattern.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
wildcard_length(const char *at, bool is_first)
{
	size_t n = 0;

	if (at[0] == '*')
		return at[1] == '*' ? 2 : 1;
	if (at[0] != ':' || !is_first)
		return 0;
	while (at[n] != '\0' && at[n] != '/')
		n++;
	return n;
}

static void
check_parts(const char *pattern, struct span path,
	const struct pattern_parts *parts)
{
	const char *to = path.at;
	int part = 0;

	for (const char *p = pattern; *p != '\0';) {
		size_t n = wildcard_length(p, p > pattern && p[-1] == '/');

		if (n == 0) {
			assert(*to == *p);
			to++;
			p++;
			continue;
		}
		assert(parts->all[part].value.at == to);
		to += parts->all[part++].value.len;
		p += n;
	}
	assert(to == path.at + path.len && part == parts->count);
}

static void
check_template(struct span text)
{
	struct template_piece piece;
	size_t left = text.len;

	while (template_next(&text, &piece)) {
		assert(text.len < left);
		left = text.len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size == 0 ? NULL : memchr(text, '\n', size);
	struct pattern_parts parts, names;
	struct span path;
	char *pattern;

	check_template((struct span){ text, size });
	if (end == NULL || text[0] != '/')
		return 0;
	path = (struct span){ end + 1, size - (size_t)(end + 1 - text) };
	pattern = strndup(text, (size_t)(end - text));
	if (path.len > 0 && path.at[0] == '/' &&
		pattern_wrong(pattern) == NULL &&
		pattern_fits(span_of(pattern), path, &parts)) {
		pattern_names(span_of(pattern), &names);
		assert(names.count == parts.count);
		check_parts(pattern, path, &parts);
	}
	free(pattern);
	return 0;
}
