/*
 * Codings: sidecars, and those made once.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_cache.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "file/file_probe.h"
#include "support/harness.h"

/* ---- codings ------------------------------------------------------------ */

static void
write_text(const char *name)
{
	char content[2001];

	memset(content, 'a', sizeof(content) - 1);
	content[sizeof(content) - 1] = '\0';
	write_file(name, content);
}

static bool
says(const struct file *f, const char *line)
{
	return memmem(f->reply, f->head_len, line, strlen(line)) != NULL;
}

START_TEST(a_coding_is_made_once)
{
	struct file *f, *first, *second;
	size_t used;

	docroot.codings = 1u << CODING_GZIP;
	write_text("a.txt");
	f = get_file("a.txt");
	used = cache.lists[FILE_CACHE_MEMORY].used;
	first = file_cache_code(&cache, &docroot, f, CODING_GZIP);
	second = file_cache_code(&cache, &docroot, f, CODING_GZIP);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_eq(first, second);
	ck_assert_int_lt(first->size, f->size);
	ck_assert(!span_is(file_etag(first), file_etag(f)));
	ck_assert(says(first, "\r\nContent-Encoding: gzip\r\n"));
	ck_assert(says(first, "\r\nVary: Accept-Encoding\r\n"));
	ck_assert(says(f, "\r\nVary: Accept-Encoding\r\n"));
	ck_assert_uint_ge(cache.lists[FILE_CACHE_MEMORY].used,
		used + file_reply_len(first));
	file_unref(first);
	file_unref(second);
	file_unref(f);
}
END_TEST

START_TEST(a_coding_that_saves_nothing_is_not_kept)
{
	char bytes[600];
	unsigned x = 1;
	struct file *f;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)((x = x * 1103515245u + 12345u) >> 16);
	docroot.codings = 1u << CODING_GZIP;
	write_content("a.txt", bytes, sizeof(bytes));
	set_modified("a.txt", 1000000);
	f = get_file("a.txt");
	ck_assert_uint_eq(f->codings, 1u << CODING_GZIP);
	ck_assert_ptr_null(file_cache_code(&cache, &docroot, f, CODING_GZIP));
	ck_assert_uint_eq(f->codings, 0);
	file_unref(f);
}
END_TEST

START_TEST(a_file_that_is_not_kept_is_not_coded)
{
	char text[1000];
	struct file *f;

	memset(text, 'a', sizeof(text));
	docroot.codings = 1u << CODING_GZIP;
	write_young("a.txt", text, sizeof(text));
	f = get_file("a.txt");
	ck_assert_ptr_null(f->entry);
	ck_assert_ptr_null(file_cache_code(&cache, &docroot, f, CODING_GZIP));
	file_unref(f);
}
END_TEST

START_TEST(codings_push_out_what_was_used_least)
{
	struct file *f, *coded;

	docroot.codings = 1u << CODING_GZIP;
	write_text("a.txt");
	write_text("b.txt");
	ck_assert_int_eq(get_status("b.txt"), 0);
	f = get_file("a.txt");
	cache.lists[FILE_CACHE_MEMORY].limit =
		cache.lists[FILE_CACHE_MEMORY].used;
	coded = file_cache_code(&cache, &docroot, f, CODING_GZIP);
	ck_assert_ptr_nonnull(coded);
	ck_assert(!is_cached("b.txt"));
	ck_assert(is_cached("a.txt"));
	file_unref(coded);
	file_unref(f);
}
END_TEST

static const struct {
	const char *name;
	time_t modified;
	const char *content;
	bool is_used;
} sidecars[] = {
	{ "a.txt.br", 1000000, "br", true },
	{ "a.txt.br", 1000001, "br", true },
	/* Compressors set times in whole seconds, and copies in any order. */
	{ "a.txt.br", 999999, "br", true },
	{ "a.txt.br", 999998, "br", true },
	{ "a.txt.br", 999997, "br", false },
	{ "a.txt.br", 1000001, "", false },
	{ "a.txt.bz2", 1000001, "bz2", false },
	{ "a.br", 1000001, "br", false },
};

START_TEST(a_sidecar_is_a_coding_unless_it_is_clearly_older)
{
	struct file *f, *coded;

	route.files.precompressed = true;
	write_text("a.txt");
	write_file(sidecars[_i].name, sidecars[_i].content);
	set_modified(sidecars[_i].name, sidecars[_i].modified);
	f = get_file("a.txt");
	ck_assert_uint_eq(
		f->codings, sidecars[_i].is_used ? 1u << CODING_BR : 0);
	ck_assert_int_eq(says(f, "\r\nVary: "), sidecars[_i].is_used);
	coded = file_cache_code(&cache, &docroot, f, CODING_BR);
	ck_assert_int_eq(coded != NULL, sidecars[_i].is_used);
	if (coded != NULL) {
		ck_assert(has_content(coded, "br"));
		ck_assert(says(coded, "\r\nContent-Encoding: br\r\n"));
		ck_assert(says(coded, "\r\nContent-Type: text/plain"));
	}
	file_unref(coded);
	file_unref(f);
}
END_TEST

/* RFC 9110 12.5.5: it may be half written, but it will be sent. */
START_TEST(a_sidecar_that_may_be_half_written_is_only_told_of)
{
	struct timespec times[2];
	struct file *f;

	route.files.precompressed = true;
	write_text("a.txt");
	write_young("a.txt.br", "br", 2);
	/* A compressor that has written nothing for a second. */
	write_file("a.txt.gz", "gz");
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= 1;
	times[1] = times[0];
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of("a.txt.gz"), times, 0), 0);
	f = get_file("a.txt");
	ck_assert_uint_eq(f->codings, 0);
	ck_assert(says(f, "\r\nVary: Accept-Encoding\r\n"));
	file_unref(f);
	set_modified("a.txt.gz", times[0].tv_sec - 1);
	now_ms += PROBE_MS;
	f = get_file("a.txt");
	ck_assert_uint_eq(f->codings, 1u << CODING_GZIP);
	file_unref(f);
}
END_TEST

/* One cannot be opened, and the other is read. */
START_TEST(a_sidecar_that_cannot_be_opened_is_told_of)
{
	struct file_probe probe = {
		.docroot = &docroot, .path = SPAN("a.txt"), .largest = LARGEST
	};
	uid_t uid = geteuid();

	route.files.precompressed = true;
	write_text("a.txt");
	write_file("a.txt.br", "br");
	write_file("a.txt.gz", "gz");
	ck_assert_int_eq(chmod(path_of("a.txt.br"), 0), 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	if (uid == 0) /* may read anything */
		ck_assert_int_eq(seteuid(65534), 0);
	file_probe_run(&probe);
	ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(probe.result, PROBE_NEW);
	ck_assert_uint_eq(probe.file->codings, 1u << CODING_GZIP);
	ck_assert_int_eq(probe.error, EACCES);
	file_unref(probe.file);
}
END_TEST

START_TEST(a_sidecar_by_its_name_is_a_file_like_any_other)
{
	struct file *f;

	route.files.precompressed = true;
	write_text("a.gz");
	write_text("a.gz.gz");
	f = get_file("a.gz");
	ck_assert_uint_eq(f->codings, 0);
	ck_assert(!says(f, "Content-Encoding"));
	file_unref(f);
}
END_TEST

static unsigned
codings_of(const char *path)
{
	struct file *f = get_file(path);
	unsigned codings = f->codings;

	file_unref(f);
	return codings;
}

START_TEST(sidecars_come_and_go)
{
	route.files.precompressed = true;
	write_text("a.txt");
	ck_assert_uint_eq(codings_of("a.txt"), 0);
	write_file("a.txt.gz", "gz");
	ck_assert_uint_eq(codings_of("a.txt"), 0);
	now_ms += PROBE_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_int_eq(unlink(path_of("a.txt.gz")), 0);
	now_ms += PROBE_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 0);
}
END_TEST

/* Asks for files until the directory was read. */
static void
let_directory_be_read(void)
{
	int64_t until = clock_now_ms() + 5000;

	while (cache.sidecars.nread == 0 && clock_now_ms() < until) {
		poll(NULL, 0, 1);
		codings_of("a.txt");
		now_ms += PROBE_MS;
	}
	ck_assert_uint_gt(cache.sidecars.nread, 0);
}

START_TEST(sidecars_come_and_go_in_a_directory_that_was_read)
{
	route.files.precompressed = true;
	write_text("a.txt");
	let_directory_be_read();
	ck_assert_uint_eq(codings_of("a.txt"), 0);
	write_file("a.txt.gz", "gz");
	ck_assert_uint_eq(codings_of("a.txt"), 0);
	now_ms += PROBE_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	now_ms += PROBE_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_int_eq(unlink(path_of("a.txt.gz")), 0);
	now_ms += PROBE_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 0);
}
END_TEST

START_TEST(a_large_file_has_descriptors_of_its_sidecars)
{
	int before = open_descriptors();

	route.files.precompressed = true;
	write_sized("a.txt", LARGEST + 1);
	write_file("a.txt.gz", "gz");
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_uint_eq(cache.lists[FILE_CACHE_DISK].used, 2);
	ck_assert_int_eq(open_descriptors(), before + 2);
	now_ms += PROBE_MS;
	ck_assert_uint_eq(codings_of("a.txt"), 1u << CODING_GZIP);
	ck_assert_int_eq(open_descriptors(), before + 2);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = {
		.setup = fake_cache_open, .teardown = fake_cache_close
	};
	const struct harness_test tests[] = {
		{ a_coding_is_made_once, 0 },
		{ a_coding_that_saves_nothing_is_not_kept, 0 },
		{ a_file_that_is_not_kept_is_not_coded, 0 },
		{ codings_push_out_what_was_used_least, 0 },
		{ a_sidecar_is_a_coding_unless_it_is_clearly_older,
			ROWS(sidecars) },
		{ a_sidecar_that_may_be_half_written_is_only_told_of, 0 },
		{ a_sidecar_that_cannot_be_opened_is_told_of, 0 },
		{ a_sidecar_by_its_name_is_a_file_like_any_other, 0 },
		{ sidecars_come_and_go, 0 },
		{ sidecars_come_and_go_in_a_directory_that_was_read, 0 },
		{ a_large_file_has_descriptors_of_its_sidecars, 0 },
	};

	return harness_run_with(
		&fixture, "file_cache_codings", tests, ROWS(tests));
}
