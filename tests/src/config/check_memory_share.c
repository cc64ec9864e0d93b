/*
 * Memory limits from a cgroup tree in a temporary directory.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "config/directive.h"
#include "config/memory_share.h"
#include "support/harness.h"

enum { MIB = 1024 * 1024 };

static const struct row {
	const char *membership;
	/* files of the tree, and what they hold */
	struct {
		const char *name, *text;
	} files[3];
	int64_t workers, body; /* limits.body */
	int64_t cache, body_memory;
	const char *file; /* that the reason names; NULL: no reason */
} rows[] = {
	{ "0::/a/b\n", { { "a/b/memory.max", "62914560\n" } }, 2, MIB, 7864320,
		7864320, "60 MiB of memory (memory.max)" },
	{ "0::/a/b\n", { { "a/b/memory.max", "max\n" } }, 2, MIB, 64 * MIB,
		64 * MIB, NULL },
	/* an ancestor limits */
	{ "0::/a/b\n",
		{ { "a/b/memory.max", "max\n" },
			{ "a/memory.max", "67108864\n" } },
		1, MIB, 16 * MIB, 16 * MIB, "64 MiB of memory (memory.max)" },
	{ "0::/a/b\n",
		{ { "a/b/memory.max", "134217728\n" },
			{ "a/memory.max", "67108864\n" } },
		4, MIB, 4 * MIB, 4 * MIB, "64 MiB of memory (memory.max)" },
	/* the root of the tree, where the group is not visible */
	{ "0::/no/such\n", { { "memory.max", "67108864\n" } }, 1, MIB, 16 * MIB,
		16 * MIB, "64 MiB of memory (memory.max)" },
	/* exactly enough for the default, and a little less */
	{ "0::/a/b\n", { { "a/b/memory.max", "268435456\n" } }, 1, MIB,
		64 * MIB, 64 * MIB, NULL },
	{ "0::/a/b\n", { { "a/b/memory.max", "268431360\n" } }, 1, MIB,
		64 * MIB - 1024, 64 * MIB - 1024, "(memory.max)" },
	/* v1, alone and beside v2; no limit is a number near 2^63 */
	{ "4:cpu,memory:/a/b\n0::/\n",
		{ { "memory/a/b/memory.limit_in_bytes", "33554432\n" } }, 2,
		MIB, 4 * MIB, 4 * MIB,
		"32 MiB of memory (memory.limit_in_bytes)" },
	{ "4:memory:/no/such\n",
		{ { "memory/memory.limit_in_bytes", "33554432\n" } }, 2, MIB,
		4 * MIB, 4 * MIB, "(memory.limit_in_bytes)" },
	{ "4:memory:/a/b\n",
		{ { "memory/a/b/memory.limit_in_bytes",
			"9223372036854771712\n" } },
		2, MIB, 64 * MIB, 64 * MIB, NULL },
	{ "4:memory:/a/b\n0::/a/b\n",
		{ { "memory/a/b/memory.limit_in_bytes", "67108864\n" },
			{ "a/b/memory.max", "33554432\n" } },
		1, MIB, 8 * MIB, 8 * MIB, "(memory.max)" },
	/* the memory controller only */
	{ "4:memorial:/a/b\n",
		{ { "memory/a/b/memory.limit_in_bytes", "33554432\n" } }, 1,
		MIB, 64 * MIB, 64 * MIB, NULL },
	/* one body fits always */
	{ "0::/a/b\n", { { "a/b/memory.max", "8388608\n" } }, 2, 4 * MIB, MIB,
		4 * MIB, "(memory.max)" },
	/* odd files */
	{ "0::/a/b\n", { { "a/b/memory.max", "" } }, 2, MIB, 64 * MIB, 64 * MIB,
		NULL },
	{ "", { { "a/b/memory.max", "8388608\n" } }, 2, MIB, 64 * MIB, 64 * MIB,
		NULL },
};

static char root[64], path[256];

static const char *
name_path(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name_path(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
make_tree(const struct row *row)
{
	static const char *const dirs[] = { "a", "a/b", "memory", "memory/a",
		"memory/a/b" };

	strcpy(root, "/tmp/check_memory_share.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	for (size_t i = 0; i < ROWS(dirs); i++)
		ck_assert_int_eq(mkdir(name_path(dirs[i]), 0700), 0);
	write_file("membership", row->membership);
	for (size_t i = 0; i < 3 && row->files[i].name != NULL; i++)
		write_file(row->files[i].name, row->files[i].text);
}

static void
remove_tree(const struct row *row)
{
	static const char *const names[] = { "membership", "memory/a/b",
		"memory/a", "memory", "a/b", "a", "" };

	for (size_t i = 0; i < 3 && row->files[i].name != NULL; i++)
		ck_assert_int_eq(remove(name_path(row->files[i].name)), 0);
	for (size_t i = 0; i < ROWS(names); i++)
		ck_assert_int_eq(remove(name_path(names[i])), 0);
}

START_TEST(automatic_sizes_leave_three_quarters_of_the_limit)
{
	const struct row *row = &rows[_i];
	struct conf conf = { .workers = row->workers,
		.limits = { .body = row->body,
			.cache = DIRECTIVE_AUTO,
			.body_memory = DIRECTIVE_AUTO } };

	make_tree(row);
	arena_init(&conf.arena, 1024, 0);
	memory_share_resolve(&conf, root, name_path("membership"));
	ck_assert_int_eq(conf.limits.cache, row->cache);
	ck_assert_int_eq(conf.limits.body_memory, row->body_memory);
	if (row->file == NULL)
		ck_assert_ptr_null(conf.limits.memory_why);
	else
		ck_assert_msg(strstr(conf.limits.memory_why, row->file) != NULL,
			"%s", conf.limits.memory_why);
	arena_fini(&conf.arena);
	remove_tree(row);
}
END_TEST

START_TEST(sizes_of_the_configuration_are_kept)
{
	struct conf conf = { .workers = 2,
		.limits = { .body = MIB, .cache = 0, .body_memory = 5 * MIB } };

	make_tree(&rows[0]);
	memory_share_resolve(&conf, root, name_path("membership"));
	ck_assert_int_eq(conf.limits.cache, 0);
	ck_assert_int_eq(conf.limits.body_memory, 5 * MIB);
	ck_assert_ptr_null(conf.limits.memory_why);
	remove_tree(&rows[0]);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ automatic_sizes_leave_three_quarters_of_the_limit,
			ROWS(rows) },
		{ sizes_of_the_configuration_are_kept, 0 },
	};

	return harness_run("memory_share", tests, ROWS(tests));
}
