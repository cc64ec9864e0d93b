/*
 * The tables of a site and its routes, innermost first.
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>

#include "common/conf.h"
#include "config/directive_row.h"
#include "config/validate.h"
#include "config/validate_rate.h"
#include "config/validate_route.h"
#include "config/validate_sites.h"

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
static const char *const burst_words[] = { "auto", NULL };
static const int redirect_statuses[] = { 301, 302, 303, 307, 308, 0 };

// clang-format off

/* ---- headers ------------------------------------------------------------- */

static const struct directive headers_rows[] = {
	{ "add", DIRECTIVE_FIELDS, 0, AT(conf_headers, add), JSON({}),
	  .rule = validate_field_value, .key_rule = validate_field_add,
	  .help = "response fields to add" },
	{ "set", DIRECTIVE_FIELDS, 0, AT(conf_headers, set), JSON({}),
	  .rule = validate_field_value, .key_rule = validate_field_set,
	  .help = "response fields to set, replacing those of the same "
		  "name" },
	{ "remove", DIRECTIVE_STRINGS, 0, AT(conf_headers, remove), JSON([]),
	  BETWEEN(0, 64), .rule = validate_field_remove,
	  .help = "names of response fields to remove" },
};

static const struct directive_table headers_table = {
	ROWS(headers_rows), NULL
};

/* ---- cors ---------------------------------------------------------------- */

static const struct directive cors_rows[] = {
	{ "origins", DIRECTIVE_STRINGS, 0, AT(conf_cors, origins), JSON([]),
	  BETWEEN(0, 1024), .rule = validate_origin,
	  .help = "origins whose pages may read responses, or \"*\"; "
		  "empty: no CORS" },
	{ "methods", DIRECTIVE_STRINGS, 0, AT(conf_cors, methods),
	  JSON(["GET", "HEAD", "POST"]), BETWEEN(0, 32), .rule = validate_token,
	  .help = "methods that these pages may use" },
	{ "headers", DIRECTIVE_STRINGS, 0, AT(conf_cors, headers), JSON([]),
	  BETWEEN(0, 64), .rule = validate_token,
	  .help = "request fields that these pages may send" },
	{ "expose", DIRECTIVE_STRINGS, 0, AT(conf_cors, expose), JSON([]),
	  BETWEEN(0, 64), .rule = validate_token,
	  .help = "response fields that these pages may read" },
	{ "max_age", DIRECTIVE_DURATION, 0, AT(conf_cors, max_age),
	  JSON("10m"), BETWEEN(0, HOURS(24)),
	  .help = "how long a browser may cache the answer to a preflight "
		  "request" },
	{ "credentials", DIRECTIVE_BOOLEAN, 0, AT(conf_cors, credentials),
	  JSON(false),
	  .help = "allow requests with cookies and passwords" },
};

static const struct directive_table cors_table = {
	ROWS(cors_rows), validate_cors,
};

/* ---- auth ---------------------------------------------------------------- */

static const struct directive auth_rows[] = {
	{ "realm", DIRECTIVE_STRING, 0, AT(conf_auth, realm),
	  JSON("restricted"), .rule = validate_realm,
	  .help = "realm that a browser shows when it asks for the "
		  "password" },
	{ "file", DIRECTIVE_PATH, DIRECTIVE_REQUIRED, AT(conf_auth, file),
	  .rule = validate_text,
	  .help = "file of users and hashed passwords, as htpasswd writes "
		  "it" },
};

static const struct directive_table auth_table = { ROWS(auth_rows), NULL };

/* ---- sandbox ------------------------------------------------------------- */

static const struct directive sandbox_rows[] = {
	{ "read", DIRECTIVE_PATHS, 0, AT(conf_sandbox, read), JSON([]),
	  BETWEEN(0, 64), .rule = validate_text,
	  .help = "files and directories that the module reads, besides the "
		  "document roots" },
	{ "write", DIRECTIVE_PATHS, 0, AT(conf_sandbox, write), JSON([]),
	  BETWEEN(0, 64), .rule = validate_text,
	  .help = "files and directories that the module reads and writes" },
	{ "connect", DIRECTIVE_BOOLEAN, 0, AT(conf_sandbox, connect),
	  JSON(false),
	  .help = "the module connects to other servers" },
	{ "exec", DIRECTIVE_BOOLEAN, 0, AT(conf_sandbox, exec), JSON(false),
	  .help = "the module executes other programs; most of the sandbox is "
		  "off then" },
};

static const struct directive_table sandbox_table = {
	ROWS(sandbox_rows), NULL
};

/* ---- routes -------------------------------------------------------------- */

/* A burst of 0 is that of the rate. */
#define RATE(type)                                                    \
	{ "rate", DIRECTIVE_STRING, 0, AT(type, rate.text),           \
	  .rule = validate_rate,                                      \
	  .help = "requests that each client may send, like \"10/s\", " \
		  "\"100/m\" or \"1000/h\"; more get 429" },          \
	{ "burst", DIRECTIVE_INTEGER, 0, AT(type, rate.burst),        \
	  JSON("auto"), BETWEEN(1, 1000000), .words = burst_words,    \
	  .help = "requests of the rate that may come at once; "      \
		  "\"auto\": its number" }

#define IN_FLIGHT(type)                                                  \
	{ "in_flight", DIRECTIVE_INTEGER, 0, AT(type, in_flight),        \
	  JSON(0), BETWEEN(0, 1000000),                                  \
	  .help = "requests that a worker answers at once; more get 503; " \
		  "0: no limit" }

static const struct directive route_rows[] = {
	{ "path", DIRECTIVE_ROUTE, DIRECTIVE_REQUIRED, WHOLE,
	  .rule = validate_route_path,
	  .help = "\"/x\" is one path, \"/x/*\" all paths below it, "
		  "\"/*.css\" and \"/x/:y\" are patterns" },
	{ "error_pages", DIRECTIVE_PAGES, 0, AT(conf_route, error_pages),
	  JSON({}), .rule = validate_url_path,
	  .help = "error pages, status to path; they override those of the "
		  "site" },
	{ "headers", DIRECTIVE_OBJECT, 0, AT(conf_route, headers), JSON({}),
	  .inner = &headers_table,
	  .help = "changes to the response fields of the route" },
	{ "cors", DIRECTIVE_OBJECT, 0, AT(conf_route, cors), JSON({}),
	  .inner = &cors_table,
	  .help = "cross-origin access to the responses (CORS)" },
	{ "auth", DIRECTIVE_OBJECT, 0, AT(conf_route, auth),
	  .inner = &auth_table,
	  .help = "basic authentication" },
	{ "allow", DIRECTIVE_NETWORKS, 0, AT(conf_route, allow), JSON([]),
	  BETWEEN(0, LIST_MAX), .rule = validate_text,
	  .help = "networks whose clients are allowed; empty: all" },
	{ "deny", DIRECTIVE_NETWORKS, 0, AT(conf_route, deny), JSON([]),
	  BETWEEN(0, LIST_MAX), .rule = validate_text,
	  .help = "networks whose clients get 403; overrides allow" },
	RATE(conf_route),
	IN_FLIGHT(conf_route),
	{ "quiet", DIRECTIVE_BOOLEAN, 0, AT(conf_route, quiet), JSON(false),
	  .help = "do not log requests of this route" },
	{ "encoded_slashes", DIRECTIVE_BOOLEAN, 0,
	  AT(conf_route, encoded_slashes), JSON(false),
	  .help = "pass %2F in a parameter to a module or a redirect instead "
		  "of refusing it with 400; never for files" },
	{ "relative_redirects", DIRECTIVE_BOOLEAN, 0,
	  AT(conf_route, relative_redirects), JSON(false),
	  .help = "redirect to paths that are relative to the request, for a "
		  "proxy that removes a prefix" },
	{ "root", DIRECTIVE_ROOT, DIRECTIVE_CHOICE, AT(conf_route, files.root),
	  .rule = validate_text,
	  .help = "directory whose files are served" },
	{ "keep_prefix", DIRECTIVE_BOOLEAN, 0, AT(conf_route, files.keep_prefix),
	  JSON(false), .with = "root",
	  .help = "append the whole request path to root, not only the part "
		  "that '*' matches" },
	{ "symlinks", DIRECTIVE_ENUM, 0, AT(conf_route, files.symlinks),
	  JSON("inside"), .words = symlinks_words, .with = "root",
	  .help = "symbolic links to follow: those that stay inside root, or "
		  "\"never\"" },
	{ "large_files", DIRECTIVE_ENUM, 0, AT(conf_route, files.large_files),
	  JSON("sendfile"), .words = large_words, .with = "root",
	  .help = "how to send files above limits.cached_file: "
		  "\"sendfile\", or \"copy\" where files change in place" },
	{ "dotfiles", DIRECTIVE_BOOLEAN, 0, AT(conf_route, files.dotfiles),
	  JSON(false), .with = "root",
	  .help = "serve files whose names begin with a dot" },
	{ "index", DIRECTIVE_STRINGS, 0, AT(conf_route, files.index),
	  JSON(["index.html"]), BETWEEN(0, 16),
	  .rule = validate_index, .with = "root",
	  .help = "names of index files; the first one that exists is "
		  "sent" },
	{ "try", DIRECTIVE_STRINGS, 0, AT(conf_route, files.try), JSON([]),
	  BETWEEN(0, 16), .rule = validate_try, .with = "root",
	  .help = "paths to try below root, in order: \"$path\", "
		  "\"$path.html\", \"/x/\"; last, a status \"=404\"" },
	{ "fallback", DIRECTIVE_STRING, 0, AT(conf_route, files.fallback),
	  .rule = validate_url_path, .with = "root",
	  .help = "file below root to send instead of a missing page" },
	{ "cache_control", DIRECTIVE_STRING, 0, AT(conf_route, files.cache_control),
	  .rule = validate_field_value, .with = "root",
	  .help = "value of the Cache-Control field" },
	{ "cache_control_types", DIRECTIVE_FIELDS, 0,
	  AT(conf_route, files.cache_control_types), JSON({}),
	  .rule = validate_field_value, .key_rule = validate_media_range,
	  .with = "root",
	  .help = "Cache-Control per media type, like \"text/html\" or "
		  "\"image/*\"" },
	{ "listing", DIRECTIVE_LISTING, 0, AT(conf_route, files.listing),
	  JSON(false), .with = "root",
	  .help = "list directories without an index file; \"json\": only as "
		  "JSON" },
	{ "listing_order", DIRECTIVE_ENUM, 0, AT(conf_route, files.listing_order),
	  JSON("name"), .words = order_words, .with = "root",
	  .help = "default order of a listing; \"-time\": newest first" },
	{ "types", DIRECTIVE_FIELDS, 0, AT(conf_route, files.types), JSON({}),
	  .rule = validate_media_type, .key_rule = validate_extension, .with = "root",
	  .help = "media types by file name extension or whole name, "
		  "overriding the system's; \"*\": for unknown extensions" },
	{ "encodings", DIRECTIVE_FIELDS, 0, AT(conf_route, files.encodings),
	  JSON({".svgz": "gzip"}), .rule = validate_coding,
	  .key_rule = validate_extension, .with = "root",
	  .help = "content codings by file name extension: files that are "
		  "compressed themselves, like {\".wasm.br\": \"br\"}" },
	{ "precompressed", DIRECTIVE_BOOLEAN, 0,
	  AT(conf_route, files.precompressed), JSON(true), .with = "root",
	  .help = "send NAME.zst, NAME.br or NAME.gz instead of NAME if the "
		  "client accepts the coding" },
	{ "compress", DIRECTIVE_WORDS, 0, AT(conf_route, files.compress),
	  JSON(["zstd", "br", "gzip"]), BETWEEN(0, 3),
	  .words = coding_words, .with = "root", .also_with = "module",
	  .help = "codings in which to compress text files that have no "
		  "precompressed file, or responses of a module; default for a "
		  "module: none" },
	{ "redirect", DIRECTIVE_STRING, DIRECTIVE_CHOICE,
	  AT(conf_route, redirect.target),
	  .rule = validate_field_value,
	  .help = "target of the redirect; $1 is what the first '*' matches, "
		  "$path the path, $host the host, $scheme http or https" },
	{ "status", DIRECTIVE_STATUS, 0, AT(conf_route, redirect.status), JSON(301),
	  .statuses = redirect_statuses, .with = "redirect",
	  .help = "status of the redirect" },
	{ "return", DIRECTIVE_INTEGER, DIRECTIVE_CHOICE, AT(conf_route, fixed.status),
	  BETWEEN(200, 599),
	  .help = "status of the response to every request" },
	{ "text", DIRECTIVE_STRING, 0, AT(conf_route, fixed.text), .with = "return",
	  .help = "content of the response; default: the error page of the "
		  "status" },
	{ "content_type", DIRECTIVE_STRING, 0, AT(conf_route, fixed.content_type),
	  JSON("text/plain; charset=utf-8"), .rule = validate_media_type,
	  .with = "return",
	  .help = "media type of text" },
	{ "module", DIRECTIVE_MODULE, DIRECTIVE_CHOICE, AT(conf_route, module.name),
	  .rule = validate_text,
	  .help = "name of a loadable module, or its path with a '/'" },
	{ "config", DIRECTIVE_JSON, 0, AT(conf_route, module.config), JSON({}),
	  .with = "module",
	  .help = "any object, passed to the module" },
	{ "sandbox", DIRECTIVE_SANDBOX, 0, AT(conf_route, module.sandbox),
	  .inner = &sandbox_table, .with = "module",
	  .help = "what the module needs outside of the document roots; {}: "
		  "nothing" },
	{ "early_hints", DIRECTIVE_BOOLEAN, 0,
	  AT(conf_route, module.early_hints), JSON(false), .with = "module",
	  .help = "send the module's early hints (103) to browsers that "
		  "navigate to a page" },
	{ "websocket_compress", DIRECTIVE_BOOLEAN, 0,
	  AT(conf_route, module.websocket_compress), JSON(false),
	  .with = "module",
	  .help = "compress the messages of the module's WebSockets where the "
		  "client offers permessage-deflate" },
};

static const struct directive_table route_table = {
	ROWS(route_rows), validate_route,
};

/* ---- sites --------------------------------------------------------------- */

static const struct directive site_log_rows[] = {
	{ "access", DIRECTIVE_ACCESS_LOGS, 0, AT(conf_site, access_logs),
	  BETWEEN(1, ACCESS_LOGS_MAX), .inner = &directive_access_log,
	  .help = "access log of the site, in place of the server's; or a "
		  "list of several" },
};

static const struct directive_table site_log_table = {
	ROWS(site_log_rows), NULL,
};

static const struct directive site_rows[] = {
	{ "hosts", DIRECTIVE_STRINGS, 0, AT(conf_site, hosts), JSON([]),
	  BETWEEN(0, LIST_MAX), .rule = validate_host,
	  .help = "host names of the site; \"*.example.com\" is every name "
		  "below, \"example.*\" any ending; empty: any host" },
	{ "error_pages", DIRECTIVE_PAGES, 0, AT(conf_site, error_pages),
	  JSON({}),
	  .rule = validate_url_path,
	  .help = "error pages, status to path of this site; \"4xx\" and "
		  "\"5xx\" are for all other statuses" },
	{ "headers", DIRECTIVE_OBJECT, 0, AT(conf_site, headers), JSON({}),
	  .inner = &headers_table,
	  .help = "changes to the response fields of the site" },
	RATE(conf_site),
	IN_FLIGHT(conf_site),
	{ "maintenance", DIRECTIVE_DURATION, 0, AT(conf_site, maintenance),
	  JSON("0s"), BETWEEN(0, HOURS(24 * 7)),
	  .help = "answer 503 to all requests, with this time in Retry-After; "
		  "0s: serve" },
	{ "log", DIRECTIVE_OBJECT, 0, WHOLE, JSON({}),
	  .inner = &site_log_table, .help = "logs of the site" },
	{ "routes", DIRECTIVE_ROUTES, DIRECTIVE_REQUIRED, WHOLE,
	  BETWEEN(1, LIST_MAX), .inner = &route_table,
	  .help = "routes of the site; the most specific path wins" },
};

const struct directive_table directive_site = {
	ROWS(site_rows), validate_site,
};

// clang-format on
