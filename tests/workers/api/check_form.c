/*
 * Where the parts of a form are kept, and how many.
 * SPDX-License-Identifier: MIT
 */
#include "api/form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/harness.h"
#include "support/procfs.h"

static struct form *
new_form(void)
{
	return form_new_multipart(SPAN("b"), "/tmp", NULL);
}

/* A part's head and len bytes of content that depend on their place. */
static int
add_part(struct form *f, const char *name, const char *filename, size_t len)
{
	char head[256], piece[1000];
	size_t n, at = 0;
	int status = form_take(
		f, (struct span){ head,
			   (size_t)snprintf(head, sizeof(head),
				   "\r\n--b\r\nContent-Disposition: form-data; "
				   "name=\"%s\"%s%s\r\n\r\n",
				   name, filename == NULL ? "" : "; filename=",
				   filename == NULL ? "" : filename) });

	for (; status == 0 && at < len; at += n) {
		n = len - at < sizeof(piece) ? len - at : sizeof(piece);
		for (size_t i = 0; i < n; i++)
			piece[i] = (char)((at + i) * 7);
		status = form_take(f, (struct span){ piece, n });
	}
	return status;
}

static int
end(struct form *f)
{
	int status = form_take(f, SPAN("\r\n--b--\r\n"));

	return status == 0 ? form_end(f) : status;
}

static void
check_bytes(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ck_assert_msg(bytes[i] == (char)(i * 7), "byte %zu", i);
}

START_TEST(a_part_over_64_kib_is_stored_in_a_file)
{
	static const size_t sizes[] = { 0, 1, FORM_PART - 1, FORM_PART,
		FORM_PART + 1, 3 * FORM_PART, 1000001 };
	const struct prong_part *part;
	struct form *f = new_form();
	unsigned count;

	ck_assert_int_eq(add_part(f, "a", "f", sizes[_i]), 0);
	ck_assert_int_eq(end(f), 0);
	part = form_parts(f, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(part->name, "a");
	ck_assert_str_eq(part->filename, "f");
	ck_assert_str_eq(part->type, "");
	ck_assert_uint_eq(part->len, sizes[_i]);
	ck_assert_int_eq(part->fd != -1, sizes[_i] > FORM_PART);
	ck_assert_int_eq(part->value == NULL, part->fd != -1);
	if (part->fd != -1) {
		char *bytes = malloc(part->len + 1);
		struct stat st;

		ck_assert_int_eq(read(part->fd, bytes, part->len + 1),
			(ssize_t)part->len);
		check_bytes(bytes, part->len);
		ck_assert_int_eq(fstat(part->fd, &st), 0);
		ck_assert_uint_eq(st.st_nlink, 0);
		free(bytes);
	} else {
		check_bytes(part->value, part->len);
		ck_assert_int_eq(part->value[part->len], '\0');
	}
	form_free(f);
}
END_TEST

START_TEST(files_are_closed_with_the_form)
{
	int before = proc_descriptors(getpid());
	struct form *f = new_form();

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(add_part(f, "a", "f", FORM_PART + 1), 0);
	/* In the middle of the tenth. */
	ck_assert_int_eq(proc_descriptors(getpid()), before + 10);
	form_free(f);
	ck_assert_int_eq(proc_descriptors(getpid()), before);
	form_free(NULL);
}
END_TEST

START_TEST(many_small_files_go_to_disk_but_fields_do_not)
{
	enum { MANY = 30, EACH = 50000 };
	const struct prong_part *parts;
	struct form *f = new_form();
	unsigned count, on_disk = 0;
	int status = 0;

	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(add_part(f, "a", "f", EACH), 0);
	ck_assert_int_eq(end(f), 0);
	parts = form_parts(f, &count);
	for (unsigned i = 0; i < count; i++)
		on_disk += parts[i].fd != -1;
	ck_assert_uint_eq(count, MANY);
	ck_assert_uint_ge(on_disk, MANY - FORM_MEMORY / EACH);
	ck_assert_uint_lt(on_disk, MANY);
	form_free(f);

	f = new_form();
	for (int i = 0; i < MANY && status == 0; i++)
		status = add_part(f, "a", NULL, EACH);
	ck_assert_int_eq(status, 413);
	ck_assert_str_eq(form_why(f), "the fields of the form are too large");
	form_free(f);
}
END_TEST

START_TEST(too_many_parts_are_refused)
{
	struct form *f = new_form();
	unsigned count;

	for (int i = 0; i < FORM_PARTS; i++)
		ck_assert_int_eq(add_part(f, "a", NULL, 1), 0);
	ck_assert_int_eq(add_part(f, "a", NULL, 1), 413);
	ck_assert_str_eq(form_why(f), "the form has too many parts");
	form_parts(f, &count);
	ck_assert_uint_eq(count, FORM_PARTS);
	form_free(f);
}
END_TEST

START_TEST(too_many_files_are_refused)
{
	struct form *f = new_form();

	for (int i = 0; i < FORM_FILES; i++)
		ck_assert_int_eq(add_part(f, "a", "f", FORM_PART + 1), 0);
	ck_assert_int_eq(add_part(f, "a", "f", FORM_PART + 1), 413);
	ck_assert_str_eq(form_why(f), "the form has too many large parts");
	form_free(f);
}
END_TEST

START_TEST(a_missing_temp_directory_is_a_500)
{
	struct form *f = form_new_multipart(SPAN("b"), "/nowhere/at/all", NULL);

	errno = 0;
	ck_assert_int_eq(add_part(f, "a", "f", FORM_PART + 1), 500);
	ck_assert_int_eq(errno, ENOENT);
	form_free(f);
}
END_TEST

START_TEST(a_malformed_form_is_refused_with_the_reason)
{
	struct form *f = new_form();

	ck_assert_str_eq(form_why(f), "");
	ck_assert_int_eq(form_take(f, SPAN("--bc")), 400);
	ck_assert_str_eq(
		form_why(f), "a boundary line has trailing characters");
	form_free(f);

	f = new_form();
	ck_assert_int_eq(add_part(f, "a", NULL, 10), 0);
	ck_assert_int_eq(form_end(f), 400);
	ck_assert_str_eq(form_why(f), "the form ends before its last boundary");
	form_free(f);
}
END_TEST

START_TEST(an_urlencoded_form_yields_parts)
{
	const struct prong_part *parts;
	unsigned count;
	int status;
	struct form *f = form_new_urlencoded(
		SPAN("a=1+2&b&%63=%C3%A9&a="), NULL, &status);

	ck_assert_int_eq(status, 0);
	parts = form_parts(f, &count);
	ck_assert_uint_eq(count, 4);
	ck_assert_str_eq(parts[0].name, "a");
	ck_assert_str_eq(parts[0].value, "1 2");
	ck_assert_uint_eq(parts[0].len, 3);
	ck_assert_str_eq(parts[1].name, "b");
	ck_assert_str_eq(parts[1].value, "");
	ck_assert_str_eq(parts[2].name, "c");
	ck_assert_str_eq(parts[2].value, "\xc3\xa9");
	ck_assert_str_eq(parts[3].value, "");
	for (unsigned i = 0; i < count; i++) {
		ck_assert_ptr_null(parts[i].filename);
		ck_assert_str_eq(parts[i].type, "");
		ck_assert_int_eq(parts[i].fd, -1);
	}
	form_free(f);
}
END_TEST

START_TEST(an_urlencoded_form_with_too_many_parts_is_refused)
{
	char text[2 * FORM_PARTS + 2];
	struct form *f;
	int status;

	memset(text, '&', sizeof(text));
	for (int i = 0; i <= FORM_PARTS; i++)
		text[2 * i] = 'a';
	f = form_new_urlencoded(
		(struct span){ text, 2 * FORM_PARTS }, NULL, &status);
	ck_assert_int_eq(status, 0);
	form_free(f);
	f = form_new_urlencoded(
		(struct span){ text, 2 * FORM_PARTS + 1 }, NULL, &status);
	ck_assert_int_eq(status, 413);
	form_free(f);
	f = form_new_urlencoded(SPAN(""), NULL, &status);
	ck_assert_int_eq(status, 0);
	form_free(f);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_part_over_64_kib_is_stored_in_a_file, 7 },
		{ files_are_closed_with_the_form, 0 },
		{ many_small_files_go_to_disk_but_fields_do_not, 0 },
		{ too_many_parts_are_refused, 0 },
		{ too_many_files_are_refused, 0 },
		{ a_missing_temp_directory_is_a_500, 0 },
		{ a_malformed_form_is_refused_with_the_reason, 0 },
		{ an_urlencoded_form_yields_parts, 0 },
		{ an_urlencoded_form_with_too_many_parts_is_refused, 0 },
	};

	return harness_run("form", tests, ROWS(tests));
}
