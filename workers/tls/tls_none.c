/*
 * In place of tls.c and tls_context.c in a build without OpenSSL, which refuses
 * a configuration with TLS: no connection has a struct tls.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls.h"

int
tls_server_open(struct tls_server **server, const struct conf *conf,
	struct ticket_secret *secret, char *why, size_t size)
{
	(void)conf, (void)secret, (void)why, (void)size;
	*server = NULL;
	return 0;
}

void
tls_server_close(struct tls_server *s)
{
	(void)s;
}

bool
tls_load_kernel(const struct conf *conf)
{
	(void)conf;
	return false;
}

const char *
tls_server_explain(const struct tls_server *s)
{
	(void)s;
	return NULL;
}

void
tls_server_set_counters(struct tls_server *s, struct tls_counters *counters,
	struct ktls_counters *ktls)
{
	(void)s, (void)counters, (void)ktls;
}

struct tls_address *
tls_address_find(struct tls_server *s, size_t number)
{
	(void)s, (void)number;
	return NULL;
}

void
tls_turn_begin(struct tls_server *s, int64_t most)
{
	(void)s, (void)most;
}

bool
tls_turn_take(struct tls *t)
{
	(void)t;
	return false;
}

struct tls *
tls_new(struct tls_address *a, int fd)
{
	(void)a, (void)fd;
	return NULL;
}

void
tls_close(struct tls *t)
{
	(void)t;
}

enum tls_result
tls_begin(struct tls *t)
{
	(void)t;
	return TLS_FAILED;
}

enum tls_result
tls_handshake(struct tls *t)
{
	(void)t;
	return TLS_FAILED;
}

void
tls_end_late(struct tls *t)
{
	(void)t;
}

enum conf_protocol
tls_protocol(const struct tls *t)
{
	(void)t;
	return CONF_HTTP_1;
}

ssize_t
tls_recv(struct tls *t, char *to, size_t size)
{
	(void)t, (void)to, (void)size;
	return 0;
}

ssize_t
tls_peek(struct tls *t)
{
	(void)t;
	return 0;
}

bool
tls_has_input(const struct tls *t)
{
	(void)t;
	return false;
}

bool
tls_wants_write(const struct tls *t)
{
	(void)t;
	return false;
}

enum output_result
tls_send(struct tls *t, struct output *o)
{
	(void)t, (void)o;
	return OUTPUT_FAILED;
}

bool
tls_must_close(const struct tls *t)
{
	(void)t;
	return false;
}

bool
tls_can_close(const struct tls *t)
{
	(void)t;
	return true;
}

const char *
tls_reason(const struct tls *t)
{
	(void)t;
	return "";
}

const char *
tls_version(const struct tls *t)
{
	(void)t;
	return "";
}

const char *
tls_server_name(const struct tls *t)
{
	(void)t;
	return NULL;
}

const char *
tls_client_subject(const struct tls *t)
{
	(void)t;
	return NULL;
}

const char *
tls_cipher(const struct tls *t)
{
	(void)t;
	return "";
}

bool
tls_client_sha256(const struct tls *t, char to[TLS_SHA256])
{
	(void)t, (void)to;
	return false;
}

char *
tls_client_name(const struct tls *t, unsigned n)
{
	(void)t, (void)n;
	return NULL;
}

bool
tls_covers(const struct tls *t, struct span host)
{
	(void)t, (void)host;
	return true;
}
