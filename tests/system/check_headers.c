/*
 * Fields and media types that the configuration changes.
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"

static struct server s;

static const char CONF[] =
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"sites\": [{\"headers\": {\"set\": {\"X-A\": \"site\"},"
	" \"remove\": [\"Server\"]}, \"routes\": ["
	"{\"path\": \"/*\", \"root\": \"$ROOT\", \"cache_control\": "
	"\"no-cache\","
	" \"types\": {\".foo\": \"text/x-foo\"},"
	" \"headers\": {\"set\": {\"Cache-Control\": \"max-age=5\"},"
	" \"add\": {\"X-B\": \"route\"}}},"
	"{\"path\": \"/no/*\", \"root\": \"$ROOT\","
	" \"deny\": [\"127.0.0.0/8\"]},"
	"{\"path\": \"/auth/*\", \"root\": \"$ROOT\","
	" \"auth\": {\"realm\": \"us\", \"file\": \"$DIR/htpasswd\"}},"
	"{\"path\": \"/old\", \"redirect\": \"/new\"}]}]}";

static const struct {
	const char *path, *fields;
	int status;
	const char *name, *value;
} rows[] = {
	{ "/a.foo", "", 200, "Server", NULL },
	{ "/a.foo", "", 200, "Content-Type", "text/x-foo" },
	{ "/a.foo", "", 200, "Cache-Control", "max-age=5" },
	{ "/a.foo", "", 200, "X-A", "site" },
	{ "/a.foo", "", 200, "X-B", "route" },
	{ "/a.foo", "Range: bytes=0-0\r\n", 206, "Cache-Control", "max-age=5" },
	{ "/a.foo", "Range: bytes=0-0\r\n", 206, "X-B", "route" },
	{ "/a.foo", "If-None-Match: *\r\n", 304, "X-B", "route" },
	{ "/none", "", 404, "X-A", "site" },
	{ "/none", "", 404, "Server", NULL },
	{ "/no/a.foo", "", 403, "X-A", "site" },
	{ "/auth/a.foo", "", 401, "WWW-Authenticate",
		"Basic realm=\"us\", charset=\"UTF-8\"" },
	{ "/auth/a.foo", "Authorization: Basic YW5uOnNlY3JldA==\r\n", 200,
		"WWW-Authenticate", NULL },
	{ "/auth/a.foo", "Authorization: Basic YW5uOnNlY3Jldaa=\r\n", 401,
		"X-A", "site" },
	{ "/old", "", 301, "X-A", "site" },
	{ "/old", "", 301, "X-B", NULL },
	{ "/old", "", 301, "Location", "/new" },
};

START_TEST(an_answer_has_the_fields_of_its_route)
{
	struct response r;
	const char *got;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "www/a.foo", "foo\n");
	/* ann:secret */
	server_text(&s, "htpasswd",
		"ann:$6$abcdefgh$ltjgWl6579NluT/"
		"Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/"
		"O6IND4WQhG.\n");
	server_start(&s, CONF);
	client_fetch(s.port, rows[_i].path, rows[_i].fields, &r);
	ck_assert_int_eq(r.status, rows[_i].status);
	got = response_field(&r, rows[_i].name);
	if (rows[_i].value == NULL)
		ck_assert_uint_eq(response_count(&r, rows[_i].name), 0);
	else
		ck_assert_msg(got != NULL && strcmp(got, rows[_i].value) == 0,
			"%s", r.head);
	response_free(&r);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_answer_has_the_fields_of_its_route, ROWS(rows) },
	};

	return harness_run("headers", tests, ROWS(tests));
}
