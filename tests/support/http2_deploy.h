/*
 * A server and a client that speaks HTTP/2 to it in clear, while its workers
 * are replaced.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_DEPLOY_H
#define HTTP2_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>

#include "support/http2_client.h"
#include "support/server.h"

enum {
	DEPLOY_TABLE = 4096,  /* bytes of the table of the field compression */
	DEPLOY_LARGE = 60000, /* bytes of "/large" */
	DEPLOY_SMALL = 40000, /* bytes of "/small" */
};

/* The test may set nworkers before deploy_begin(); 0: one. */
struct deploy {
	struct server s;
	struct http2_client c;
	int generation, nworkers;
	int admin;          /* port of the admin address */
	const char *limits; /* more members of the configuration */
};

/* A member of the configuration: timeouts.drain. */
#define DRAIN(time)                                                            \
	"\"timeouts\": {\"drain_delay\": \"0s\", \"drain\": \"" time "\"},"

/* Starts the server, with these members of the configuration, and the client,
 * which has acknowledged the SETTINGS. */
void deploy_begin(struct deploy *, const char *limits);
void deploy_end(struct deploy *);

/* Returns when new workers serve: their responses have "x-generation: N". */
void deploy_reload(struct deploy *);

/* Reads a frame; its fields are dropped, and a PING is answered. */
bool deploy_read_frame(struct deploy *, struct http2_frame *);

/* Acknowledges SETTINGS. */
void deploy_acknowledge(struct deploy *);

/* Reads SETTINGS, and acknowledges all but the last, until they tell of a table
 * of this size; deploy_read_until_table() acknowledges the last, too. */
void deploy_wait_for_table(struct deploy *, uint32_t size);
void deploy_read_until_table(struct deploy *, uint32_t size);

/* Waits until another worker has the connection. */
void deploy_follow(struct deploy *);

void deploy_assert_generation(const struct http2_response *, int want);

/* A 200 with this body, of a worker of this generation. */
void deploy_assert_response(
	struct deploy *, uint32_t id, const char *body, int generation);

/* Sends a GET. */
void deploy_ask(struct deploy *, uint32_t id, const char *path);

/* Asks for "/hello.txt", which the current generation answers. */
void deploy_get(struct deploy *, uint32_t id);

#endif
