/*
 * The response that a test gets: read until it is complete, then decoded.
 * SPDX-License-Identifier: MIT
 */
#ifndef TEST_RESPONSE_H
#define TEST_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

struct test_response {
	char *bytes; /* as received */
	size_t nbytes, size;
	bool is_head; /* the request was HEAD */
	bool is_done; /* nothing more comes */

	/* After test_response_finish(). */
	int status;
	const char *head;
	char *body;
	size_t len;
	bool is_complete;
	struct test_field *fields; /* that test_response_field() returned */
};

void test_response_start(struct test_response *, bool is_head);
void test_response_fini(struct test_response *);

/* Reads what is there; true when the response is complete or has ended. */
bool test_response_read(struct test_response *, int fd);

/* Splits and decodes what was read. */
void test_response_finish(struct test_response *);

/* Returns a value that is valid until the next test_response_start(). */
const char *test_response_field(struct test_response *, const char *name);

#endif
