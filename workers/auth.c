/*
 * The one owner of <crypt.h>.  What was right is kept as it was sent, so that
 * it costs a comparison from then on.  Comparisons take as long for what is
 * wrong at its beginning as at its end, and a name that does not exist takes
 * as long as a wrong password.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "auth.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_CRYPT_H
#include <crypt.h>
#endif

#include "common/base64.h"
#include "common/conf.h"

enum {
	LINE = 512,
	TOKEN = 344, /* bytes of base64: 256 of name and password */
	REMEMBERED = 64,
};

struct user {
	char *name, *hash;
};

struct auth {
	struct user *users;
	size_t nusers;
	char remembered[REMEMBERED][TOKEN + 1];
	unsigned next; /* of remembered, to be written */
#ifdef HAVE_CRYPT_R
	struct crypt_data crypt;
#endif
};

/* ---- the file ----------------------------------------------------------- */

/* "$apr1$" and "{SHA}" are of htpasswd alone; crypt(3) does not know them. */
static bool
is_hash(const char *text)
{
	return text[0] == '$' && strncmp(text, "$apr1$", 6) != 0;
}

/* 0, or -1 where it is no line of such a file. */
static int
add_line(struct auth *a, char *line)
{
	char *colon = strchr(line, ':');

	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '\0' || *line == '#')
		return 0;
	if (colon == NULL || colon == line || !is_hash(colon + 1))
		return -1;
	*colon = '\0';
	a->users = reallocarray(a->users, a->nusers + 1, sizeof(*a->users));
	assert(a->users != NULL);
	a->users[a->nusers] = (struct user){ strdup(line), strdup(colon + 1) };
	assert(a->users[a->nusers].name != NULL &&
		a->users[a->nusers].hash != NULL);
	a->nusers++;
	return 0;
}

static int
read_users(struct auth *a, FILE *from, const char *file, char *why, size_t size)
{
	char line[LINE];

	for (int n = 1; fgets(line, sizeof(line), from) != NULL; n++) {
		if (add_line(a, line) == 0)
			continue;
		snprintf(why, size,
			"%s:%d: must be USER:HASH with a hash of crypt(3), as "
			"htpasswd -B writes it",
			file, n);
		return -1;
	}
	return 0;
}

struct auth *
auth_open(const struct conf_auth *conf, char *why, size_t size)
{
	FILE *from = fopen(conf->file, "re");
	struct auth *a;
	int got;

	if (from == NULL) {
		snprintf(why, size, "%s: %s; is it readable for this user?",
			conf->file, strerror(errno));
		return NULL;
	}
	a = calloc(1, sizeof(*a));
	assert(a != NULL);
	got = read_users(a, from, conf->file, why, size);
	fclose(from);
#ifndef HAVE_CRYPT_R
	snprintf(why, size, "\"auth\": prong was built without libcrypt");
	got = -1;
#endif
	if (got == 0)
		return a;
	auth_close(a);
	return NULL;
}

void
auth_close(struct auth *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->nusers; i++) {
		free(a->users[i].name);
		free(a->users[i].hash);
	}
	free(a->users);
	explicit_bzero(a->remembered, sizeof(a->remembered));
	free(a);
}

/* ---- what a client says ------------------------------------------------- */

/* The time depends on the lengths alone. */
static bool
is_same(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned char differs = alen != blen;

	for (size_t i = 0; i < blen; i++)
		differs |= (unsigned char)((i < alen ? a[i] : 0) ^ b[i]);
	return differs == 0;
}

static bool
is_remembered(const struct auth *a, struct span token)
{
	bool found = false;

	for (int i = 0; i < REMEMBERED; i++)
		found |= a->remembered[i][0] != '\0' &&
			 is_same(a->remembered[i], strlen(a->remembered[i]),
				 token.at, token.len);
	return found;
}

static void
remember(struct auth *a, struct span token)
{
	char *to = a->remembered[a->next++ % REMEMBERED];

	memcpy(to, token.at, token.len);
	to[token.len] = '\0';
}

static bool
is_password(struct auth *a, const char *password, const char *hash)
{
#ifdef HAVE_CRYPT_R
	const char *got = crypt_r(password, hash, &a->crypt);

	return got != NULL && got[0] != '*' &&
	       is_same(got, strlen(got), hash, strlen(hash));
#else
	(void)a, (void)password, (void)hash;
	return false;
#endif
}

/* "NAME:PASSWORD" */
static bool
check(struct auth *a, char *text)
{
	char *colon = strchr(text, ':');
	const struct user *user = NULL;
	bool is_right;

	if (colon == NULL || a->nusers == 0)
		return false;
	*colon = '\0';
	for (size_t i = 0; i < a->nusers; i++)
		if (strcmp(a->users[i].name, text) == 0)
			user = &a->users[i];
	is_right = is_password(
		a, colon + 1, user == NULL ? a->users[0].hash : user->hash);
	return user != NULL && is_right;
}

bool
auth_admits(struct auth *a, struct span value)
{
	static const char scheme[] = "Basic ";
	const size_t skip = sizeof(scheme) - 1;
	char text[TOKEN + 1];
	struct span token;
	ptrdiff_t len;
	bool is_right;

	if (value.len <= skip || strncasecmp(value.at, scheme, skip) != 0)
		return false;
	token = (struct span){ value.at + skip, value.len - skip };
	while (token.len > 0 && token.at[0] == ' ')
		token = (struct span){ token.at + 1, token.len - 1 };
	if (token.len == 0 || token.len > TOKEN)
		return false;
	if (is_remembered(a, token))
		return true;
	len = base64_decode(token, text);
	text[len < 0 ? 0 : len] = '\0';
	/* RFC 7617 2: no control characters; a NUL would end it early. */
	is_right = len > 0 && memchr(text, '\0', (size_t)len) == NULL &&
		   check(a, text);
	if (is_right)
		remember(a, token);
	explicit_bzero(text, sizeof(text));
	return is_right;
}
