/*
 * When the bytes that were read before fstat(2) are the content.  The clock of
 * the read is moved, so that a file need not become old.
 * SPDX-License-Identifier: MIT
 */
#include "file/resident_read.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "file/file.h"
#include "support/fake_cache.h"
#include "support/harness.h"

static struct first_read first;
static struct stat st;
static int fd;

static void
read_first(size_t size)
{
	write_sized("a", size);
	first_read_init(&first);
	docroot.root.first = &first;
	fd = root_open_file(&docroot.root, "a", &st);
	docroot.root.first = NULL;
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(first.fd, fd);
	if (first.len == -1) /* a file system that cannot tell */
		first.len = pread(fd, first.bytes, sizeof(first.bytes), 0);
}

/* Later: seconds from the last change of the file to the read. */
static const struct {
	size_t size;
	int later;
	bool is_whole;
} reads[] = {
	{ 1, 10, true },
	{ 1000, 2, true },
	{ 1000, 1, false },
	{ 1000, 0, false },
	{ 1000, -10, false },
	{ FIRST_READ_MAX, 10, true },
	{ FIRST_READ_MAX + 1, 10, false },
};

START_TEST(a_file_that_was_not_changed_lately_is_read_at_once)
{
	const struct file_traits traits = {
		.type = "text/plain", .largest = 1 << 20, .first = &first
	};
	struct file *f;

	read_first(reads[_i].size);
	first.began = st.st_ctim;
	first.began.tv_sec += reads[_i].later;
	ck_assert_int_eq(
		first_read_is_whole(&first, fd, &st), reads[_i].is_whole);
	first.bytes[0] = '!'; /* tells which bytes the file has */
	f = file_read(fd, &st, &traits);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->size, (int64_t)reads[_i].size);
	ck_assert_int_eq(f->content[0] == '!', reads[_i].is_whole);
	ck_assert(f->is_strong);
	file_unref(f);
}
END_TEST

START_TEST(another_size_or_descriptor_is_not_what_was_read)
{
	read_first(1000);
	first.began.tv_sec += 10;
	ck_assert(first_read_is_whole(&first, fd, &st));
	ck_assert(!first_read_is_whole(&first, fd + 1, &st));
	st.st_size++;
	ck_assert(!first_read_is_whole(&first, fd, &st));
	close(fd);
}
END_TEST

START_TEST(only_the_first_file_is_read)
{
	ssize_t len;
	int other;

	write_sized("other", 7);
	read_first(1000);
	len = first.len;
	docroot.root.first = &first;
	other = root_open_file(&docroot.root, "other", &st);
	ck_assert_int_eq(first.fd, fd);
	ck_assert_int_eq(first.len, len);
	first_read_reset(&first);
	ck_assert(!first_read_is_whole(&first, -1, &st));
	close(other);
	close(fd);
	docroot.root.first = NULL;
}
END_TEST

START_TEST(a_directory_has_no_first_bytes)
{
	make_directory("d");
	first_read_init(&first);
	docroot.root.first = &first;
	fd = root_open_file(&docroot.root, "d", &st);
	docroot.root.first = NULL;
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(first.len, -1);
	close(fd);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup = fake_cache_open, .teardown = fake_cache_close
	};
	const struct harness_test tests[] = {
		{ a_file_that_was_not_changed_lately_is_read_at_once,
			ROWS(reads) },
		{ another_size_or_descriptor_is_not_what_was_read, 0 },
		{ only_the_first_file_is_read, 0 },
		{ a_directory_has_no_first_bytes, 0 },
	};

	return harness_run_with(&fixture, "resident_read", tests, ROWS(tests));
}
