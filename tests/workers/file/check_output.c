/*
 * Output through a socket that takes little at a time.
 * SPDX-License-Identifier: MIT
 */
#include "file/output.h"

#include "common/small_pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "file/file.h"
#include "support/harness.h"

enum { SIZE = 3 * 1024 * 1024 };

static struct output *output;
static int ends[2]; /* ours, the peer's */
static char sent[SIZE], got[2 * SIZE];
static size_t ngot;

static void
set_up(void)
{
	int size = 4096;

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)(i * 13 + i / 999);
	output = output_new_growing(OUTPUT_RUNS);
}

static void
tear_down(void)
{
	output_drop(output);
	output_free(output);
	close(ends[0]);
	close(ends[1]);
}

static void
receive(void)
{
	ssize_t n;

	while ((n = recv(ends[1], got + ngot, sizeof(got) - ngot, 0)) > 0)
		ngot += (size_t)n;
}

/* Until all is sent or it failed; how often the peer had to take some. */
static enum output_result
send_all(int *blocked, int *yielded)
{
	enum output_result result;

	*blocked = *yielded = 0;
	while ((result = output_send(output, ends[0])) == OUTPUT_BLOCKED ||
		result == OUTPUT_YIELD) {
		*blocked += result == OUTPUT_BLOCKED;
		*yielded += result == OUTPUT_YIELD;
		receive();
	}
	receive();
	return result;
}

/* A file with len bytes of sent; by descriptor, unlinked. */
static struct file *
open_file(size_t len)
{
	const struct file_traits traits = { .type = "text/plain",
		.largest = 0 };
	char path[] = "/tmp/check_output->XXXXXX";
	int fd = mkstemp(path);
	struct stat st;
	struct file *f;

	ck_assert_int_ne(fd, -1);
	unlink(path);
	ck_assert_int_eq(write(fd, sent, len), (ssize_t)len);
	ck_assert_int_eq(fstat(fd, &st), 0);
	f = file_read(fd, &st, &traits);
	ck_assert_ptr_nonnull(f);
	return f;
}

START_TEST(runs_arrive_in_order_however_little_is_taken)
{
	enum { RUNS = 200, EACH = 1000 };
	int blocked, yielded;

	set_up();
	for (int i = 0; i < RUNS; i++)
		output_add(output, sent + (size_t)i * EACH, EACH, NULL);
	ck_assert_uint_eq(output_room(output), OUTPUT_RUNS - RUNS);
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_SENT);
	ck_assert_int_gt(blocked, 1);
	ck_assert_uint_eq(ngot, RUNS * EACH);
	ck_assert_mem_eq(got, sent, ngot);
	ck_assert_uint_eq(output->sent, ngot);
	ck_assert_uint_eq(output->queued, ngot);
	ck_assert(output_is_empty(output));
	ck_assert_uint_eq(output_room(output), OUTPUT_RUNS);
	tear_down();
}
END_TEST

START_TEST(a_run_can_be_extended_and_an_empty_one_is_none)
{
	int blocked, yielded;

	set_up();
	output_add(output, sent, 0, NULL);
	ck_assert(output_is_empty(output));
	output_add(output, sent, 10, NULL);
	output_extend(output, 20);
	ck_assert_uint_eq(output->queued, 30);
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_SENT);
	ck_assert_uint_eq(ngot, 30);
	ck_assert_mem_eq(got, sent, 30);
	tear_down();
}
END_TEST

START_TEST(parts_of_files_stand_between_runs)
{
	struct file *f;
	int blocked, yielded;

	set_up();
	f = open_file(100000);
	output_add(output, "head", 4, NULL);
	output_add_file(output, f, 10, 50000);
	output_add(output, "edge", 4, NULL);
	output_add_file(output, f, 99999, 1);
	output_add(output, "end", 3, NULL);
	ck_assert_uint_eq(f->refs, 3);
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_SENT);
	ck_assert_uint_eq(ngot, 4 + 50000 + 4 + 1 + 3);
	ck_assert_mem_eq(got, "head", 4);
	ck_assert_mem_eq(got + 4, sent + 10, 50000);
	ck_assert_mem_eq(got + 50004, "edge", 4);
	ck_assert_mem_eq(got + 50008, sent + 99999, 1);
	ck_assert_mem_eq(got + 50009, "end", 3);
	ck_assert_uint_eq(f->refs, 1);
	file_unref(f);
	tear_down();
}
END_TEST

START_TEST(a_large_file_lets_others_have_their_turn)
{
	int blocked, yielded, size = 8 * 1024 * 1024;
	struct file *f;

	set_up();
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	f = open_file(SIZE);
	output_add_file(output, f, 0, SIZE);
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_SENT);
	ck_assert_uint_eq(ngot, SIZE);
	ck_assert_mem_eq(got, sent, SIZE);
	ck_assert_int_gt(blocked + yielded, 1);
	file_unref(f);
	tear_down();
}
END_TEST

/* Nothing stands behind the last part, so that it is not sent with MSG_MORE. */
START_TEST(the_last_part_inserted_is_the_last_run)
{
	struct file *f;
	int blocked, yielded;

	set_up();
	f = open_file(3000);
	output_add(output, "head", 4, NULL);
	output_add_file(output, f, 0, 3000);
	ck_assert_int_eq(output_send(output, -1), OUTPUT_FAILED);
	output->first++; /* as though the head were sent */
	output->sent += 4;
	output_insert(output, sent, 1000);
	ck_assert_uint_eq(output->count - output->first, 2);
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_SENT);
	output_add(output, "head", 4, NULL);
	output_add_file(output, f, 1000, 2000);
	output->first++;
	output_insert(output, sent + 1000, 2000);
	ck_assert_uint_eq(output->count - output->first, 1);
	ck_assert_uint_eq(f->refs, 1);
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_SENT);
	ck_assert_uint_eq(ngot, 5000);
	ck_assert_mem_eq(got + 3000, sent + 1000, 2000);
	file_unref(f);
	tear_down();
}
END_TEST

START_TEST(a_file_that_became_shorter_fails_without_errno)
{
	struct file *f;
	int blocked, yielded;

	set_up();
	f = open_file(50000);
	output_add(output, "head", 4, NULL);
	output_add_file(output, f, 0, 50000);
	ck_assert_int_eq(ftruncate(f->fd, 1000), 0);
	errno = EIO;
	ck_assert_int_eq(send_all(&blocked, &yielded), OUTPUT_UNREADABLE);
	ck_assert_int_eq(ngot, 1004);
	ck_assert_int_eq(blocked, 0);
	errno = EIO;
	ck_assert_int_eq(output_send(output, ends[0]), OUTPUT_UNREADABLE);
	ck_assert_int_eq(errno, 0);
	ck_assert_uint_eq(f->refs, 2);
	output_drop(output);
	ck_assert_uint_eq(f->refs, 1);
	file_unref(f);
	tear_down();
}
END_TEST

START_TEST(a_peer_that_went_away_fails_without_a_signal)
{
	set_up();
	close(ends[1]);
	output_add(output, sent, 10, NULL);
	ck_assert_int_eq(output_send(output, ends[0]), OUTPUT_FAILED);
	ck_assert_int_eq(errno, EPIPE);
	output_add(output, sent, 10, NULL);
	ck_assert_int_eq(output_send(output, ends[0]), OUTPUT_FAILED);
	ck_assert_int_eq(errno, EPIPE);
	tear_down();
}
END_TEST

START_TEST(a_small_output_has_memory_while_it_has_runs)
{
	enum { RUNS = 9 };
	struct small_pool pool = { 0 };
	struct output of_stream, *small = &of_stream;

	output_init_small(small, RUNS, &pool);
	set_up();
	for (int round = 0; round < 2; round++) {
		ck_assert_ptr_null(small->runs);
		ck_assert_uint_eq(output_room(small), RUNS);
		for (unsigned i = 0; i < RUNS; i++)
			output_add(small, sent + i, 1, NULL);
		ck_assert_uint_eq(output_room(small), 0);
		ck_assert_int_eq(output_send(small, ends[0]), OUTPUT_SENT);
		output_shrink(small);
	}
	receive();
	ck_assert_uint_eq(ngot, 2 * RUNS);
	ck_assert_mem_eq(got, sent, RUNS);
	ck_assert_mem_eq(got + RUNS, sent, RUNS);
	small_pool_fini(&pool);
	tear_down();
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ runs_arrive_in_order_however_little_is_taken, 0 },
		{ a_run_can_be_extended_and_an_empty_one_is_none, 0 },
		{ parts_of_files_stand_between_runs, 0 },
		{ a_large_file_lets_others_have_their_turn, 0 },
		{ the_last_part_inserted_is_the_last_run, 0 },
		{ a_file_that_became_shorter_fails_without_errno, 0 },
		{ a_peer_that_went_away_fails_without_a_signal, 0 },
		{ a_small_output_has_memory_while_it_has_runs, 0 },
	};

	return harness_run("output", tests, ROWS(tests));
}
