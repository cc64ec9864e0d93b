/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/metric_lines.h"

#include <inttypes.h>

void
metric_put_head(FILE *f, const struct metric_row *m)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
		m->type);
}

void
metric_put_value(FILE *f, const struct metric_row *m, uint64_t value)
{
	metric_put_head(f, m);
	fprintf(f, "%s %" PRIu64 "\n", m->name, value);
}

void
metric_put_labelled(FILE *f, const struct metric_row *m, const char *label,
	const char *is, uint64_t value)
{
	fprintf(f, "%s{%s=\"%s\"} %" PRIu64 "\n", m->name, label, is, value);
}

void
metric_put_quoted(FILE *f, const char *text)
{
	putc('"', f);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', f);
		if (*text == '\n')
			fputs("\\n", f);
		else
			putc(*text, f);
	}
	putc('"', f);
}
