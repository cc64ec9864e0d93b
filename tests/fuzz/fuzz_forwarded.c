/*
 * The first byte says which field is believed, and how many of the lines that
 * follow are of it; the others are of X-Forwarded-Proto.
 * SPDX-License-Identifier: MIT
 */
#include "serve/forwarded.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conn/exchange.h"
#include "conn/worker_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES "ForwardedX-Forwarded-ForX-Forwarded-Proto"

static const struct piece names[] = { { 0, 9 }, { 9, 15 }, { 24, 17 } };

/* 10.0.0.0/8, as network.h wants it. */
static const struct conf_network trusted = {
	.address = { [10] = 0xff, 0xff, 10 },
	.bits = 96 + 8,
};

/* A field for each line of the head behind the names. */
static void
add_fields(struct request *r, unsigned name, unsigned count)
{
	size_t at = strlen(NAMES);

	while (at < r->head_len && r->nfields < REQUEST_FIELDS) {
		const char *end = memchr(r->head + at, '\n', r->head_len - at);
		size_t len = end == NULL ? r->head_len - at
					 : (size_t)(end - r->head - at);

		r->fields[r->nfields] = (struct request_field){
			.name = names[r->nfields < count ? name : 2],
			.value = { (uint16_t)at, (uint16_t)len },
		};
		r->nfields++;
		at += len + 1;
	}
}

static void
find(struct exchange *x)
{
	const struct sockaddr_in peer = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a000001) };

	x->peer = x->client = (const struct sockaddr *)(const void *)&peer;
	arena_init(&x->arena, 1024, 0);
	forwarded_find(x);
	assert(x->client->sa_family == AF_INET ||
		x->client->sa_family == AF_INET6);
	arena_fini(&x->arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf conf = { .trusted.networks = {
					    .all = &trusted, .count = 1 } };
	static struct worker worker = { .conf = &conf };
	static struct request_field fields[REQUEST_FIELDS];
	struct exchange x = { .worker = &worker };
	size_t len = strlen(NAMES) + size - 1;
	char *head;

	if (size == 0 || size > 16384)
		return 0;
	conf.trusted.field = (enum conf_forwarded)(data[0] & 3);
	head = malloc(len);
	assert(head != NULL);
	memcpy(head, NAMES, strlen(NAMES));
	memcpy(head + strlen(NAMES), data + 1, size - 1);
	x.request.fields = fields;
	x.request.head = head;
	x.request.head_len = len;
	add_fields(&x.request, data[0] & 1 ? 0 : 1, data[0] >> 1);
	find(&x);
	free(head);
	return 0;
}
