/*
 * Lines are compared as text: their order and their labels are ours.
 * SPDX-License-Identifier: MIT
 */
#include "support/scrape.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"

/* Is it a line of this metric, with a label that holds the text? */
static bool
is_of(const char *line, const char *name, const char *label)
{
	size_t len = strlen(name);
	const char *end = strchr(line, '\n'), *at;

	if (strncmp(line, name, len) != 0 ||
		(line[len] != ' ' && line[len] != '{'))
		return false;
	at = strstr(line, label);
	return at != NULL && (end == NULL || at < end);
}

/* The value follows the labels, which may hold spaces. */
static long
value_of(const char *line)
{
	const char *end = line + strcspn(line, "\n"), *at = end;

	while (at > line && at[-1] != ' ')
		at--;
	return strtol(at, NULL, 10);
}

long
scrape_sum(int port, const char *name, const char *label)
{
	struct response r;
	const char *line;
	long sum = 0;

	client_ask(port,
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: close\r\n\r\n",
		&r);
	ck_assert_int_eq(r.status, 200);
	for (line = r.body; line != NULL && *line != '\0';) {
		if (is_of(line, name, label))
			sum += value_of(line);
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	response_free(&r);
	return sum;
}
