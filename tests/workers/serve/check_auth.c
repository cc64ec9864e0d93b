/*
 * Names and passwords.
 * SPDX-License-Identifier: MIT
 */
#include "serve/auth.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "support/auth_admits.h"
#include "support/harness.h"

/* "secret" */
#define HASH                                                                   \
	"$6$abcdefgh$ltjgWl6579NluT/"                                          \
	"Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/"         \
	"O6IND4WQhG."

static char file[] = "/tmp/check_auth.XXXXXX";
static struct conf_auth conf = { "realm", file };

static void
write_file(const char *text)
{
	int fd;
	FILE *to;

	snprintf(file, sizeof(file), "/tmp/check_auth.XXXXXX");
	fd = mkstemp(file);
	to = fdopen(fd, "w");
	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	fclose(to);
}

static const struct {
	const char *value;
	bool is_admitted;
} rows[] = {
	{ "Basic YW5uOnNlY3JldA==", true }, /* ann:secret */
	{ "basic  YW5uOnNlY3JldA==", true },
	{ "Basic YW5uOnNlY3JldA", true },
	{ "Basic YW5uOnNlY3JldHM=", false }, /* ann:secrets */
	{ "Basic YW5uOg==", false },         /* ann: */
	{ "Basic YW5uOnNlY3JldAA=", false }, /* ann:secret\0 */
	{ "Basic Ym9iOnNlY3JldA==", false }, /* bob:secret */
	{ "Basic YW5u", false },             /* ann */
	{ "Basic Y*5uOnNlY3JldA==", false },
	{ "Basic ", false },
	{ "Basic", false },
	{ "Bearer YW5uOnNlY3JldA==", false },
	{ "", false },
};

START_TEST(only_the_right_password_is_admitted)
{
	char why[128];
	struct auth *a;

	write_file("# people\n\nann:" HASH "\n");
	a = auth_open(&conf, NULL, why, sizeof(why));
	unlink(file);
	ck_assert_ptr_nonnull(a);
	for (int turn = 0; turn < 2; turn++)
		ck_assert_int_eq(auth_admits(a, span_of(rows[_i].value)),
			rows[_i].is_admitted);
	auth_close(a);
}
END_TEST

/* A hash is computed once for what is right, and once in five seconds for what
 * is wrong. */
START_TEST(a_verdict_is_remembered)
{
	const struct span right = SPAN("Basic YW5uOnNlY3JldA==");
	const struct span other = SPAN("Basic YW5uOnNlY3JldHM=");
	char why[128];
	struct span token;
	struct auth *a;

	write_file("ann:" HASH "\n");
	a = auth_open(&conf, NULL, why, sizeof(why));
	unlink(file);
	ck_assert_ptr_nonnull(a);
	ck_assert_int_eq(auth_find(a, right, 1, &token), AUTH_UNKNOWN);
	ck_assert(auth_verify(a, token));
	auth_remember(a, token, true, 1);
	ck_assert_int_eq(auth_find(a, right, 1, &token), AUTH_ADMITTED);
	ck_assert_int_eq(auth_find(a, right, 1 << 30, &token), AUTH_ADMITTED);
	ck_assert_int_eq(auth_find(a, other, 1, &token), AUTH_UNKNOWN);
	ck_assert(!auth_verify(a, token));
	auth_remember(a, token, false, 1);
	ck_assert_int_eq(auth_find(a, other, 5000, &token), AUTH_REFUSED);
	ck_assert_int_eq(auth_find(a, other, 5001, &token), AUTH_UNKNOWN);
	auth_close(a);
}
END_TEST

static const char *const wrong[] = {
	"ann\n",
	":" HASH "\n",
	"ann:secret\n",
	"ann:$apr1$xxxxxxxx$xxxxxxxxxxxxxxxxxxxxxx\n",
	"ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n",
	/* a method that crypt(3) does not know, or a hash that was cut */
	"ann:$9$a$b\n",
	"ann:$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA\n",
	"ann:$2y$05$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUV\n",
	"ann:$6$abcdefgh$ltjgWl6579NluT\n",
	"ann:$6$abcdefgh\n",
	"ann:$6$\n",
	"ann:" HASH ":third field\n",
	"ann:" HASH " \n",
	/* a name that no client sends */
	"\xEF\xBB\xBF"
	"ann:" HASH "\n",
	" ann:" HASH "\n",
};

START_TEST(a_line_that_cannot_be_checked_is_told)
{
	char why[128] = "";

	write_file(wrong[_i]);
	ck_assert_ptr_null(auth_open(&conf, NULL, why, sizeof(why)));
	unlink(file);
	ck_assert_ptr_nonnull(strstr(why, ":1: must be USER:HASH"));
}
END_TEST

static const struct {
	const char *path, *why;
} unusable[] = {
	{ "/nonexistent/htpasswd", "/nonexistent/htpasswd: No such" },
	{ "/tmp", "/tmp: not a regular file" },
	{ "/dev/zero", "/dev/zero: not a regular file" },
};

START_TEST(a_file_that_cannot_be_read_is_told)
{
	struct conf_auth bad = { "realm", NULL };
	char path[32], why[128] = "";

	snprintf(path, sizeof(path), "%s", unusable[_i].path);
	bad.file = path;
	ck_assert_ptr_null(auth_open(&bad, NULL, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, unusable[_i].why));
}
END_TEST

/* Nothing writes to it: opening must not wait. */
START_TEST(a_fifo_is_refused_at_once)
{
	char why[128] = "";

	write_file("");
	unlink(file);
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_ptr_null(auth_open(&conf, NULL, why, sizeof(why)));
	unlink(file);
	ck_assert_ptr_nonnull(strstr(why, ": not a regular file"));
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ only_the_right_password_is_admitted, ROWS(rows) },
		{ a_line_that_cannot_be_checked_is_told, ROWS(wrong) },
		{ a_verdict_is_remembered, 0 },
		{ a_file_that_cannot_be_read_is_told, ROWS(unusable) },
		{ a_fifo_is_refused_at_once, 0 },
	};

	return harness_run("auth", tests, ROWS(tests));
}
