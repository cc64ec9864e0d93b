/*
 * Serialised JSON equals the output of jansson byte by byte.
 * SPDX-License-Identifier: MIT
 */
#include "serve/json_text.h"

#include <float.h>
#include <stdlib.h>

#include "conn/exchange.h"
#include "support/fake_worker.h"
#include "support/fake_worker_head.h"
#include "support/harness.h"

static struct fake_worker fake;
static struct exchange *x;

static void
set_up(void)
{
	fake_worker_open(&fake);
	fake_worker_add_route(&fake, "/");
	fake_worker_start(&fake);
	x = exchange_new(&fake.worker, fake_protocol(), fake.output, NULL);
}

static void
tear_down(void)
{
	exchange_free(x);
	fake_worker_close(&fake);
}

/* Takes the reference. */
static void
assert_same(json_t *json)
{
	char *expected = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	struct span text = json_text(x, json);

	ck_assert_ptr_nonnull(json);
	ck_assert_ptr_nonnull(expected);
	ck_assert_ptr_nonnull(text.at);
	ck_assert_msg(text.len == strlen(expected) &&
			      memcmp(text.at, expected, text.len) == 0,
		"%.*s\nis not\n%s", (int)text.len, text.at, expected);
	free(expected);
	json_decref(json);
}

// clang-format off
static const char *const texts[] = {
	"{}", "[]", "[[],{}]", "null", "true", "false", "\"\"", "0", "-1", "1.5",
	"9223372036854775807", "-9223372036854775808", "1e300", "-0.0", "0.1",
	"123456789012.5", "{\"a\":1,\"b\":[true,false,null],\"c\":{\"d\":\"e\"}}",
	"\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\\u007f\"",
	"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "{\"\\n\\\"\":\"\\n\"}",
	"{\"\":\"\"}", "[\"a\\u0000b\"]", "\"\\u2028\"",
};
// clang-format on

START_TEST(the_text_equals_that_of_jansson)
{
	set_up();
	assert_same(
		json_loads(texts[_i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
	tear_down();
}
END_TEST

/* Strings are copied eight bytes at a time. */
START_TEST(each_byte_is_escaped_wherever_it_stands)
{
	enum { LEN = 24 };
	char text[LEN];

	set_up();
	for (int at = 0; at < LEN; at++) {
		memset(text, 'a', sizeof(text));
		text[at] = (char)_i;
		assert_same(json_stringn(text, LEN));
		assert_same(json_stringn(text, (size_t)at + 1));
	}
	tear_down();
}
END_TEST

static json_t *
random_string(uint64_t *seed)
{
	char text[40];
	size_t len = fake_worker_random(seed, sizeof(text));

	for (size_t i = 0; i < len; i++)
		text[i] = (char)fake_worker_random(seed, 128);
	return json_stringn(text, len);
}

static json_t *
random_value(uint64_t *seed, unsigned depth)
{
	json_t *value;
	uint32_t kind = fake_worker_random(seed, depth == 0 ? 4 : 6);
	char key[8] = "";

	switch (kind) {
	case 0:
		return json_integer(
			(json_int_t)fake_worker_random(seed, 1u << 31) -
			(1 << 30));
	case 1:
		return json_boolean(fake_worker_random(seed, 2));
	case 2:
		return json_real(fake_worker_random(seed, 1u << 31) / 3.0);
	case 3:
		return random_string(seed);
	case 4:
		value = json_array();
		for (uint32_t n = fake_worker_random(seed, 6); n > 0; n--)
			json_array_append_new(
				value, random_value(seed, depth - 1));
		return value;
	default:
		value = json_object();
		for (uint32_t n = fake_worker_random(seed, 6); n > 0; n--) {
			key[0] = (char)(1 + fake_worker_random(seed, 127));
			json_object_set_new(
				value, key, random_value(seed, depth - 1));
		}
		return value;
	}
}

START_TEST(the_text_of_a_thousand_random_values_equals_that_of_jansson)
{
	uint64_t seed = 7;

	set_up();
	for (int i = 0; i < 1000; i++)
		assert_same(random_value(&seed, 6));
	tear_down();
}
END_TEST

/* Past the stack's buffer, at every place. */
START_TEST(a_text_of_any_length_is_written)
{
	char *text = malloc(5000);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', 5000);
	set_up();
	for (size_t i = 4080; i < 4100; i++)
		assert_same(json_pack("[s#,i,f,b]", text, (int)i, 7, 1.5, 1));
	memset(text, '\n', 5000);
	assert_same(json_pack("{s:s#,s:s#}", "a", text, 5000, "b", text, 5000));
	free(text);
	tear_down();
}
END_TEST

static json_t *
nested(unsigned depth)
{
	json_t *value = json_array();

	while (--depth > 0)
		value = json_pack("[o,{s:i}]", value, "a", 1);
	return value;
}

START_TEST(nested_values_are_written)
{
	set_up();
	for (unsigned depth = 1; depth < 100; depth++)
		assert_same(nested(depth));
	tear_down();
}
END_TEST

START_TEST(a_value_that_contains_itself_is_refused)
{
	json_t *a = json_object(), *b = json_object();

	set_up();
	json_object_set(a, "b", b);
	json_object_set(a, "c", b);
	json_object_set(b, "a", a);
	json_object_set(b, "d", a);
	ck_assert_ptr_null(json_text(x, a).at);
	json_object_clear(b);
	json_decref(a);
	json_decref(b);
	tear_down();
}
END_TEST

START_TEST(a_string_that_is_not_utf_8_is_refused)
{
	json_t *value = json_string_nocheck("a\xff");

	set_up();
	ck_assert_ptr_null(json_text(x, value).at);
	json_decref(value);
	value = json_object();
	json_object_set_new_nocheck(value, "\xc3", json_null());
	ck_assert_ptr_null(json_text(x, value).at);
	json_decref(value);
	tear_down();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ the_text_equals_that_of_jansson, ROWS(texts) },
		{ the_text_of_a_thousand_random_values_equals_that_of_jansson,
			1 },
		{ each_byte_is_escaped_wherever_it_stands, 128 },
		{ a_text_of_any_length_is_written, 1 },
		{ nested_values_are_written, 1 },
		{ a_value_that_contains_itself_is_refused, 1 },
		{ a_string_that_is_not_utf_8_is_refused, 1 },
	};

	return harness_run("json_text", tests, ROWS(tests));
}
