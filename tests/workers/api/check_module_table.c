/*
 * SPDX-License-Identifier: MIT
 */
#include "api/module_table.h"

#include <stdio.h>
#include <string.h>

#include "api/abi2.h"
#include "api/prong.h"
#include "support/harness.h"

/* A module of a header that has more members. */
struct later_module {
	struct prong_module m;
	void *more[2];
};

static const struct prong_route routes[] = { PRONG_ROUTES_END };
static struct prong_module table;
static char why[256];

static struct later_module
make_later(void)
{
	return (struct later_module){
		.m = { .abi = PRONG_ABI,
			.size = sizeof(struct later_module),
			.route_size = sizeof(struct prong_route),
			.name = "later",
			.routes = routes }
	};
}

static void
do_nothing(struct prong_instance *i)
{
	(void)i;
}

static int
read_module(const void *from)
{
	why[0] = '\0';
	return module_table_read(&table, from, "m.so", why, sizeof(why));
}

START_TEST(a_module_of_abi_2_is_read_by_its_own_layout)
{
	struct abi2_module m = { .abi = 2, .name = "old", .routes = routes };

	ck_assert_int_eq(read_module(&m), 0);
	ck_assert_str_eq(table.name, "old");
	ck_assert_ptr_eq(table.routes, routes);
	ck_assert_uint_eq(table.route_size, sizeof(struct abi2_route));
}
END_TEST

START_TEST(members_that_are_not_known_must_be_zero)
{
	struct later_module m = make_later();

	ck_assert_int_eq(read_module(&m), 0);
	ck_assert_str_eq(table.name, "later");
	m.more[1] = &m;
	ck_assert_int_eq(read_module(&m), -1);
	ck_assert_ptr_nonnull(strstr(why, "it needs a newer prong"));
}
END_TEST

START_TEST(members_that_the_module_does_not_know_are_zero)
{
	struct later_module m = make_later();

	m.m.size = offsetof(struct prong_module, stop);
	m.m.stop = do_nothing;
	ck_assert_int_eq(read_module(&m), 0);
	ck_assert(table.stop == NULL);
}
END_TEST

static const struct {
	struct prong_module m;
	const char *says;
} wrong[] = {
	{ { .abi = 1 }, "built for ABI 1, this server has 3" },
	{ { .abi = 4 }, "built for ABI 4, this server has 3" },
	{ { .abi = 3, .name = "a", .routes = routes },
		"define it with PRONG_MODULE()" },
	{ { .abi = 3,
		  .size = sizeof(struct prong_module),
		  .route_size = 57,
		  .name = "a",
		  .routes = routes },
		"define it with PRONG_MODULE()" },
	{ { .abi = 3,
		  .size = sizeof(struct prong_module),
		  .route_size = sizeof(struct prong_route),
		  .name = "a" },
		"needs .name and .routes" },
	{ { .abi = 3,
		  .size = sizeof(struct prong_module),
		  .route_size = sizeof(struct prong_route),
		  .name = "a b\n",
		  .routes = routes },
		"its .name is not" },
	{ { .abi = 3,
		  .size = sizeof(struct prong_module),
		  .route_size = sizeof(struct prong_route),
		  .name = "",
		  .routes = routes },
		"its .name is not" },
};

START_TEST(a_wrong_module_is_refused)
{
	ck_assert_int_eq(read_module(&wrong[_i].m), -1);
	ck_assert_msg(strstr(why, wrong[_i].says) != NULL, "%s", why);
}
END_TEST

START_TEST(no_module_is_refused)
{
	ck_assert_int_eq(read_module(NULL), -1);
	ck_assert_ptr_nonnull(strstr(why, "does not define PRONG_MODULE"));
}
END_TEST

START_TEST(the_version_of_the_header_is_that_of_the_program)
{
	unsigned major, minor, patch;

	ck_assert_int_eq(
		sscanf(PACKAGE_VERSION, "%u.%u.%u", &major, &minor, &patch), 3);
	ck_assert_uint_eq(PRONG_VERSION, major << 16 | minor << 8 | patch);
	ck_assert_uint_eq(prong_version(), PRONG_VERSION);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_module_of_abi_2_is_read_by_its_own_layout, 1 },
		{ members_that_are_not_known_must_be_zero, 1 },
		{ members_that_the_module_does_not_know_are_zero, 1 },
		{ a_wrong_module_is_refused, ROWS(wrong) },
		{ no_module_is_refused, 1 },
		{ the_version_of_the_header_is_that_of_the_program, 1 },
	};

	return harness_run("module_table", tests, ROWS(tests));
}
