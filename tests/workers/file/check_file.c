/*
 * A file becomes an answer.
 * SPDX-License-Identifier: MIT
 */
#include "file/file.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file/file_validators.h"
#include "file/page_miss.h"
#include "http/field_rows.h"
#include "http/hash.h"
#include "support/harness.h"

static const struct file_traits plain = {
	.type = "text/plain",
	.largest = 1000,
};

/* An unlinked file with this content. */
static int
file_with(const char *content, size_t len, struct stat *st)
{
	char path[] = "/tmp/check_file.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	ck_assert_int_eq(fstat(fd, st), 0);
	return fd;
}

static void
set_modified(int fd, time_t second, long ns, struct stat *st)
{
	const struct timespec times[2] = { { second, ns }, { second, ns } };

	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(fstat(fd, st), 0);
}

static struct file *
read_text(const char *content, time_t second)
{
	struct stat st;
	struct file *f;
	int fd = file_with(content, strlen(content), &st);

	set_modified(fd, second, 0, &st);
	f = file_read(fd, &st, &plain);
	ck_assert_ptr_nonnull(f);
	return f;
}

/* The reply without its Date. */
static void
assert_reply(struct file *f, const char *expected)
{
	static const char date[DATE_LEN + 1] = "Mon, 23 Nov 2026 04:01:00 GMT";

	file_set_date(f, 1, date);
	ck_assert_uint_eq(file_reply_len(f), strlen(expected));
	ck_assert_mem_eq(f->reply, expected, file_reply_len(f));
}

START_TEST(the_reply_is_head_and_content)
{
	struct file *f = read_text("hello\n", 1000000000);

	assert_reply(f, "HTTP/1.1 200 OK\r\n"
			"Date: Mon, 23 Nov 2026 04:01:00 GMT\r\n"
			"Server: prong\r\n"
			"Content-Type: text/plain\r\n"
			"Content-Length: 6\r\n"
			"Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT\r\n"
			"ETag: \"99fc819aaba2462a\"\r\n"
			"Accept-Ranges: bytes\r\n"
			"\r\n"
			"hello\n");
	ck_assert_uint_eq(f->head_len + 6, file_reply_len(f));
	ck_assert_int_eq(f->fd, -1);
	file_unref(f);
}
END_TEST

/* Whatever its time of modification says. */
START_TEST(a_file_that_was_just_changed_is_not_settled)
{
	struct file *new = read_text("hello\n", 1000000000), *old;
	struct stat st;
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(fstat(fd, &st), 0);
	old = file_read(fd, &st, &plain);
	ck_assert(!new->is_settled);
	ck_assert(old->is_settled);
	file_unref(new);
	file_unref(old);
}
END_TEST

START_TEST(the_rows_are_the_fields_of_the_head_without_its_date)
{
	static const char *const names[] = { "server", "content-type",
		"content-length", "last-modified", "etag", "accept-ranges" };
	struct file *f = read_text("hello\n", 1000000000);
	const struct field_rows *rows = file_rows(f);

	ck_assert_uint_eq(rows->count, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < rows->count; i++)
		ck_assert(span_is(rows->all[i].name, span_of(names[i])));
	ck_assert(span_is(rows->all[4].value, file_etag(f)));
	ck_assert_ptr_eq(file_rows(f), rows);
	file_unref(f);
}
END_TEST

START_TEST(an_empty_file_has_a_length_and_a_tag)
{
	struct file *f = read_text("", 1);

	ck_assert_uint_eq(f->head_len, file_reply_len(f));
	ck_assert_ptr_nonnull(strstr(f->reply, "\r\nContent-Length: 0\r\n"));
	ck_assert_uint_eq(file_etag(f).len, 18);
	file_unref(f);
}
END_TEST

START_TEST(the_validators_are_lines_of_the_head)
{
	char expected[256];
	const struct file_traits traits = {
		.type = "text/plain",
		.cache_control = "no-cache",
		.largest = 0,
	};
	char content[2000] = "";
	struct stat st;
	struct file *f;
	int fd = file_with(content, sizeof(content), &st);

	set_modified(fd, 1000000009, 0, &st);
	f = file_read(fd, &st, &traits);
	snprintf(expected, sizeof(expected),
		"Last-Modified: Sun, 09 Sep 2001 01:46:49 GMT\r\n"
		"ETag: %.*s\r\n"
		"Accept-Ranges: bytes\r\n"
		"Cache-Control: no-cache\r\n",
		(int)file_etag(f).len, file_etag(f).at);
	ck_assert(span_is(file_validators(f), span_of(expected)));
	ck_assert_ptr_eq(file_validators(f).at + file_validators(f).len + 2,
		f->reply + f->head_len);
	file_unref(f);
}
END_TEST

START_TEST(a_large_file_keeps_its_descriptor)
{
	char content[1001] = "x";
	struct stat st;
	int fd = file_with(content, sizeof(content), &st);
	struct file *f;

	set_modified(fd, 1000000010, 1, &st);
	f = file_read(fd, &st, &plain);
	ck_assert_int_eq(f->fd, fd);
	ck_assert_uint_eq(file_reply_len(f), f->head_len);
	ck_assert_int_eq(f->size, 1001);
	/* RFC 9110 8.8.1: the bytes may change without it. */
	ck_assert_uint_eq(file_etag(f).len, 20);
	ck_assert_mem_eq(file_etag(f).at, "W/\"", 3);
	file_unref(f);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

enum { MAPPED = 64 * 1024 };

static struct file *
read_mapped(int *fd)
{
	const struct file_traits traits = { .type = "x", .largest = MAPPED };
	static char content[MAPPED];
	struct stat st;
	struct file *f;

	memset(content, 'a', sizeof(content));
	*fd = file_with(content, sizeof(content), &st);
	f = file_read(dup(*fd), &st, &traits);
	ck_assert_ptr_nonnull(f);
	ck_assert_mem_eq(f->content, content, sizeof(content));
	ck_assert_uint_eq(file_etag(f).len, 18);
	return f;
}

#ifdef MFD_CLOEXEC
/* The same tag as if it were in memory, in each coding. */
START_TEST(a_large_file_takes_the_hash_of_its_content)
{
	char content[1001] = "x", tag[FILE_TAG_SIZE];
	struct file_traits traits = plain;
	struct hash_stream *hash;
	struct stat st;
	int fd = file_with(content, sizeof(content), &st);
	struct file *f;

	traits.coding = (enum coding)_i;
	traits.vary = "Accept-Encoding";
	hash = hash_stream_new((uint64_t)traits.coding);
	hash_stream_add(hash, content, 500);
	hash_stream_add(hash, content + 500, sizeof(content) - 500);
	f = file_read(fd, &st, &traits);
	ck_assert(!f->is_strong);
	file_set_content_hash(f, hash_stream_value(hash));
	hash_stream_free(hash);
	ck_assert(f->is_strong);
	file_tag_content(content, sizeof(content), traits.coding, tag);
	ck_assert(span_is(file_etag(f), span_of(tag)));
	ck_assert_uint_eq(file_reply_len(f), f->head_len);
	ck_assert_mem_eq(f->reply + f->head_len - 4, "\r\n\r\n", 4);
	ck_assert_ptr_eq(file_validators(f).at + file_validators(f).len + 2,
		f->reply + f->head_len);
	file_unref(f);
}
END_TEST

START_TEST(what_sendfile_takes_is_a_copy_too)
{
	char got[4];
	int fd;
	struct file *f = read_mapped(&fd);

	ck_assert_uint_eq(file_reply_len(f), f->head_len);
	ck_assert_int_eq(pwrite(fd, "changed", 7, MAPPED - 7), 7);
	ck_assert_int_eq(pread(f->fd, got, 4, MAPPED - 4), 4);
	ck_assert_mem_eq(got, "aaaa", 4);
	close(fd);
	fd = f->fd;
	file_unref(f);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST
#endif

START_TEST(without_a_descriptor_for_it_a_content_follows_the_head)
{
	struct rlimit limit = { 0, 0 };
	int fd, none = dup(0);
	struct file *f;

	/* file_with() and dup() take this one and the next. */
	ck_assert_int_ne(none, -1);
	close(none);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)(none + 2);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	f = read_mapped(&fd);
	ck_assert_int_eq(f->fd, -1);
	ck_assert_uint_eq(file_reply_len(f), f->head_len + MAPPED);
	ck_assert_ptr_eq(f->content, f->reply + f->head_len);
	file_unref(f);
	close(fd);
}
END_TEST

START_TEST(the_tag_is_of_the_content_alone)
{
	struct file *a = read_text("content", 1000);
	struct file *b = read_text("content", 2000);
	struct file *c = read_text("CONTENT", 1000);

	ck_assert(span_is(file_etag(a), file_etag(b)));
	ck_assert(!span_is(file_etag(a), file_etag(c)));
	file_unref(a);
	file_unref(b);
	file_unref(c);
}
END_TEST

/* Zip archives, reproducible builds: the same second for any content. */
static const time_t never[] = { 0, 1, 315532800, 315619200 };

START_TEST(a_time_that_builds_set_is_not_told)
{
	struct file *f = read_text("x", never[_i]);

	ck_assert_int_eq(f->modified, -1);
	ck_assert_ptr_null(memmem(f->reply, f->head_len, "Last-Modified", 13));
	file_unref(f);
}
END_TEST

START_TEST(a_large_file_whose_date_was_kept_has_another_tag)
{
	char content[1001] = "x";
	struct stat st, later;
	int fd = file_with(content, sizeof(content), &st);
	struct file *a, *b;

	set_modified(fd, never[_i] + 1600000000, 0, &st);
	later = st;
	later.st_ctim.tv_sec++;
	a = file_read(dup(fd), &st, &plain);
	b = file_read(fd, &later, &plain);
	ck_assert_int_eq(a->modified, b->modified);
	ck_assert(!span_is(file_etag(a), file_etag(b)));
	file_unref(a);
	file_unref(b);
}
END_TEST

START_TEST(what_is_left_out_stands_in_no_head)
{
	const struct file_traits bare = {
		.type = "text/plain",
		.largest = 1000,
		.is_nameless = true,
		.is_tagless = true,
		.is_dateless = true,
		.is_whole = true,
	};
	struct stat st;
	int fd = file_with("a", 1, &st);
	struct file *f = file_read(fd, &st, &bare);

	assert_reply(f, "HTTP/1.1 200 OK\r\n"
			"Date: Mon, 23 Nov 2026 04:01:00 GMT\r\n"
			"Content-Type: text/plain\r\n"
			"Content-Length: 1\r\n"
			"\r\n"
			"a");
	ck_assert_uint_eq(file_etag(f).len, 0);
	file_unref(f);
}
END_TEST

START_TEST(a_file_from_the_future_is_told_as_of_now)
{
	time_t before = time(NULL);
	struct file *f = read_text("x", before + 100000);

	ck_assert_int_ge(f->modified, before);
	ck_assert_int_le(f->modified, time(NULL));
	file_unref(f);
}
END_TEST

START_TEST(the_date_is_copied_once_a_second)
{
	struct file *f = read_text("x", 0);

	file_set_date(f, 7, "Thu, 01 Jan 1970 00:00:07 GMT");
	ck_assert_mem_eq(f->reply + FILE_DATE_AT,
		"Thu, 01 Jan 1970 00:00:07 GMT\r\n", DATE_LEN + 2);
	file_set_date(f, 7, "another text of the same second");
	ck_assert_mem_eq(f->reply + FILE_DATE_AT, "Thu", 3);
	file_set_date(f, 8, "Fri, 01 Jan 1970 00:00:08 GMT");
	ck_assert_mem_eq(f->reply + FILE_DATE_AT, "Fri", 3);
	file_unref(f);
}
END_TEST

START_TEST(a_file_that_changed_since_the_stat_is_read_as_it_is)
{
	struct stat st;
	int fd = file_with("first", 5, &st);
	struct file *f;

	ck_assert_int_eq(pwrite(fd, "second", 6, 0), 6);
	f = file_read(fd, &st, &plain);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->size, 6);
	ck_assert_mem_eq(f->reply + f->head_len, "second", 6);
	file_unref(f);
}
END_TEST

START_TEST(a_file_that_was_cut_since_the_stat_is_read_as_it_is)
{
	struct stat st;
	int fd = file_with("content", 7, &st);
	struct file *f;

	ck_assert_int_eq(ftruncate(fd, 3), 0);
	f = file_read(fd, &st, &plain);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->size, 3);
	file_unref(f);
}
END_TEST

/* As Linux 5.9 does: RWF_NOWAIT ends every file after its first page. */
static bool ends_early;

ssize_t
preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	if (ends_early && (flags & RWF_NOWAIT) != 0 && offset >= 4096)
		return 0;
	if (ends_early && (flags & RWF_NOWAIT) != 0)
		return pread(fd, iov->iov_base,
			iov->iov_len < 4096 ? iov->iov_len : 4096, offset);
	return syscall(SYS_preadv2, fd, iov, count, (long)offset, 0L, flags);
}

START_TEST(a_kernel_that_ends_files_early_is_not_believed)
{
	static char content[10000] = "x";
	struct page_miss miss;
	struct file_traits traits = plain;
	struct stat st;
	int fd = file_with(content, sizeof(content), &st);
	struct file *f;

	page_miss_init(&miss);
	traits.miss = &miss;
	traits.largest = sizeof(content);
	ends_early = true;
	ck_assert_ptr_null(file_read(dup(fd), &st, &traits));
	ends_early = false;
	ck_assert_int_eq(errno, EOPNOTSUPP);
	ck_assert_int_eq(miss.kind, PAGE_MISS_OTHER);
	f = file_read(fd, &st, &plain);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(f->size, sizeof(content));
	file_unref(f);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_closed)
{
	struct stat st;
	struct file *f;
	int fd = file_with("content", 7, &st);
	int write_only = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(dup2(write_only, fd), fd);
	close(write_only);
	f = file_read(fd, &st, &plain);
	ck_assert_ptr_null(f);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(a_descriptor_lives_until_the_last_reference)
{
	char content[1001] = "x";
	struct stat st;
	int fd = file_with(content, sizeof(content), &st);
	struct file *f = file_read(fd, &st, &plain);

	file_ref(f);
	file_unref(f);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	file_unref(f);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ the_reply_is_head_and_content, 0 },
		{ a_file_that_was_just_changed_is_not_settled, 0 },
		{ the_rows_are_the_fields_of_the_head_without_its_date, 0 },
		{ an_empty_file_has_a_length_and_a_tag, 0 },
		{ the_validators_are_lines_of_the_head, 0 },
		{ a_large_file_keeps_its_descriptor, 0 },
		{ a_large_file_takes_the_hash_of_its_content, CODING_COUNT },
#ifdef MFD_CLOEXEC
		{ what_sendfile_takes_is_a_copy_too, 0 },
#endif
		{ without_a_descriptor_for_it_a_content_follows_the_head, 0 },
		{ the_tag_is_of_the_content_alone, 0 },
		{ a_file_from_the_future_is_told_as_of_now, 0 },
		{ a_time_that_builds_set_is_not_told, ROWS(never) },
		{ a_large_file_whose_date_was_kept_has_another_tag, 0 },
		{ what_is_left_out_stands_in_no_head, 0 },
		{ the_date_is_copied_once_a_second, 0 },
		{ a_file_that_changed_since_the_stat_is_read_as_it_is, 0 },
		{ a_kernel_that_ends_files_early_is_not_believed, 0 },
		{ a_file_that_was_cut_since_the_stat_is_read_as_it_is, 0 },
		{ a_file_that_cannot_be_read_is_closed, 0 },
		{ a_descriptor_lives_until_the_last_reference, 0 },
	};

	return harness_run("file", tests, ROWS(tests));
}
