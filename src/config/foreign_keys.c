/*
 * Keys of other servers that have no counterpart of one name, answered in
 * words.
 * SPDX-License-Identifier: MIT
 */
#include <stddef.h>
#include <strings.h>

#include "config/directive.h"

#define NO_PROXY                                                               \
	"prong is neither a proxy nor a gateway: a module answers requests, "  \
	"or another server in front"
#define INCLUDE                                                                \
	"\"include\" reads other files, in an object of the configuration"
#define CERTIFICATES "certificates belong in \"listen[].tls\""
#define RATE         "\"rate\" of a site or a route"
#define ALWAYS       "this is always on"

// clang-format off
static const struct {
	const char *key, *answer;
} answers[] = {
	{ "proxy_pass", NO_PROXY },
	{ "proxy_set_header", NO_PROXY },
	{ "reverse_proxy", NO_PROXY },
	{ "proxy", NO_PROXY },
	{ "upstream", NO_PROXY },
	{ "upstreams", NO_PROXY },
	{ "backend", NO_PROXY },
	{ "backends", NO_PROXY },
	{ "balance", NO_PROXY },
	{ "fastcgi_pass", NO_PROXY },
	{ "uwsgi_pass", NO_PROXY },
	{ "scgi_pass", NO_PROXY },
	{ "grpc_pass", NO_PROXY },
	{ "php_fastcgi", NO_PROXY },
	{ "cgi", NO_PROXY },
	{ "include", "it stands in the file, a site, a route or another object "
	  "with keys of prong" },
	{ "includes", INCLUDE },
	{ "import", INCLUDE },
	{ "env", "\"${NAME}\" in a string is a variable of the environment" },
	{ "ssl", CERTIFICATES },
	{ "ssl_certificate", CERTIFICATES },
	{ "ssl_certificate_key", CERTIFICATES },
	{ "ssl_protocols", CERTIFICATES },
	{ "ssl_ciphers", CERTIFICATES },
	{ "cert", CERTIFICATES },
	{ "crt", CERTIFICATES },
	{ "certificate", CERTIFICATES },
	{ "http2", "\"listen[].protocols\" names the versions of HTTP" },
	{ "http3", "prong does not speak HTTP/3" },
	{ "quic", "prong does not speak HTTP/3" },
	{ "group", "the workers have the groups of \"user\"" },
	{ "backlog", "\"backlog\" of an object in \"listen\"" },
	{ "reuseport", ALWAYS },
	{ "sendfile", ALWAYS },
	{ "tcp_nodelay", ALWAYS },
	{ "tcp_nopush", ALWAYS },
	{ "etag", ALWAYS },
	{ "daemon", "start prong with -d" },
	{ "chroot", "start prong in one" },
	{ "worker_connections", "\"limits.connections\" of each worker" },
	{ "maxconn", "\"limits.connections\" of each worker" },
	{ "worker_rlimit_nofile", "raise the limit of open files of the "
	  "service: ulimit -n, LimitNOFILE" },
	{ "keepalive_timeout", "\"timeouts.idle\"" },
	{ "client_header_timeout", "\"timeouts.head\"" },
	{ "client_body_timeout", "\"timeouts.body\"" },
	{ "send_timeout", "\"timeouts.write\"" },
	{ "keepalive_requests", "\"limits.requests_per_connection\"" },
	{ "max_requests", "\"limits.requests_per_worker\"" },
	{ "client_max_body_size", "\"limits.body\"" },
	{ "large_client_header_buffers", "\"limits.head\"" },
	{ "client_body_temp_path", "\"temp_path\"" },
	{ "access_log", "\"log.access.path\"" },
	{ "error_log", "\"log.error.path\" and \"log.error.level\"" },
	{ "log_format", "\"log.access.format\"" },
	{ "add_header", "\"headers.add\" of a site or a route" },
	{ "header", "\"headers\" of a site or a route" },
	{ "expires", "\"cache_control\" of a route" },
	{ "gzip", "\"compress\" of a route" },
	{ "gzip_types", "\"compress\" of a route" },
	{ "gzip_static", "\"precompressed\" of a route" },
	{ "brotli", "\"compress\" of a route" },
	{ "encode", "\"compress\" of a route" },
	{ "auth_basic", "\"auth\" of a route" },
	{ "auth_basic_user_file", "\"auth.file\" of a route" },
	{ "basic_auth", "\"auth\" of a route" },
	{ "alias", "\"root\" of a route, without its path" },
	{ "error_page", "\"error_pages\"" },
	{ "mime_types", "\"types\" of a route" },
	{ "default_type", "\"types\" of a route: {\"*\": \"text/plain\"}" },
	{ "charset", "\"types\" of a route" },
	{ "set_real_ip_from", "\"trusted\"" },
	{ "real_ip_header", "\"trusted_field\"" },
	{ "limit_req", RATE },
	{ "limit_req_zone", RATE },
	{ "rate_limit", RATE },
	{ "limit_conn", "\"limits.client_connections\", "
	  "\"limits.client_in_flight\", or \"in_flight\" of a site or a route" },
	{ "limit_conn_zone", "\"limits.client_connections\"" },
	{ "max_memory_per_child", "\"limits.worker_memory\"" },
	{ "reload_on_rss", "\"limits.worker_memory\"" },
	{ "limit_rate", "the balancer limits the rate of bytes" },
};
// clang-format on

const char *
directive_answer(const char *key)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcasecmp(answers[i].key, key) == 0)
			return answers[i].answer;
	return NULL;
}
