/*
 * A configuration is read while malloc(3) fails: once for every call of it.
 * SPDX-License-Identifier: MIT
 */

#include <check.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "support/failing_malloc.h"
#ifdef HAVE_OPENSSL
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/test_certificate.h"
#endif

static const char good[] =
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:8080\", \"unix:x\"],"
	"\"sites\": [{\"hosts\": [\"a.example\", \"b.example\"], \"routes\": ["
	"{\"path\": \"/a/*\", \"root\": \"/tmp\","
	" \"headers\": {\"set\": {\"X-A\": \"b\"}}},"
	"{\"path\": \"/*\", \"return\": 200, \"text\": \"x\"}]}]}";

/* Each error has a path, a value, a guess. */
static const char bad[] =
	"{\"wrokers\": 2, \"listen\": [\"127.0.0.1:99999999\"],"
	"\"user\": \"nobody of this name\","
	"\"sites\": [{\"routes\": [{\"path\": 5, \"root\": [1, 2, 3]},"
	"{\"not a plain key\": {\"a\": \"b\"}}]}]}";

/* The whole environment of the test is PATH, HOME and the like. */
static const char variables[] =
	"{\"workers\": \"${NONE:-2}\", \"sites\": [{\"routes\": [{\"path\":"
	"\"/*\", \"return\": \"${NONE:-200}\", \"text\": \"${PATH}\"}]}]}";

/* /etc/passwd is no JSON. */
static const char included[] = "{\"sites\": [{\"include\": \"/etc/passw[d]\"}],"
			       "\"include\": [\"/nothing\", \"/etc/p?sswd\"]}";

static const struct {
	const char *text;
	bool is_good;
} rows[] = {
	{ good, true },
	{ bad, false },
	{ "{\"sites\": [", false },
	{ variables, true },
	{ included, false },
};

/* What there was no memory for is told.  Returns true when no malloc failed. */
static bool
reads_without(unsigned n, const char *text, bool is_good, bool for_good)
{
	static char errors[8192];
	FILE *to = fmemopen(errors, sizeof(errors), "w");
	struct conf *conf;
	bool has_failed;

	ck_assert_ptr_nonnull(to);
	setvbuf(to, NULL, _IONBF, 0);
	memset(errors, 0, sizeof(errors));
	failing_malloc_arm(n, for_good);
	conf = config_parse("p.json", text, strlen(text), to);
	has_failed = failing_malloc_disarm();
	ck_assert(has_failed || (conf != NULL) == is_good);
	ck_assert_msg(
		conf != NULL || errors[0] != '\0', "nothing told at %u", n);
	conf_free(conf);
	fclose(to);
	return !has_failed;
}

/* Nothing is kept.  libc may keep memory of a getpwnam(3) that failed, but not
 * each time. */
static bool
keeps_nothing_without(unsigned n, const char *text, bool is_good, bool for_good)
{
	long before;

	reads_without(n, text, is_good, for_good);
	before = failing_malloc_live();
	if (reads_without(n, text, is_good, for_good))
		return true;
	ck_assert_msg(failing_malloc_live() == before, "%ld leaked at %u",
		failing_malloc_live() - before, n);
	return false;
}

START_TEST(a_configuration_survives_every_malloc_that_fails)
{
	const char *text = rows[_i / 2].text;
	bool is_good = rows[_i / 2].is_good;
	unsigned n = 0;

	if (!FAILING_MALLOC_IS_POSSIBLE)
		return;
	/* libc keeps some memory of the first getpwnam(3). */
	conf_free(config_parse("p.json", text, strlen(text), stderr));
	while (!keeps_nothing_without(n, text, is_good, _i % 2 == 1))
		n++;
	ck_assert_uint_gt(n, 5);
}
END_TEST

#ifdef HAVE_OPENSSL

static void
write_certificate(const char *dir)
{
	struct test_certificate c;
	char path[64];

	test_certificate_make(&c, NULL,
		&(struct test_certificate_spec){
			.names = "DNS:a.example,IP:127.0.0.1",
			.is_ca = true,
			.days = 3 });
	snprintf(path, sizeof(path), "%s/a.crt", dir);
	test_certificate_write(
		path, (const struct test_certificate *[]){ &c, NULL });
	snprintf(path, sizeof(path), "%s/a.key", dir);
	test_key_write(path, &c);
	chmod(path, 0644);
	test_certificate_free(&c);
}

/* Returns how many allocations there are. */
static unsigned
read_with_failures(const char *text, unsigned step)
{
	unsigned n = 0;

	while (!reads_without(n, text, true, false))
		n += step;
	return n;
}

/* Keys and certificates as well, and the descriptors of their files; libcrypto
 * itself may keep a little of what it could not finish. */
START_TEST(keys_are_freed_whatever_malloc_fails)
{
	enum { WARM_STEP = 127, STEP = 61, ROOM = 16 };
	char dir[] = "/tmp/prong-test-XXXXXX", text[512];
	long before, after;
	unsigned n;
	int fd;

	if (!FAILING_MALLOC_IS_POSSIBLE)
		return;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_certificate(dir);
	snprintf(text, sizeof(text),
		"{\"listen\": [{\"address\": \"127.0.0.1:1\", \"tls\": "
		"{\"certificates\": [{\"chain\": \"%s/a.crt\", \"key\": "
		"\"%s/a.key\"}], \"client\": {\"ca\": \"%s/a.crt\"}}}],"
		"\"sites\": [{\"routes\": [{\"path\": \"/*\", "
		"\"return\": 200}]}]}",
		dir, dir, dir);
	read_with_failures(text, WARM_STEP);
	before = failing_malloc_live();
	fd = dup(0);
	close(fd);
	n = read_with_failures(text, STEP);
	after = failing_malloc_live();
	ck_assert_int_eq(dup(0), fd);
	close(fd);
	ck_assert_msg(
		after - before < ROOM, "%ld leaked of %u", after - before, n);
}
END_TEST

#endif

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_configuration_survives_every_malloc_that_fails,
			2 * (int)(sizeof(rows) / sizeof(rows[0])) },
#ifdef HAVE_OPENSSL
		{ keys_are_freed_whatever_malloc_fails, 0 },
#endif
	};

	return harness_run("config_memory", tests, ROWS(tests));
}
