/*
 * Modules as their authors build them: other languages, flags and headers.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

// clang-format off
#define CONF                                                                   \
	"{\"workers\": 1, \"control\": \"control\","                           \
	" \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS ","              \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\","                        \
	" \"module\": \"$DIR/m.so\"}]}]}"

#define C "cc -D_GNU_SOURCE -std=c11 -Wall -Wextra -Werror -I" API_DIR
#define CXX "c++ -D_GNU_SOURCE -Wall -Wextra -Werror -I" API_DIR
#define ABI2 "cc -D_GNU_SOURCE -w -I."
#define LINK " -shared -fPIC -o m.so " FIXTURES "/"
#define NO_SIGNALS "0 0"

static const struct {
	const char *command; /* in a directory with prong-0.h as prong.h */
	const char *path, *body;
} builds[] = {
	{ C LINK "names.c", "/show", "own text 45" },
	{ C " -fvisibility=hidden" LINK "names.c", "/show", "own text 45" },
	{ C " -pedantic" LINK "names.c", "/show", "own text 45" },
	{ C " -Wno-missing-field-initializers" LINK "executes.c", "/show",
		NO_SIGNALS },
	{ CXX " -std=c++17" LINK "plus.cc", "/show", "C++ 42" },
	{ CXX " -std=c++20 -pedantic" LINK "plus.cc", "/show", "C++ 42" },
	{ CXX " -std=c++17 -fvisibility=hidden" LINK "plus.cc", "/show",
		"C++ 42" },
	{ ABI2 LINK "module-0.c", "/v1/show/a%20b", "state a b 0" },
	{ ABI2 LINK "module-0.c", "/last/x", "state x 0" },
};
// clang-format on

static struct server s;

static void
build(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line),
		"cd %s && cp " FIXTURES "/prong-0.h prong.h && %s", s.dir,
		command);
	ck_assert_int_eq(system(line), 0);
}

START_TEST(a_module_is_built_and_serves)
{
	struct response r;

	server_init(&s);
	build(builds[_i].command);
	server_start(&s, CONF);
	client_fetch(s.port, builds[_i].path, "", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, builds[_i].body);
	response_free(&r);
	server_stop(&s);
}
END_TEST

START_TEST(a_module_of_abi_2_works_unchanged)
{
	struct response r;

	server_init(&s);
	build(ABI2 LINK "module-0.c");
	server_start(&s, CONF);
	for (int i = 0; i < 3; i++) {
		char body[64];

		client_fetch(s.port, "/v1/show/x", "", &r);
		ck_assert_ptr_nonnull(
			strstr(r.head, "a=b; Path=/; Max-Age=60;"));
		snprintf(body, sizeof(body), "state x %d", i);
		ck_assert_str_eq(r.body, body);
		response_free(&r);
	}
	client_ask(s.port,
		"POST /v1/take HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 3\r\n\r\nabc",
		&r);
	ck_assert_str_eq(r.body, "3");
	response_free(&r);
	client_ask(s.port,
		"POST /v1/take HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 4\r\n\r\nabcd",
		&r);
	ck_assert_int_eq(r.status, 413);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_module_is_built_and_serves, ROWS(builds) },
		{ a_module_of_abi_2_works_unchanged, 1 },
	};

	return harness_run("module_build", tests, ROWS(tests));
}
