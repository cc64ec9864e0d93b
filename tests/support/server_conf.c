/*
 * The configuration of a server under test.
 * SPDX-License-Identifier: MIT
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/server.h"

/* The value of the $ word at text, and its length; NULL: none. */
static const char *
word_at(const struct server *s, const char *text, const char *port,
	const char *tls_port, size_t *len)
{
	const struct {
		const char *word, *value;
	} words[] = { { "$PORT", port }, { "$TLS", tls_port },
		{ "$ROOT", s->root }, { "$DIR", s->dir } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*len = strlen(words[i].word);
		if (strncmp(text, words[i].word, *len) == 0)
			return words[i].value;
	}
	return NULL;
}

/* What a test makes is its user's: workers of a master that is root stay root,
 * unless the configuration says otherwise. */
static void
write_configuration(struct server *s, const char *text)
{
	const char *brace = strchr(text, '{');
	char *all;

	if (getuid() != 0 || s->program.as_nobody || brace == NULL ||
		strstr(text, "\"user\"") != NULL) {
		server_text(s, "prong.json", text);
		return;
	}
	ck_assert_int_ne(asprintf(&all, "%.*s{\"user\": \"root\",%s",
				 (int)(brace - text), text, brace + 1),
		-1);
	server_text(s, "prong.json", all);
	free(all);
}

void
server_configure(struct server *s, const char *conf)
{
	char *text = NULL, port[16], tls_port[16];
	const char *value;
	size_t size, len;
	FILE *f = open_memstream(&text, &size);

	snprintf(port, sizeof(port), "%d", s->port);
	snprintf(tls_port, sizeof(tls_port), "%d", s->tls_port);
	while (*conf != '\0') {
		value = word_at(s, conf, port, tls_port, &len);
		if (value == NULL)
			fputc(*conf++, f);
		else
			conf += len * (fputs(value, f) >= 0);
	}
	fclose(f);
	write_configuration(s, text);
	free(text);
}
