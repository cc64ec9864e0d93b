/*
 * SPDX-License-Identifier: MIT
 */
#include "support/http2_deploy.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/port.h"
#include "support/test_deadline.h"

static void
configure_server(struct deploy *d)
{
	char *conf;

	ck_assert_int_gt(
		asprintf(&conf,
			"{\"workers\": %d, \"control\": \"control\","
			"\"pid_file\": \"$DIR/prong.pid\","
			"\"admin\": {\"listen\": \"127.0.0.1:%d\","
			"\"hosts\": [\"test\"]},"
			"\"listen\": [{\"address\": "
			"\"127.0.0.1:$PORT\", \"protocols\": "
			"[\"http/1.1\", \"h2\"]}], %s"
			"\"sites\": [{\"headers\": {\"set\": "
			"{\"X-Generation\": \"%d\"}}, \"routes\": ["
			"{\"path\": \"/live/*\", \"module\": \"" MODULES
			"/live.so\"}, {\"path\": \"/takes/*\","
			"\"module\": \"" MODULES "/takes.so\"},"
			"{\"path\": \"/answers/*\", \"module\": \"" MODULES
			"/answers.so\"}, {\"path\": \"/echo\","
			"\"module\": \"" SHIPPED_MODULES "/echo.so\"},"
			"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}",
			d->nworkers, d->admin, d->limits, d->generation),
		0);
	if (d->s.pid == 0)
		server_start(&d->s, conf);
	else
		server_configure(&d->s, conf);
	free(conf);
}

bool
deploy_read_frame(struct deploy *d, struct http2_frame *f)
{
	bool is_read = http2_client_read(&d->c, f);

	if (is_read)
		http2_client_skip(&d->c, f);
	if (is_read && f->type == HTTP2_PING && !(f->flags & HTTP2_ACK))
		http2_client_send(
			&d->c, HTTP2_PING, HTTP2_ACK, 0, f->payload, f->len);
	return is_read;
}

void
deploy_acknowledge(struct deploy *d)
{
	http2_client_send(&d->c, HTTP2_SETTINGS, HTTP2_ACK, 0, NULL, 0);
}

void
deploy_begin(struct deploy *d, const char *conf_limits)
{
	char *large = server_pattern(DEPLOY_LARGE);
	struct http2_frame f;

	d->limits = conf_limits;
	d->generation = 1;
	if (d->nworkers == 0)
		d->nworkers = 1;
	server_init(&d->s);
	d->admin = port_take();
	d->s.temporary = "prong.pid";
	server_text(&d->s, "www/hello.txt", "hello\n");
	server_file(&d->s, "www/large", large, DEPLOY_LARGE);
	server_file(&d->s, "www/small", large, DEPLOY_SMALL);
	free(large);
	configure_server(d);
	http2_client_open(&d->c, d->s.port);
	do
		ck_assert(deploy_read_frame(d, &f));
	while (f.type != HTTP2_SETTINGS);
	deploy_acknowledge(d);
}

void
deploy_end(struct deploy *d)
{
	http2_client_close(&d->c);
	server_stop(&d->s);
}

/* The workers are new ones, and the fields of their responses tell. */
void
deploy_reload(struct deploy *d)
{
	char text[64];

	d->generation++;
	configure_server(d);
	server_signal(&d->s, SIGHUP);
	snprintf(text, sizeof(text), "generation %d serves", d->generation);
	ck_assert(server_log_has(&d->s, text, DEADLINE));
}

/* Reads SETTINGS, and answers all but the last, until they tell of a table of
 * the field compression of this size. */
void
deploy_wait_for_table(struct deploy *d, uint32_t size)
{
	const unsigned char want[6] = { 0, 1, 0, 0, (unsigned char)(size >> 8),
		0 };
	struct http2_frame f;
	bool is_it = false;

	for (;;) {
		ck_assert(deploy_read_frame(d, &f));
		if (f.type != HTTP2_SETTINGS || f.flags & HTTP2_ACK)
			continue;
		for (size_t i = 0; i + 6 <= f.len; i += 6)
			is_it = is_it || memcmp(f.payload + i, want, 6) == 0;
		if (is_it)
			return;
		deploy_acknowledge(d);
	}
}

void
deploy_read_until_table(struct deploy *d, uint32_t size)
{
	deploy_wait_for_table(d, size);
	deploy_acknowledge(d);
}

/* Another worker has the connection. */
void
deploy_follow(struct deploy *d)
{
	deploy_read_until_table(d, 0);
	deploy_read_until_table(d, DEPLOY_TABLE);
}

void
deploy_assert_generation(const struct http2_response *r, int want)
{
	char field[64];

	snprintf(field, sizeof(field), "x-generation: %d\n", want);
	ck_assert_msg(strstr(r->fields, field) != NULL, "%s", r->fields);
}

void
deploy_assert_response(
	struct deploy *d, uint32_t id, const char *body, int want)
{
	struct http2_response r;

	http2_client_response(&d->c, id, &r);
	ck_assert_msg(!r.is_reset, "error %u", r.error);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, body);
	deploy_assert_generation(&r, want);
	http2_response_free(&r);
}

void
deploy_ask(struct deploy *d, uint32_t id, const char *path)
{
	http2_client_request(&d->c, id, "GET", path, "", HTTP2_END_STREAM);
}

void
deploy_get(struct deploy *d, uint32_t id)
{
	deploy_ask(d, id, "/hello.txt");
	deploy_assert_response(d, id, "hello\n", d->generation);
}
