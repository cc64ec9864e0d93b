/*
 * The file of keys for session tickets: every fault names its line.
 * SPDX-License-Identifier: MIT
 */
#include "config/ticket_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/conf.h"
#include "config/load.h"
#include "support/harness.h"
#include "support/test_certificate.h"

static char dir[64];
static char *errors;

static char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A line a character: a letter is a key of such bytes, '#' a comment, '-' an
 * empty line, '!' a key that is too short, '+' one that is too long. */
static void
write_keys(const char *lines)
{
	char bytes[100], text[BASE64_LEN(sizeof(bytes)) + 1];
	FILE *f = fopen(path_of("keys"), "we");

	ck_assert_ptr_nonnull(f);
	for (; *lines != '\0'; lines++) {
		memset(bytes, *lines, sizeof(bytes));
		base64_encode(text, bytes,
			*lines == '!'   ? 79
			: *lines == '+' ? 81
					: 80);
		fprintf(f, "%s\r\n",
			*lines == '#'   ? "# a comment"
			: *lines == '-' ? ""
					: text);
	}
	fclose(f);
	chmod(path_of("keys"), 0600);
}

static void
write_certificate(void)
{
	struct test_certificate c;

	test_certificate_make(&c, NULL,
		&(struct test_certificate_spec){ .names = "DNS:a.example" });
	test_certificate_write(path_of("a.crt"),
		(const struct test_certificate *[]){ &c, NULL });
	test_key_write(path_of("a.key"), &c);
	test_certificate_free(&c);
}

/* NULL: there were errors. */
static struct conf *
load(const char *lines)
{
	char text[1024];
	struct conf *conf;
	size_t size;
	FILE *f;

	strcpy(dir, "/tmp/prong-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	write_certificate();
	if (lines != NULL)
		write_keys(lines);
	f = open_memstream(&errors, &size);
	snprintf(text, sizeof(text),
		"{\"listen\":[{\"address\":\"*:443\",\"tls\":{\"certificates\":"
		"[{\"chain\":\"%s/a.crt\",\"key\":\"%s/a.key\"}],"
		"\"ticket_keys\":\"%s/keys\"}}],"
		"\"sites\":[{\"routes\":[{\"path\":\"/*\",\"return\":200}]}]}",
		dir, dir, dir);
	conf = config_parse("c.json", text, strlen(text), f);
	fclose(f);
	unlink(path_of("a.crt"));
	unlink(path_of("a.key"));
	unlink(path_of("keys"));
	rmdir(dir);
	return conf;
}

static const struct {
	const char *lines, *error;
} faults[] = {
	{ NULL, "listen[0].tls.ticket_keys: cannot read" },
	{ "", "/keys is empty" },
	{ "a!", "/keys, line 2: a key is 80 bytes in base64" },
	{ "#a+", "/keys, line 3: a key is 80 bytes in base64" },
	{ "ab-a", "/keys, line 4: the first 16 bytes are those" },
	{ "#-", "/keys holds no key; make one: openssl rand 80" },
	{ "abcdefghijklmnopq", "/keys, line 17: more than 16 keys" },
};

START_TEST(fault_is_an_error_with_its_line)
{
	ck_assert_ptr_null(load(faults[_i].lines));
	ck_assert_msg(strstr(errors, faults[_i].error) != NULL, "%s", errors);
	ck_assert_ptr_nonnull(strstr(errors, "listen[0].tls.ticket_keys: "));
	free(errors);
}
END_TEST

static const struct {
	const char *lines, *letters;
} good[] = {
	{ "a", "a" },
	{ "#-b-a", "ba" },
	{ "abcdefghijklmnop", "abcdefghijklmnop" },
};

START_TEST(keys_are_read_in_their_order)
{
	struct conf *conf = load(good[_i].lines);
	const char *letters = good[_i].letters;
	struct span keys;

	ck_assert_msg(conf != NULL, "%s", errors);
	keys = conf->listen[0].tls->ticket_keys;
	ck_assert_uint_eq(keys.len, 80 * strlen(letters));
	for (size_t i = 0; i < keys.len; i++)
		ck_assert_int_eq(keys.at[i], letters[i / 80]);
	conf_free(conf);
	free(errors);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ fault_is_an_error_with_its_line, ROWS(faults) },
		{ keys_are_read_in_their_order, ROWS(good) },
	};

	return harness_run("ticket_keys", tests, ROWS(tests));
}
