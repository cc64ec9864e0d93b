/*
 * Every kind of error with its exact message; the values of a valid file; the
 * dump_conf and the schema.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"
#include "support/harness.h"
#include "support/paths.h"

#define SITE     "\"sites\":[{\"routes\":[{\"path\":\"/*\",\"root\":\".\"}]}]"
#define ROUTE(r) "{\"sites\":[{\"routes\":[{" r "}]}]}"

#define VARIABLES                                                              \
	"$time $time_local $client $peer $request $method $target $protocol "  \
	"$scheme $host $referer $user_agent $request_id $trace_id $site "      \
	"$route $worker $generation $tls_version $tls_name $tls_client "       \
	"$status $bytes $bytes_in $duration $duration_us $ttfb $ttfb_us "      \
	"$complete $end"

/* Parses the text.  Returns the errors, which the caller frees. */
static char *
parse_with_errors(const char *bytes, size_t len, struct conf **conf)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(errors);
	*conf = config_parse("c.json", bytes, len, errors);
	fclose(errors);
	return text;
}

static struct conf *
parse_conf(const char *text)
{
	struct conf *conf;
	char *errors = parse_with_errors(text, strlen(text), &conf);

	ck_assert_str_eq(errors, "");
	ck_assert_ptr_nonnull(conf);
	free(errors);
	return conf;
}

static const struct {
	const char *text, *errors;
} mistakes[] = {
	{ "", "c.json: the file is empty; it must contain an object with "
	      "\"sites\"\n" },
	{ ROUTE("\"path\":\"/*\",\"return\":200,\"auth\":{}"),
		"c.json:1:55: error: sites[0].routes[0].auth: \"file\" is "
		"missing\n" },
	{ ROUTE("\"path\":\"/*\",\"return\":200,\"auth\":{\"file\":null}"),
		"c.json:1:63: error: sites[0].routes[0].auth.file: must be a "
		"string; this is null\n" },
	{ "{\"pid_file\":\"/run/p\",\"control\":\"/run/p\"," SITE "}",
		"c.json:1:32: error: control: the same path as that of "
		"pid_file: each needs a file of its own\n" },
	{ "{\"pid_file\":\"/run/p\",\"log\":{\"error\":{\"path\":1}}," SITE "}",
		"c.json:1:45: error: log.error.path: must be a string; this "
		"is 1\n" },
	{ "{\"pid_file\":\"/run/p\",\"log\":{\"error\":{\"path\":\"/run/p\"}}"
	  "," SITE "}",
		"c.json:1:13: error: pid_file: the same path as that of "
		"log.error: each needs a file of its own\n" },
	{ "{\"control\":\"/run/p\",\"log\":{\"access\":[{\"path\":\"off\"},{"
	  "\"path\":\"/run/p\"}]}," SITE "}",
		"c.json:1:12: error: control: the same path as that of "
		"log.access[1]: each needs a file of its own\n" },
	{ "{\"control\":\"/run/x0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890123456789012345678901\""
	  "," SITE "}",
		"c.json:1:12: error: control: the path is too long for a unix "
		"socket (107 bytes at most)\n" },
	{ " // nothing\n", "c.json: the file is empty; it must contain an "
			   "object with \"sites\"\n" },
	{ "{", "c.json:1:2: error: the file ends here, but a bracket or a "
	       "string is still open\n" },
	{ "{\n\"a\": 1,\n}", "c.json:3:1: error: remove the comma before this "
			     "bracket\n" },
	{ "[1 2]", "c.json:1:4: error: a comma is missing before this\n" },
	{ "{\"a\" 1}", "c.json:1:6: error: a colon is missing before this\n" },
	{ "{'a': 1}",
		"c.json:1:2: error: a string must be in double quotes\n" },
	{ "{\"\xC3\xA9\": tru}",
		"c.json:1:7: error: this is not JSON; a value is a number, a "
		"string, true, false, null, [...] or {...}\n" },
	{ "{\"user\": null # who\n}", "c.json:1:15: error: a comment begins "
				      "with // or is enclosed in /* */\n" },
	{ "{\"sites\": [}", "c.json:1:12: error: this bracket does not match "
			    "the one that is open\n" },
	{ "{\"a\": \"x\ny\"}",
		"c.json:1:7: error: this string is not terminated, or contains "
		"a bad escape or a control character\n" },
	{ "{\"a\": 1,\n \"a\": 2}",
		"c.json:2:2: error: this key is a duplicate\n" },
	{ "{\"a\": 99999999999999999999}",
		"c.json:1:7: error: this number is too large\n" },
	{ "{\"a\": \"\\u0000\"}",
		"c.json:1:7: error: a string must not contain \\u0000\n" },
	{ "{} {}", "c.json:1:4: error: nothing may follow the end of the "
		   "configuration\n" },
	{ "{\n /* x", "c.json:2:2: error: this comment is not terminated\n" },
	{ "{\"a\": \"\xFF\"}", "c.json:1:8: error: this byte is not UTF-8; "
			       "save the file as UTF-8\n" },
	{ "{}", "c.json:1:1: error: \"sites\" is missing\n" },
	{ "3", "c.json:1:1: error: must be an object; this is 3\n" },
	{ "{" SITE ", \"worker\": 1}",
		"c.json:1:51: error: worker: unknown key (did you mean "
		"\"workers\"?)\n" },
	{ "{ /* \xC3\xA9 */ \"x\": 1, " SITE "}",
		"c.json:1:11: error: x: unknown key\n" },
	{ "{\"proxy_pass\": 1, " SITE "}",
		"c.json:1:2: error: proxy_pass: unknown key (prong is neither "
		"a proxy nor a gateway: a module answers requests, or another "
		"server in front)\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"gzip\":true"),
		"c.json:1:46: error: sites[0].routes[0].gzip: unknown key "
		"(\"compress\" of a route)\n" },
	{ "{\"ssl_certificate\": 1, " SITE "}",
		"c.json:1:2: error: ssl_certificate: unknown key (certificates "
		"belong in \"listen[].tls\")\n" },
	{ "{\"group\": 1, " SITE "}",
		"c.json:1:2: error: group: unknown key (the workers have the "
		"groups of \"user\")\n" },
	{ "{\"w\\u006frker\": 1, " SITE "}",
		"c.json:1:2: error: worker: unknown key (did you mean "
		"\"workers\"?)\n" },
	{ "{\"a\\nb\": 1, " SITE "}",
		"c.json:1:2: error: [\"a\\nb\"]: unknown key\n" },
	{ "{\"workers\": 0, " SITE "}", "c.json:1:13: error: workers: must be "
					"between 1 and 512; this is 0\n" },
	{ "{\"workers\": \"many\", " SITE "}",
		"c.json:1:13: error: workers: must be a whole number or "
		"\"auto\"; this is \"many\"\n" },
	{ "{\"timeouts\": {\"head\": 10}, " SITE "}",
		"c.json:1:23: error: timeouts.head: must be a duration like "
		"\"10s\", \"500ms\", \"2m\" or \"1h\"; this is 10\n" },
	{ "{\"timeouts\": {\"idle\": \"25h\"}, " SITE "}",
		"c.json:1:23: error: timeouts.idle: must be between 1ms and "
		"24h; this is \"25h\"\n" },
	{ "{\"limits\": {\"head\": \"64k\"}, " SITE "}",
		"c.json:1:21: error: limits.head: must be between 128 and "
		"60k; this is \"64k\"\n" },
	{ "{\"limits\": {\"body\": \"99999999999999999999g\"}, " SITE "}",
		"c.json:1:21: error: limits.body: must be between 0 and "
		"1024g; this is \"99999999999999999999g\"\n" },
	{ "{\"limits\": {\"fields\": 2.5}, " SITE "}",
		"c.json:1:23: error: limits.fields: must be a whole number; "
		"this is 2.5\n" },
	{ "{\"log\": {\"access\": {\"format\": \"xml\"}}, " SITE "}",
		"c.json:1:31: error: log.access.format: must be \"combined\", "
		"\"json\", or a format with variables like \"$client "
		"$status\"; this is \"xml\"\n" },
	{ "{\"log\": {\"access\": {\"format\": \"$client $codes\"}}, " SITE "}",
		"c.json:1:31: error: log.access.format: unknown variable "
		"\"$codes\"; there are " VARIABLES "\n" },
	{ "{\"log\": {\"access\": [{}, {\"format\": \"$ $status\"}]}, " SITE
	  "}",
		"c.json:1:36: error: log.access[1].format: a '$' without a "
		"name; write \"$$\" for a dollar sign; there are " VARIABLES
		"\n" },
	{ "{\"log\": {\"error\": {\"path\": \"syslog:host:514\"}}, " SITE "}",
		"c.json:1:28: error: log.error.path: must be \"syslog\", "
		"\"syslog:/PATH\" or \"syslog:ADDRESS:PORT\"\n" },
	{ ROUTE("\"path\":\"/*\",\"root\":\".\",\"rate\":\"10\""),
		"c.json:1:53: error: sites[0].routes[0].rate: must be a rate "
		"like \"10/s\", \"100/m\" or \"1000/h\", of 1 to 1000000 "
		"requests\n" },
	{ "{\"log\": {\"access\": []}, " SITE "}",
		"c.json:1:20: error: log.access: must have 1 to 16 elements; "
		"this has 0\n" },
	{ "{\"log\": {\"access\": {\"when\": {\"status\": [\"6xx\"]}}}, " SITE
	  "}",
		"c.json:1:41: error: log.access.when.status[0]: must be a "
		"status like \"404\", or \"5xx\"\n" },
	{ "{\"log\": {\"access\": {\"when\": {\"sample\": 1.5}}}, " SITE "}",
		"c.json:1:40: error: log.access.when.sample: must be a number "
		"from 0 to 1; this is 1.5\n" },
	{ "{\"log\": {\"error\": {\"mode\": \"rw\"}}, " SITE "}",
		"c.json:1:28: error: log.error.mode: must be the permissions "
		"of a file in octal digits, like \"0640\"\n" },
	{ "{\"log\": {\"access\": {\"group\": \"no such\"}}, " SITE "}",
		"c.json:1:30: error: log.access.group: there is no group "
		"\"no such\"; create it or correct the name\n" },
	{ "{\"sites\":[{\"log\": {\"error\": {}},\"routes\":[{\"path\":\"/*\","
	  "\"root\":\".\"}]}]}",
		"c.json:1:20: error: sites[0].log.error: unknown key\n" },
	{ "{\"log\": 1, " SITE "}",
		"c.json:1:9: error: log: must be an object; this is 1\n" },
	{ "{\"user\": \"no-such-user\", " SITE "}",
		"c.json:1:10: error: user: there is no user "
		"\"no-such-user\"; create it or correct the name\n" },
	{ "{\"listen\": [\"x:80\"], " SITE "}",
		"c.json:1:13: error: listen[0]: the host must be an IP "
		"address, \"localhost\" or \"*\"\n" },
	{ "{\"listen\": [\"*:80\", \"*:0\"], " SITE "}",
		"c.json:1:21: error: listen[1]: the port must be a number "
		"from 1 to 65535\n" },
	{ "{\"listen\": [\"127.0.0.1:1\", \"localhost:1\"], " SITE "}",
		"c.json:1:28: error: listen[1]: the same address as "
		"listen[0]\n" },
	{ "{\"listen\": [\"systemd:\"], " SITE "}",
		"c.json:1:13: error: listen[0]: has no name after "
		"\"systemd:\"\n" },
	{ "{\"listen\": [\"systemd:a\", \"systemd:a\"], " SITE "}",
		"c.json:1:26: error: listen[1]: the same address as "
		"listen[0]\n" },
	{ "{\"admin\": {\"listen\": \"127.0.0.1:x\"}, " SITE "}",
		"c.json:1:22: error: admin.listen: the port must be a number "
		"from 1 to 65535\n" },
	{ "{\"listen\": [\"*:1\"], \"admin\": {\"listen\": \"*:1\"}, " SITE "}",
		"c.json:1:41: error: admin.listen: the same address as "
		"listen[0]\n" },
	{ "{\"listen\": [{}], " SITE "}",
		"c.json:1:13: error: listen[0]: \"address\" is missing\n" },
	{ "{\"listen\": [], " SITE "}",
		"c.json:1:12: error: listen: must not be empty\n" },
	{ "{\"sites\": []}", "c.json:1:11: error: sites: must not be empty\n" },
	{ "{\"port\": 80, " SITE "}",
		"c.json:1:2: error: port: unknown key (did you mean "
		"\"listen\"?)\n" },
	{ "{\"sites\": [{\"routes\": [{\"path\": \"/\", \"module\": \"m\", "
	  "\"conf\": {}}]}]}",
		"c.json:1:53: error: sites[0].routes[0].conf: unknown key "
		"(did you mean \"config\"?)\n" },
	{ "{\"sites\": [{\"headers\": {\"X-A\": \"b\"}, \"routes\": "
	  "[{\"path\": \"/\", \"module\": \"m\"}]}]}",
		"c.json:1:25: error: sites[0].headers.X-A: unknown key "
		"(response fields go into \"set\")\n" },
	{ "{\"sites\": [{\"indx\": 1}]}",
		"c.json:1:12: error: sites[0]: \"routes\" is missing\n"
		"c.json:1:13: error: sites[0].indx: unknown key (\"index\" "
		"belongs in \"routes\")\n" },
	{ "{\"sites\":[{\"hosts\":[\"A.b\"],\"routes\":[{\"path\":\"/\","
	  "\"module\":\"m\"}]},\n{\"hosts\":[\"a.B\"],\"routes\":[{\"path\":"
	  "\"/\",\"module\":\"m\"}]}]}",
		"c.json:2:10: error: sites[1].hosts: \"a.b\" is already a "
		"host of sites[0]\n" },
	{ "{\"sites\":[{\"hosts\":[\"a.*.b\"],\"routes\":[{\"path\":\"/\","
	  "\"module\":\"m\"}]}]}",
		"c.json:1:21: error: sites[0].hosts[0]: a wildcard may only be "
		"the first or the last label, as in \"*.example.com\" or "
		"\"example.*\"\n" },
	{ "{\"sites\":[{\"error_pages\":{\"200\":\"/x\"},\"routes\":["
	  "{\"path\":\"/\",\"module\":\"m\"}]}]}",
		"c.json:1:27: error: sites[0].error_pages.200: must be a "
		"status from \"400\" to \"599\", \"4xx\" or \"5xx\"\n" },
};

START_TEST(error_is_reported_with_its_position)
{
	struct conf *conf;
	char *errors = parse_with_errors(
		mistakes[_i].text, strlen(mistakes[_i].text), &conf);

	ck_assert_str_eq(errors, mistakes[_i].errors);
	ck_assert_ptr_null(conf);
	free(errors);
}
END_TEST

START_TEST(nul_byte_is_reported)
{
	struct conf *conf;
	char *errors = parse_with_errors("{\n\0}", 4, &conf);

	ck_assert_str_eq(errors,
		"c.json:2:1: error: NUL byte; this is not a text file\n");
	free(errors);
}
END_TEST

START_TEST(deep_nesting_is_reported)
{
	enum { DEEP = 100000 };
	char *text = malloc(DEEP), *errors;
	struct conf *conf;

	memset(text, '[', DEEP);
	errors = parse_with_errors(text, DEEP, &conf);
	ck_assert_ptr_nonnull(
		strstr(errors, "error: brackets are nested too deeply\n"));
	free(errors);
	free(text);
}
END_TEST

START_TEST(file_above_the_limit_is_reported)
{
	size_t len = 1024 * 1024 + 1;
	char *text = malloc(len), *errors;
	struct conf *conf;

	memset(text, ' ', len);
	errors = parse_with_errors(text, len, &conf);
	ck_assert_str_eq(errors, "c.json: the file is larger than 1 MiB; is "
				 "it the right one?\n");
	free(errors);
	free(text);
}
END_TEST

static void
read_fails(const char *file, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);

	ck_assert_ptr_null(config_read(file, NULL, errors));
	fclose(errors);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(unreadable_file_is_reported)
{
	read_fails("no.json", "no.json: cannot open: No such file or "
			      "directory; name another with -c, or "
			      "serve a directory: prong DIR\n");
	read_fails("/tmp", "/tmp: cannot read: is a directory; to serve it, "
			   "leave out -c\n");
	read_fails("/dev/null", "/dev/null: cannot read: not a regular file\n");
}
END_TEST

START_TEST(missing_keys_have_their_default)
{
	struct conf *conf = parse_conf("{" SITE "}");
	const struct sockaddr_in *in =
		(const struct sockaddr_in *)&conf->listen[0].address;

	ck_assert_int_ge(conf->workers, 1);
	ck_assert_ptr_nonnull(conf->workers_why);
	if (geteuid() == 0) {
		ck_assert_str_eq(conf->user.name, PRONG_USER);
	} else {
		ck_assert_ptr_null(conf->user.name);
		ck_assert(conf->user.uid == (uid_t)-1);
	}
	ck_assert_uint_eq(conf->nlisten, 1);
	ck_assert_uint_eq(ntohs(in->sin_port), 8080);
	ck_assert_int_eq(conf->timeouts.head, 10000);
	ck_assert_int_eq(conf->limits.head, 16384);
	ck_assert_int_eq(conf->limits.connections, 0);
	ck_assert_str_eq(conf->log.access.all[0].file.path, "off");
	ck_assert_int_eq(conf->log.error_level, LOG_LEVEL_NOTICE);
	ck_assert_str_eq(conf->sites[0].routes[0].files.index[0], "index.html");
	ck_assert_ptr_nonnull(conf->media_types);
	conf_free(conf);
}
END_TEST

START_TEST(routes_are_sorted_most_specific_first)
{
	static const char *const order[] = { "/long", "/a", "/a/b/", "/a/",
		"/" };
	struct conf *conf = parse_conf(
		ROUTE("\"path\":\"/*\",\"module\":\"m\"},{\"path\":\"/a/*\","
		      "\"module\":\"m\"},{\"path\":\"/a\",\"module\":\"m\"},"
		      "{\"path\":\"/a/b/*\",\"module\":\"m\"},"
		      "{\"path\":\"/long\",\"module\":\"m\""));
	const struct conf_site *site = &conf->sites[0];

	ck_assert_uint_eq(site->nroutes, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert(span_is(site->routes[i].path, span_of(order[i])));
	conf_free(conf);
}
END_TEST

START_TEST(every_kind_of_route_is_read)
{
	struct conf *conf = parse_conf(
		ROUTE("\"path\":\"/a\",\"redirect\":\"/b\",\"status\":308},"
		      "{\"path\":\"/b/*\",\"module\":\"./x.so\",\"config\":"
		      "{\"k\":[1]}},{\"path\":\"/*\",\"root\":\"/tmp\","
		      "\"index\":[],\"fallback\":\"/i\",\"cache_control\":"
		      "\"no-store\""));
	const struct conf_route *r = conf->sites[0].routes;

	ck_assert_int_eq(r[0].kind, CONF_ROUTE_REDIRECT);
	ck_assert_int_eq(r[0].redirect.status, 308);
	ck_assert_int_eq(r[1].kind, CONF_ROUTE_MODULE);
	ck_assert_str_eq(r[1].module.config.text, "{\"k\":[1]}");
	ck_assert_int_eq(r[1].module.name[0], '/');
	ck_assert_int_eq(r[2].kind, CONF_ROUTE_ROOT);
	ck_assert_ptr_null(r[2].files.index[0]);
	ck_assert_str_eq(r[2].files.fallback, "/i");
	ck_assert_str_eq(r[2].files.cache_control, "no-store");
	conf_free(conf);
}
END_TEST

static char *
dump_conf(const struct conf *conf)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	config_dump(conf, f);
	fclose(f);
	return text;
}

START_TEST(dump_parses_to_the_same_configuration)
{
	struct conf *first, *second;
	char *one, *two;

	first = config_read(CONF_DIR "/prong.json", NULL, stderr);
	ck_assert_ptr_nonnull(first);
	one = dump_conf(first);
	second = parse_conf(one);
	two = dump_conf(second);
	ck_assert_str_eq(one, two);
	free(one);
	free(two);
	conf_free(first);
	conf_free(second);
}
END_TEST

START_TEST(schema_file_equals_the_directive_tables)
{
	char *text = NULL, have[131072];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	config_schema(f);
	fclose(f);
	f = fopen(CONF_DIR "/prong.schema.json", "r");
	ck_assert_ptr_nonnull(f);
	have[fread(have, 1, sizeof(have) - 1, f)] = '\0';
	fclose(f);
	ck_assert_msg(strcmp(have, text) == 0, "prong schema tells another");
	free(text);
}
END_TEST

START_TEST(directory_makes_a_configuration)
{
	struct conf *conf =
		config_from_directory("/tmp", "[::1]:8081", NULL, stderr);

	ck_assert_ptr_nonnull(conf);
	ck_assert_ptr_null(conf->file);
	ck_assert_str_eq(conf->sites[0].routes[0].files.root, "/tmp");
	ck_assert_str_eq(conf->log.access.all[0].file.path, "stdout");
	ck_assert_int_eq(conf->listen[0].address.ss_family, AF_INET6);
	conf_free(conf);
}
END_TEST

START_TEST(invalid_address_is_reported)
{
	char *text = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&text, &size);

	ck_assert_ptr_null(config_from_directory("/tmp", "x:1", NULL, errors));
	fclose(errors);
	ck_assert_str_eq(text, "prong: listen[0]: the host must be an IP "
			       "address, \"localhost\" or "
			       "\"*\"\n");
	free(text);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ error_is_reported_with_its_position, ROWS(mistakes) },
		{ nul_byte_is_reported, 0 },
		{ deep_nesting_is_reported, 0 },
		{ file_above_the_limit_is_reported, 0 },
		{ unreadable_file_is_reported, 0 },
		{ missing_keys_have_their_default, 0 },
		{ routes_are_sorted_most_specific_first, 0 },
		{ every_kind_of_route_is_read, 0 },
		{ dump_parses_to_the_same_configuration, 0 },
		{ schema_file_equals_the_directive_tables, 0 },
		{ directory_makes_a_configuration, 0 },
		{ invalid_address_is_reported, 0 },
	};

	return harness_run("config", tests, ROWS(tests));
}
