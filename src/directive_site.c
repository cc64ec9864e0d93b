/*
 * The tables of a site and its routes, innermost first.
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>

#include "common/conf.h"
#include "directive_row.h"
#include "route_check.h"
#include "rule.h"
#include "sites.h"

static const char *const coding_words[] = {
	[CONF_CODING_ZSTD] = "zstd",
	[CONF_CODING_BR] = "br",
	[CONF_CODING_GZIP] = "gzip",
	NULL,
};
static const char *const order_words[] = {
	[CONF_LISTING_NAME] = "name",
	[CONF_LISTING_SIZE] = "size",
	[CONF_LISTING_TIME] = "time",
	[CONF_LISTING_NAME_DOWN] = "-name",
	[CONF_LISTING_SIZE_DOWN] = "-size",
	[CONF_LISTING_TIME_DOWN] = "-time",
	NULL,
};
static const char *const large_words[] = {
	[CONF_LARGE_SENDFILE] = "sendfile",
	[CONF_LARGE_COPY] = "copy",
	NULL,
};
static const char *const symlinks_words[] = {
	[CONF_SYMLINKS_INSIDE] = "inside",
	[CONF_SYMLINKS_NEVER] = "never",
	NULL,
};
static const int redirect_statuses[] = { 301, 302, 303, 307, 308, 0 };

// clang-format off

/* ---- headers ------------------------------------------------------------ */

static const struct directive headers_rows[] = {
	{ "add", DIRECTIVE_FIELDS, 0, AT(conf_headers, add), JSON({}),
	  .rule = rule_field_value, .key_rule = rule_field_add,
	  .help = "fields that are added" },
	{ "set", DIRECTIVE_FIELDS, 0, AT(conf_headers, set), JSON({}),
	  .rule = rule_field_value, .key_rule = rule_field_set,
	  .help = "fields that take the place of those of their name" },
	{ "remove", DIRECTIVE_STRINGS, 0, AT(conf_headers, remove), JSON([]),
	  BETWEEN(0, 64), .rule = rule_field_remove,
	  .help = "names of fields that are not sent" },
};

static const struct directive_table headers_table = {
	ROWS(headers_rows), NULL
};

/* ---- cors --------------------------------------------------------------- */

static const struct directive cors_rows[] = {
	{ "origins", DIRECTIVE_STRINGS, 0, AT(conf_cors, origins), JSON([]),
	  BETWEEN(0, 1024), .rule = rule_origin,
	  .help = "origins whose pages may read answers, or \"*\"; none: no "
		  "other" },
	{ "methods", DIRECTIVE_STRINGS, 0, AT(conf_cors, methods),
	  JSON(["GET", "HEAD", "POST"]), BETWEEN(0, 32), .rule = rule_token,
	  .help = "methods that they may use" },
	{ "headers", DIRECTIVE_STRINGS, 0, AT(conf_cors, headers), JSON([]),
	  BETWEEN(0, 64), .rule = rule_token,
	  .help = "request fields that they may send" },
	{ "expose", DIRECTIVE_STRINGS, 0, AT(conf_cors, expose), JSON([]),
	  BETWEEN(0, 64), .rule = rule_token,
	  .help = "response fields that they may read" },
	{ "max_age", DIRECTIVE_DURATION, 0, AT(conf_cors, max_age),
	  JSON("10m"), BETWEEN(0, HOURS(24)),
	  .help = "how long a browser may remember this" },
	{ "credentials", DIRECTIVE_BOOLEAN, 0, AT(conf_cors, credentials),
	  JSON(false),
	  .help = "let them send cookies and passwords" },
};

static const struct directive_table cors_table = {
	ROWS(cors_rows), sites_finish_cors,
};

/* ---- auth --------------------------------------------------------------- */

static const struct directive auth_rows[] = {
	{ "realm", DIRECTIVE_STRING, 0, AT(conf_auth, realm),
	  JSON("restricted"), .rule = rule_realm,
	  .help = "what a browser shows when it asks for the password" },
	{ "file", DIRECTIVE_PATH, 0, AT(conf_auth, file), .rule = rule_text,
	  .help = "users and their hashed passwords, as htpasswd writes them" },
};

static const struct directive_table auth_table = { ROWS(auth_rows), NULL };

/* ---- routes ------------------------------------------------------------- */

static const struct directive route_rows[] = {
	{ "path", DIRECTIVE_ROUTE, DIRECTIVE_REQUIRED, WHOLE,
	  .rule = rule_route,
	  .help = "\"/x\" is one path, \"/x/*\" all below it, \"/*.css\" "
		  "and \"/x/:y\" are patterns" },
	{ "error_pages", DIRECTIVE_PAGES, 0, AT(conf_route, error_pages),
	  JSON({}), .rule = rule_url_path,
	  .help = "status to the path of its page, before those of the site" },
	{ "headers", DIRECTIVE_OBJECT, 0, AT(conf_route, headers), JSON({}),
	  .inner = &headers_table,
	  .help = "changes to the head of every answer of the route" },
	{ "cors", DIRECTIVE_OBJECT, 0, AT(conf_route, cors), JSON({}),
	  .inner = &cors_table,
	  .help = "which pages of other origins may read the answers" },
	{ "auth", DIRECTIVE_OBJECT, 0, AT(conf_route, auth), JSON({}),
	  .inner = &auth_table,
	  .help = "who must give a password" },
	{ "allow", DIRECTIVE_NETWORKS, 0, AT(conf_route, allow), JSON([]),
	  BETWEEN(0, LIST_MAX), .rule = rule_text,
	  .help = "networks whose clients are answered; none: all" },
	{ "deny", DIRECTIVE_NETWORKS, 0, AT(conf_route, deny), JSON([]),
	  BETWEEN(0, LIST_MAX), .rule = rule_text,
	  .help = "networks whose clients are answered 403, allowed or not" },
	{ "quiet", DIRECTIVE_BOOLEAN, 0, AT(conf_route, quiet), JSON(false),
	  .help = "keep its requests out of the access log" },
	{ "root", DIRECTIVE_ROOT, DIRECTIVE_CHOICE, AT(conf_route, root),
	  .rule = rule_text,
	  .help = "directory whose files are served" },
	{ "keep_prefix", DIRECTIVE_BOOLEAN, 0, AT(conf_route, keep_prefix),
	  JSON(false), .with = "root",
	  .help = "look for the whole path below root, not for what follows "
		  "the route's" },
	{ "symlinks", DIRECTIVE_ENUM, 0, AT(conf_route, symlinks),
	  JSON("inside"), .words = symlinks_words, .with = "root",
	  .help = "which symbolic links are followed: those that stay inside "
		  "root, or \"never\"" },
	{ "large_files", DIRECTIVE_ENUM, 0, AT(conf_route, large_files),
	  JSON("sendfile"), .words = large_words, .with = "root",
	  .help = "how files above limits.cached_file are sent: by the "
		  "kernel, or \"copy\", safe where files change in place" },
	{ "dotfiles", DIRECTIVE_BOOLEAN, 0, AT(conf_route, dotfiles),
	  JSON(false), .with = "root",
	  .help = "serve files whose names begin with a dot" },
	{ "index", DIRECTIVE_STRINGS, 0, AT(conf_route, index),
	  JSON(["index.html"]), BETWEEN(0, 16),
	  .rule = rule_index, .with = "root",
	  .help = "file names that answer for a directory, the first one "
		  "that exists" },
	{ "try", DIRECTIVE_STRINGS, 0, AT(conf_route, try), JSON([]),
	  BETWEEN(0, 16), .rule = rule_try, .with = "root",
	  .help = "what to look for below root in place of the path, until "
		  "one is there: \"$path\", \"$path.html\", \"/x/\", "
		  "\"=404\"" },
	{ "fallback", DIRECTIVE_STRING, 0, AT(conf_route, fallback),
	  .rule = rule_url_path, .with = "root",
	  .help = "file below root that answers where there is none" },
	{ "cache_control", DIRECTIVE_STRING, 0, AT(conf_route, cache_control),
	  .rule = rule_field_value, .with = "root",
	  .help = "value of the Cache-Control field" },
	{ "cache_control_types", DIRECTIVE_FIELDS, 0,
	  AT(conf_route, cache_control_types), JSON({}),
	  .rule = rule_field_value, .key_rule = rule_media_range,
	  .with = "root",
	  .help = "media type, like \"text/html\" or \"image/*\", to its "
		  "Cache-Control" },
	{ "listing", DIRECTIVE_LISTING, 0, AT(conf_route, listing),
	  JSON(false), .with = "root",
	  .help = "list what is in a directory without an index; \"json\": "
		  "for programs alone" },
	{ "listing_order", DIRECTIVE_ENUM, 0, AT(conf_route, listing_order),
	  JSON("name"), .words = order_words, .with = "root",
	  .help = "how a listing is sorted at first; \"-time\": newest "
		  "first" },
	{ "types", DIRECTIVE_FIELDS, 0, AT(conf_route, types), JSON({}),
	  .rule = rule_media_type, .key_rule = rule_extension, .with = "root",
	  .help = "end of a file name to media type, before what the system "
		  "knows; \"*\": of what it does not know" },
	{ "precompressed", DIRECTIVE_BOOLEAN, 0,
	  AT(conf_route, precompressed), JSON(true), .with = "root",
	  .help = "send NAME.zst, NAME.br or NAME.gz for NAME where a client "
		  "takes it" },
	{ "compress", DIRECTIVE_WORDS, 0, AT(conf_route, compress),
	  JSON(["zstd", "br", "gzip"]), BETWEEN(0, 3),
	  .words = coding_words, .with = "root",
	  .help = "codings of text that are made when a file has no such "
		  "NAME" },
	{ "redirect", DIRECTIVE_STRING, DIRECTIVE_CHOICE,
	  AT(conf_route, redirect),
	  .rule = rule_field_value,
	  .help = "where to send the client; $1 is what the first '*' stands "
		  "for, $path the path, $host the host" },
	{ "status", DIRECTIVE_STATUS, 0, AT(conf_route, status), JSON(301),
	  .statuses = redirect_statuses, .with = "redirect",
	  .help = "status of the redirect" },
	{ "return", DIRECTIVE_INTEGER, DIRECTIVE_CHOICE, AT(conf_route, answer),
	  BETWEEN(200, 599),
	  .help = "status to answer every request with" },
	{ "text", DIRECTIVE_STRING, 0, AT(conf_route, text), .with = "return",
	  .help = "content of that answer; none: the page of its status" },
	{ "content_type", DIRECTIVE_STRING, 0, AT(conf_route, content_type),
	  JSON("text/plain; charset=utf-8"), .rule = rule_media_type,
	  .with = "return",
	  .help = "media type of text" },
	{ "module", DIRECTIVE_MODULE, DIRECTIVE_CHOICE, AT(conf_route, module),
	  .rule = rule_text,
	  .help = "name, or path with a '/', of a loadable module" },
	{ "config", DIRECTIVE_JSON, 0, AT(conf_route, module_config), JSON({}),
	  .with = "module",
	  .help = "what the module is given; any object" },
};

static const struct directive_table route_table = {
	ROWS(route_rows), route_check,
};

/* ---- sites -------------------------------------------------------------- */

static const struct directive site_rows[] = {
	{ "hosts", DIRECTIVE_STRINGS, 0, AT(conf_site, hosts), JSON([]),
	  BETWEEN(0, LIST_MAX), .rule = rule_host,
	  .help = "names of the site; \"*.example.com\" is every name below, "
		  "\"example.*\" any ending; none: any host" },
	{ "error_pages", DIRECTIVE_PAGES, 0, AT(conf_site, error_pages),
	  JSON({}),
	  .rule = rule_url_path,
	  .help = "status, or \"4xx\" and \"5xx\" for all others, to the path "
		  "of its page, of this site" },
	{ "headers", DIRECTIVE_OBJECT, 0, AT(conf_site, headers), JSON({}),
	  .inner = &headers_table,
	  .help = "changes to the head of every answer of the site" },
	{ "routes", DIRECTIVE_ROUTES, DIRECTIVE_REQUIRED, WHOLE,
	  BETWEEN(1, LIST_MAX), .inner = &route_table,
	  .help = "what answers for which path; the most specific one wins" },
};

const struct directive_table directive_site = {
	ROWS(site_rows), sites_finish_site,
};

// clang-format on
