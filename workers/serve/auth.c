/*
 * The only user of <crypt.h>.  Right credentials are cached as they were sent,
 * so that they cost a comparison afterwards; wrong ones are cached for a few
 * seconds. Comparisons take constant time, and an unknown name takes as long as
 * a wrong password.
 * SPDX-License-Identifier: MIT
 */
#include "serve/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_CRYPT_H
#include <crypt.h>
#endif

#include "common/base64.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/mem.h"
#include "serve/token_cache.h"

enum {
	LINE = 512,
	WRONG_MS = 5000, /* that a wrong token is remembered */
};

struct user {
	char *name, *hash;
};

struct auth {
	struct user *users;
	size_t nusers;
	struct token_cache right, wrong;
};

/* ---- the file ----------------------------------------------------------- */

/*
 * The methods of crypt(3), with the length of what follows the last '$'.  crypt
 * does not know "$apr1$" and "{SHA}", which are of htpasswd alone.
 */
static const struct {
	const char *prefix;
	size_t length;
} methods[] = {
	{ "$1$", 22 },
	{ "$2a$", 53 },
	{ "$2b$", 53 },
	{ "$2x$", 53 },
	{ "$2y$", 53 },
	{ "$5$", 43 },
	{ "$6$", 86 },
	{ "$7$", 43 },
	{ "$y$", 43 },
	{ "$gy$", 43 },
};

/* Returns true for a complete hash of a known method. */
static bool
is_hash(const char *text)
{
	const char *digest = strrchr(text, '$');

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i].prefix);

		if (strncmp(text, methods[i].prefix, len) == 0)
			return digest >= text + len - 1 &&
			       strlen(digest + 1) == methods[i].length &&
			       strspn(digest + 1,
				       "./0123456789"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz") ==
				       methods[i].length;
	}
	return false;
}

/* False for a name with a byte order mark or a blank, which no client would
 * send. */
static bool
is_name(const char *text)
{
	return *text != '\0' && *text != ' ' && *text != '\t' &&
	       strncmp(text, "\xEF\xBB\xBF", 3) != 0;
}

/* Returns 0, or -1 if the line is malformed. */
static int
add_line(struct auth *a, char *line)
{
	char *colon = strchr(line, ':');

	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '\0' || *line == '#')
		return 0;
	if (colon == NULL || !is_hash(colon + 1))
		return -1;
	*colon = '\0';
	if (!is_name(line))
		return -1;
	a->users = mem_reallocarray(a->users, a->nusers + 1, sizeof(*a->users));
	a->users[a->nusers++] =
		(struct user){ mem_strdup(line), mem_strdup(colon + 1) };
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
			"%s:%d: must be USER:HASH with a whole hash of "
			"crypt(3), as htpasswd -B writes it",
			file, n);
		return -1;
	}
	if (ferror(from)) {
		snprintf(why, size, "%s: %s", file, strerror(errno));
		return -1;
	}
	return 0;
}

/* Opening a FIFO without O_NONBLOCK would wait for its writer. */
static FILE *
open_regular(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fdopen(fd, "r");
	close(fd);
	errno = 0;
	return NULL;
}

/* Opens the inherited file anew by its name in /proc, since all workers share
 * the position of the descriptor.  NULL with errno 0: not a regular file. */
static FILE *
open_file(const struct conf_auth *conf, const struct heritage_file *inherited)
{
	char name[32];

	if (inherited == NULL || inherited->fd == -1)
		return open_regular(conf->file);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", inherited->fd);
	return open_regular(access(name, R_OK) == 0 ? name : conf->file);
}

struct auth *
auth_open(const struct conf_auth *conf, const struct heritage_file *inherited,
	char *why, size_t size)
{
	FILE *from = open_file(conf, inherited);
	struct auth *a;
	int got;

	if (from == NULL) {
		snprintf(why, size, "%s: %s%s", conf->file,
			errno == 0 ? "not a regular file" : strerror(errno),
			errno == 0 ? "" : "; is it readable for this user?");
		return NULL;
	}
	a = mem_calloc(1, sizeof(*a));
	token_cache_init(&a->right);
	token_cache_init(&a->wrong);
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
	token_cache_fini(&a->right);
	token_cache_fini(&a->wrong);
	free(a);
}

/* ---- what a client says ------------------------------------------------- */

static bool
is_password(const char *password, const char *hash)
{
#ifdef HAVE_CRYPT_R
	struct crypt_data *data = mem_calloc(1, sizeof(*data));
	const char *got;
	bool is_right;

	got = crypt_r(password, hash, data);
	is_right = got != NULL && got[0] != '*' &&
		   token_is_same(span_of(got), span_of(hash));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return is_right;
#else
	(void)password, (void)hash;
	return false;
#endif
}

/* text: "NAME:PASSWORD" */
static bool
check_text(const struct auth *a, char *text)
{
	char *colon = strchr(text, ':');
	const struct user *user = NULL;
	bool is_right;

	if (colon == NULL || a->nusers == 0)
		return false;
	*colon = '\0';
	for (size_t i = 0; i < a->nusers && user == NULL; i++)
		if (strcmp(a->users[i].name, text) == 0)
			user = &a->users[i];
	is_right = is_password(
		colon + 1, user == NULL ? a->users[0].hash : user->hash);
	return user != NULL && is_right;
}

bool
auth_verify(const struct auth *a, struct span token)
{
	char text[AUTH_TOKEN + 1];
	ptrdiff_t len = base64_decode(token, text);
	bool is_right;

	text[len < 0 ? 0 : len] = '\0';
	/* RFC 7617 2: no control characters; a NUL would end it early. */
	is_right = len > 0 && memchr(text, '\0', (size_t)len) == NULL &&
		   check_text(a, text);
	explicit_bzero(text, sizeof(text));
	return is_right;
}

enum auth_verdict
auth_find(const struct auth *a, struct span value, int64_t now_ms,
	struct span *token)
{
	static const char scheme[] = "Basic ";
	const size_t skip = sizeof(scheme) - 1;

	if (value.len <= skip || strncasecmp(value.at, scheme, skip) != 0)
		return AUTH_REFUSED;
	*token = (struct span){ value.at + skip, value.len - skip };
	while (token->len > 0 && token->at[0] == ' ')
		*token = (struct span){ token->at + 1, token->len - 1 };
	if (token->len == 0 || token->len > AUTH_TOKEN)
		return AUTH_REFUSED;
	if (token_cache_has(&a->right, *token, now_ms))
		return AUTH_ADMITTED;
	if (token_cache_has(&a->wrong, *token, now_ms))
		return AUTH_REFUSED;
	return AUTH_UNKNOWN;
}

void
auth_remember(struct auth *a, struct span token, bool is_right, int64_t now_ms)
{
	if (is_right)
		token_cache_add(&a->right, token, 0);
	else
		token_cache_add(&a->wrong, token, now_ms + WRONG_MS);
}
