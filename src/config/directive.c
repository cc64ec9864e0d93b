/*
 * The tables of the file, innermost first.  Those of sites are in
 * directive_site.c.
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>
#include <string.h>

#include "common/conf.h"
#include "config/directive_row.h"
#include "config/memory_share.h"
#include "config/validate.h"
#include "config/validate_admin.h"
#include "config/validate_log.h"
#include "config/validate_sites.h"

enum { LISTEN_MAX = 64 };

static const char *const auto_words[] = { "auto", NULL };
static const char *const log_words[] = { "off", "stdout", "stderr", "syslog",
	"syslog:" /* and what follows */, NULL };
static const char *const error_format_words[] = { "text", "json", NULL };
/* RFC 5424 6.2.1, by number. */
static const char *const facility_words[] = { "kern", "user", "mail", "daemon",
	"auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2",
	"local3", "local4", "local5", "local6", "local7", NULL };
static const char *const unix_words[] = { "unix", NULL };
/* In the order of their enums. */
static const char *const forwarded_words[] = { "x-forwarded-for", "forwarded",
	"x-real-ip", "cf-connecting-ip", NULL };
static const char *const disk_words[] = { "auto", "io_uring", "threads",
	"blocking", NULL };

static const char *const sandbox_words[] = {
	[CONF_SANDBOX_AUTO] = "auto",
	[CONF_SANDBOX_ON] = "on",
	[CONF_SANDBOX_REQUIRE] = "require",
	[CONF_SANDBOX_LOG] = "log",
	[CONF_SANDBOX_OFF] = "off",
	NULL,
};

// clang-format off

/* ---- logs ---------------------------------------------------------------- */

#define LOG_FILE(type, member, default_path)                              \
	{ "path", DIRECTIVE_PATH, 0, AT(type, member.path),               \
	  JSON(default_path), .words = log_words, .rule = validate_text,  \
	  .help = "file, or \"stdout\", \"stderr\", \"syslog\", \"off\", or " \
		  "\"syslog:/PATH\", \"syslog:ADDRESS:PORT\"" }, \
	{ "mode", DIRECTIVE_STRING, 0, AT(type, member.mode_text),        \
	  .rule = validate_log_mode,                                      \
	  .help = "permissions of the file, like \"0640\"" },             \
	{ "group", DIRECTIVE_STRING, 0, AT(type, member.group),           \
	  .rule = validate_text, .help = "group of the file" },           \
	{ "facility", DIRECTIVE_ENUM, 0, AT(type, member.facility),       \
	  JSON("daemon"), .words = facility_words,                        \
	  .help = "facility, for syslog" }

static const struct directive when_rows[] = {
	{ "status", DIRECTIVE_STRINGS, 0, AT(conf_log_when, statuses),
	  JSON([]), BETWEEN(0, 64), .rule = validate_log_status,
	  .help = "requests with one of these statuses, \"404\" or \"5xx\"" },
	{ "slower", DIRECTIVE_DURATION, 0, AT(conf_log_when, slower),
	  JSON("0s"), BETWEEN(0, HOURS(24)),
	  .help = "requests that took as long; 0s: not by duration" },
	{ "sample", DIRECTIVE_SHARE, 0, AT(conf_log_when, sample), JSON(0),
	  .help = "a share of all other requests, from 0 to 1" },
};

static const struct directive_table when_table = { ROWS(when_rows), NULL };

static const struct directive access_rows[] = {
	LOG_FILE(conf_access_log, file, "off"),
	{ "format", DIRECTIVE_STRING, 0, AT(conf_access_log, format_text),
	  JSON("combined"), .rule = validate_text,
	  .help = "format of a line: \"combined\", \"json\" or a text with "
		  "variables, \"$client $status\"" },
	{ "when", DIRECTIVE_OBJECT, 0, AT(conf_access_log, when), JSON({}),
	  .inner = &when_table,
	  .help = "which requests are logged; empty: all" },
};

static const struct directive error_rows[] = {
	LOG_FILE(conf_log, error, "stderr"),
	{ "format", DIRECTIVE_ENUM, 0, AT(conf_log, error_is_json),
	  JSON("text"), .words = error_format_words,
	  .help = "format of a line: \"text\" or \"json\"" },
	{ "level", DIRECTIVE_ENUM, 0, AT(conf_log, error_level),
	  JSON("notice"), .words = log_level_names,
	  .help = "least important level that is written" },
};

const struct directive_table directive_access_log = {
	ROWS(access_rows), validate_access_log,
};
static const struct directive_table error_table = {
	ROWS(error_rows), validate_error_log,
};

static const struct directive log_rows[] = {
	{ "access", DIRECTIVE_ACCESS_LOGS, 0, AT(conf_log, access), JSON({}),
	  BETWEEN(1, ACCESS_LOGS_MAX), .inner = &directive_access_log,
	  .help = "access log, one line per request; or a list of several" },
	{ "error", DIRECTIVE_OBJECT, 0, WHOLE, JSON({}),
	  .inner = &error_table,
	  .help = "error log: messages for the operator" },
	{ "request_ids", DIRECTIVE_BOOLEAN, 0, AT(conf_log, has_request_ids),
	  JSON(false),
	  .help = "give every request an ID, and send it back in "
		  "X-Request-Id" },
	{ "recent", DIRECTIVE_SIZE, 0, AT(conf_log, recent), JSON(0),
	  BETWEEN(0, M(16)),
	  .help = "bytes of its last requests that a worker remembers for "
		  "prong explain --last; 0: none" },
};

static const struct directive_table log_table = { ROWS(log_rows), NULL };

/* ---- timeouts ------------------------------------------------------------ */

#define TIMEOUT(name, preset, least, most, words)                     \
	{ #name, DIRECTIVE_DURATION, 0, AT(conf_timeouts, name), preset, \
	  least, most, .help = words }

static const struct directive timeout_rows[] = {
	TIMEOUT(handshake, JSON("10s"), 1, HOURS(1),
	    "maximum time from the accept of a connection to the end of its TLS handshake"),
	TIMEOUT(head, JSON("10s"), 1, HOURS(1),
	    "maximum time from the first byte of a request to the end of its head"),
	TIMEOUT(body, JSON("30s"), 1, HOURS(1),
	    "maximum time that a body may arrive more slowly than limits.body_rate"),
	TIMEOUT(write, JSON("30s"), 1, HOURS(1),
	    "maximum time during which a client reads nothing of its response"),
	TIMEOUT(idle, JSON("75s"), 1, HOURS(24),
	    "maximum time between two requests, and before the first"),
	TIMEOUT(linger, JSON("5s"), 0, HOURS(1),
	    "maximum time to read and discard input after the last response"),
	TIMEOUT(queue, JSON("0s"), 0, HOURS(1),
	    "maximum time from the arrival of a request to its turn; longer: 503; 0s: any"),
	TIMEOUT(handler, JSON("30s"), 1, HOURS(24),
	    "maximum time for a module to respond"),
	TIMEOUT(drain, JSON("20s"), 0, HOURS(24),
	    "maximum time for a draining worker to finish its requests"),
	TIMEOUT(drain_delay, JSON("10s"), 0, HOURS(1),
	    "how long to accept connections after SIGTERM, so that the load "
	    "balancer notices"),
	TIMEOUT(ready, JSON("10s"), 1, HOURS(1),
	    "maximum time for a new worker to become ready"),
	TIMEOUT(probation, JSON("10s"), 0, HOURS(1),
	    "how long after a reload crashes of workers roll it back"),
};

static const struct directive_table timeout_table = {
	ROWS(timeout_rows), NULL
};

/* ---- limits -------------------------------------------------------------- */

#define LIMIT(name, type, preset, least, most, words)                \
	{ #name, DIRECTIVE_##type, 0, AT(conf_limits, name), preset, \
	  least, most, .help = words }

static const struct directive limit_rows[] = {
	{ "connections", DIRECTIVE_INTEGER, 0, AT(conf_limits, connections),
	  JSON("auto"), BETWEEN(1, 10000000), .words = auto_words,
	  .help = "maximum connections of a worker; \"auto\": as many as "
		  "RLIMIT_NOFILE allows" },
	LIMIT(client_connections, INTEGER, JSON(0), 0, 1000000,
	    "maximum connections of one client to a worker; more: 429; 0: no limit"),
	LIMIT(client_in_flight, INTEGER, JSON(0), 0, 1000000,
	    "requests of one client that a worker answers at once; more: 429; "
	    "0: no limit"),
	LIMIT(request_line, SIZE, JSON("8k"), 64, K(60),
	    "maximum bytes of the request line; more: 414"),
	LIMIT(field, SIZE, JSON("8k"), 64, K(60),
	    "maximum bytes of one field line; more: 431"),
	/* The workers store offsets into a head in 16 bits. */
	LIMIT(head, SIZE, JSON("16k"), 128, K(60),
	    "maximum bytes of request line and fields; more: 431"),
	LIMIT(fields, INTEGER, JSON(100), 1, 250,
	    "maximum number of field lines; more: 431"),
	LIMIT(path_depth, INTEGER, JSON(100), 1, 1000,
	    "maximum segments of a path; more: 414"),
	LIMIT(body, SIZE, JSON("1m"), 0, G(1024),
	    "maximum bytes of a request body; more: 413"),
	LIMIT(discard, SIZE, JSON("64k"), 0, G(1),
	    "maximum bytes of an unread body to discard to keep the connection"),
	LIMIT(body_rate, SIZE, JSON(256), 0, G(1),
	    "minimum bytes per second that a client must send of a body"),
	LIMIT(write_rate, SIZE, JSON(128), 0, G(1),
	    "minimum bytes per second that a client must read of a response"),
	LIMIT(requests_per_connection, INTEGER, JSON(0), 0, 1000000000,
	    "requests after which a connection is closed; 0: no limit"),
	LIMIT(requests_per_worker, INTEGER, JSON(0), 0, INT64_C(1000000000000),
	    "requests after which a worker is replaced; 0: no limit"),
	LIMIT(worker_memory, SIZE, JSON(0), 0, G(1024),
	    "resident bytes beyond which a worker is replaced; 0: no limit"),
	LIMIT(pipelined, INTEGER, JSON(64), 1, 64,
	    "maximum pipelined requests answered with one write"),
	LIMIT(streams, INTEGER, JSON(100), 1, 10000,
	    "maximum streams of an HTTP/2 connection that are open at once"),
	LIMIT(resets, INTEGER, JSON(100), 1, 1000000,
	    "maximum streams of an HTTP/2 connection that are reset at once; "
	    "a tenth of it more each second"),
	LIMIT(handshakes, INTEGER, JSON(8), 1, 1000,
	    "maximum steps of TLS handshakes in one turn of the event loop"),
	LIMIT(cached_file, SIZE, JSON("256k"), 0, M(64),
	    "maximum bytes of a file whose content is cached"),
	{ "cache", DIRECTIVE_SIZE, 0, AT(conf_limits, cache), JSON("auto"),
	  BETWEEN(0, G(64)), .words = auto_words,
	  .help = "maximum bytes of file contents that a worker caches; "
		  "\"auto\": 64m, or less where the cgroup has little memory" },
	{ "body_memory", DIRECTIVE_SIZE, 0, AT(conf_limits, body_memory),
	  JSON("auto"), BETWEEN(0, G(1024)), .words = auto_words,
	  .help = "maximum bytes of request bodies that a worker keeps in "
		  "memory; more: 503; \"auto\": as limits.cache" },
};

static const struct directive_table limit_table = {
	ROWS(limit_rows), memory_share_validate
};

/* ---- watchdog ------------------------------------------------------------ */

#define WATCHDOG(name, preset, words)                                 \
	{ #name, DIRECTIVE_DURATION, 0, AT(conf_watchdog, name), preset, \
	  SECONDS(2), HOURS(24), .help = words }

static const struct directive watchdog_rows[] = {
	WATCHDOG(warn, JSON("5s"),
	    "how long a worker may be unresponsive before it is logged"),
	WATCHDOG(kill, JSON("60s"),
	    "how long a worker may be unresponsive before it is replaced"),
};

static const struct directive_table watchdog_table = {
	ROWS(watchdog_rows), NULL
};

/* ---- disk ---------------------------------------------------------------- */

static const struct directive disk_rows[] = {
	{ "mode", DIRECTIVE_ENUM, 0, AT(conf_disk, mode), JSON("auto"),
	  .words = disk_words,
	  .help = "how to read uncached files: \"io_uring\", \"threads\", "
		  "\"blocking\"; \"auto\": the first that works" },
	{ "threads", DIRECTIVE_INTEGER, 0, AT(conf_disk, threads), JSON(8),
	  BETWEEN(1, 64), .help = "maximum disk threads of a worker" },
};

static const struct directive_table disk_table = { ROWS(disk_rows), NULL };

/* ---- the file ------------------------------------------------------------ */

static const struct directive admin_rows[] = {
	{ "listen", DIRECTIVE_STRING, 0, AT(conf_listen, text),
	  .rule = validate_text,
	  .help = "address of /livez, /readyz, /status and /metrics" },
	{ "hosts", DIRECTIVE_STRINGS, 0, AT(conf_listen, hosts), JSON([]),
	  BETWEEN(0, 64), .rule = validate_host,
	  .help = "host names of the admin address besides localhost and IP "
		  "addresses" },
	{ "unready_if", DIRECTIVE_PATH, 0, AT(conf_listen, unready_if),
	  .rule = validate_text,
	  .help = "file whose existence makes /readyz answer 503" },
};

static const struct directive_table admin_table = {
	ROWS(admin_rows), validate_admin,
};

static const struct directive file_rows[] = {
	{ "workers", DIRECTIVE_INTEGER, 0, AT(conf, workers), JSON("auto"),
	  BETWEEN(1, 512), .words = auto_words,
	  .help = "number of worker processes; \"auto\": the number of "
		  "usable CPUs" },
	{ "user", DIRECTIVE_STRING, 0, AT(conf, user.name), .rule = validate_text,
	  .help = "user that the workers run as; needs a master that is "
		  "root" },
	{ "cores", DIRECTIVE_BOOLEAN, 0, AT(conf, cores), JSON(false),
	  .help = "workers may leave core dumps and be traced by their user, "
		  "for debugging" },
	{ "sandbox", DIRECTIVE_ENUM, 0, AT(conf, sandbox), JSON("auto"),
	  .words = sandbox_words,
	  .help = "what workers give up: \"auto\", \"on\", \"require\", "
		  "\"log\" or \"off\"" },
	{ "pid_file", DIRECTIVE_PATH, 0, AT(conf, paths.pid_file),
	  .rule = validate_text,
	  .help = "file with the process ID of the master" },
	{ "control", DIRECTIVE_PATH, 0, AT(conf, paths.control),
	  .rule = validate_text,
	  .help = "unix socket for the commands of prong(8)" },
	{ "module_path", DIRECTIVE_PATH, DIRECTIVE_BUILT,
	  AT(conf, paths.modules),
	  "\"" PRONG_MODULE_DIR "\"", .rule = validate_text,
	  .help = "directory of modules whose name has no '/'" },
	{ "temp_path", DIRECTIVE_PATH, 0, AT(conf, paths.temp), JSON("/var/tmp"),
	  .rule = validate_text,
	  .help = "directory for temporary files: large parts of forms" },
	{ "trusted", DIRECTIVE_NETWORKS, 0, AT(conf, trusted.networks), JSON([]),
	  BETWEEN(0, LIST_MAX), .words = unix_words, .rule = validate_text,
	  .help = "proxies whose forwarding field is trusted; \"unix\": "
		  "peers on unix sockets" },
	{ "trusted_field", DIRECTIVE_ENUM, 0, AT(conf, trusted.field),
	  JSON("x-forwarded-for"), .words = forwarded_words,
	  .help = "the forwarding field that the trusted proxies set" },
	{ "listen", DIRECTIVE_LISTEN, 0, WHOLE, JSON(["127.0.0.1:8080"]),
	  BETWEEN(1, LISTEN_MAX), .inner = &directive_listen,
	  .help = "addresses to listen on: \"HOST:PORT\", \"[IPV6]:PORT\", \"*:PORT\", "
		  "\"unix:PATH\" or \"systemd:NAME\"" },
	{ "admin", DIRECTIVE_OBJECT, 0, AT(conf, admin), JSON({}),
	  .inner = &admin_table,
	  .help = "address for monitoring and health checks" },
	{ "timeouts", DIRECTIVE_OBJECT, 0, AT(conf, timeouts), JSON({}),
	  .inner = &timeout_table, .help = "time limits" },
	{ "limits", DIRECTIVE_OBJECT, 0, AT(conf, limits), JSON({}),
	  .inner = &limit_table, .help = "limits on sizes, rates and counts" },
	{ "watchdog", DIRECTIVE_OBJECT, 0, AT(conf, watchdog), JSON({}),
	  .inner = &watchdog_table,
	  .help = "detection of workers that hang" },
	{ "disk", DIRECTIVE_OBJECT, 0, AT(conf, disk), JSON({}),
	  .inner = &disk_table,
	  .help = "reading of files that are not in memory" },
	{ "log", DIRECTIVE_OBJECT, 0, AT(conf, log), JSON({}),
	  .inner = &log_table, .help = "access log and error log" },
	{ "checks", DIRECTIVE_CHECKS, 0, AT(conf, checks), JSON([]),
	  BETWEEN(0, 256), .inner = &directive_check,
	  .help = "requests that new workers must answer as told before a "
		  "reload, an upgrade or a switch of a root takes effect" },
	{ "sites", DIRECTIVE_SITES, DIRECTIVE_REQUIRED, WHOLE,
	  BETWEEN(1, LIST_MAX), .inner = &directive_site,
	  .help = "sites to serve; the one without hosts, or else the "
		  "first one, is the default" },
};

// clang-format on

const struct directive_table directive_file = {
	ROWS(file_rows),
	validate_file,
};

const struct directive *
directive_find(const struct directive_table *t, const char *name)
{
	for (size_t i = 0; i < t->nrows; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return &t->rows[i];
	return NULL;
}
