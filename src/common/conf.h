/*
 * The checked configuration, as text and numbers.  The master builds it and the
 * workers read it; it is never modified afterwards.  All of it lives in one
 * arena.  prong.json(5) describes each value.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "common/arena.h"
#include "common/conf_log.h"
#include "common/conf_rate.h"
#include "common/log.h"
#include "common/media_types.h"
#include "common/span.h"

struct secret;
struct stat;

enum conf_accept {
	CONF_ACCEPT_WORKER, /* a socket per worker (SO_REUSEPORT) */
	CONF_ACCEPT_SHARED, /* one socket for all workers */
};

/* Whether connections begin with a PROXY header. */
enum conf_proxy {
	CONF_PROXY_OFF,
	CONF_PROXY_REQUIRED,
	CONF_PROXY_OPTIONAL, /* where a trusted proxy sends one */
};

/* A file as it was when it was read; all zero: it was not. */
struct conf_stamp {
	uint64_t device, inode, size;
	int64_t mtime, mtime_ns;
};

/* A certificate with its chain and private key.  The PEM is in secret memory.
 */
struct conf_certificate {
	const char *chain_path, *key_path; /* absolute */
	struct span chain, key; /* PEM; empty: a command may not read it */
	struct conf_stamp chain_stamp, key_stamp;
	/* Of its subjectAltName, in lower case: host names, "*.example.com"
	 * and addresses; NULL at the end. */
	const char *const *names;
	const char *key_kind; /* "ECDSA P-256", "RSA 2048", "Ed25519" */
	int64_t not_after;    /* seconds since 1970 */
};

struct conf_certificates {
	const struct conf_certificate *all;
	size_t count;
};

enum conf_tls_version { CONF_TLS_1_2, CONF_TLS_1_3 };

enum {
	CONF_TICKET_KEY = 80,  /* bytes: a name of 16, and two keys of 32 */
	CONF_TICKET_KEYS = 16, /* in a file, at most */
};

/* For a server name that no certificate has. */
enum conf_unknown_name { CONF_UNKNOWN_DEFAULT, CONF_UNKNOWN_REFUSE };

/* Whether the kernel encrypts long files. */
enum conf_ktls { CONF_KTLS_AUTO, CONF_KTLS_OFF };

enum conf_client_verify {
	CONF_VERIFY_REQUIRE, /* clients without a certificate are refused */
	CONF_VERIFY_ACCEPT,
};

/* Certificates of clients. */
struct conf_tls_client {
	const char *ca_path, *crl_path; /* absolute; crl_path may be NULL */
	struct span ca, crl;            /* PEM */
	enum conf_client_verify verify;
};

struct conf_tls {
	struct conf_certificates certificates; /* the first is the default */
	enum conf_tls_version min_version;
	const char *ciphers, *groups; /* separated by ':' */
	enum conf_unknown_name unknown_name;
	enum conf_ktls ktls;
	const struct conf_tls_client *client; /* NULL: none is asked for */
	const char *ticket_keys_path; /* absolute; NULL: keys of our own */
	struct span ticket_keys;      /* in secret memory, of CONF_TICKET_KEY
					 bytes each; the first encrypts */
};

enum conf_protocol { CONF_HTTP_1, CONF_HTTP_2 };

/* An address to listen on: TCP over IPv4 or IPv6, or a unix socket. */
struct conf_listen {
	const char *text; /* as in the file: "0.0.0.0:8080", "unix:/run/x" */
	struct sockaddr_storage address;
	socklen_t address_len; /* 0: sockets that systemd passed by name */
	enum conf_accept accept;
	enum conf_proxy proxy_protocol;
	bool is_admin;            /* serves the admin pages instead of sites */
	const char *const *hosts; /* names of admin; NULL at the end */
	int64_t backlog;          /* of listen(2); 0: as large as is useful */
	const char *unready_if;   /* of admin: a file, or NULL */
	unsigned protocols;       /* mask of 1u << CONF_HTTP_x */
	const struct conf_tls *tls; /* NULL: plain */
};

/* The kind of a route; the key that is present decides it. */
enum conf_route_kind {
	CONF_ROUTE_ROOT,     /* files below a directory */
	CONF_ROUTE_REDIRECT, /* a redirect */
	CONF_ROUTE_RETURN,   /* a fixed response */
	CONF_ROUTE_MODULE,   /* the handlers of a loadable module */
};

enum conf_listing {
	CONF_LISTING_OFF,
	CONF_LISTING_ON, /* HTML, or JSON if the client accepts it */
	CONF_LISTING_JSON,
};

enum conf_listing_order {
	CONF_LISTING_NAME,
	CONF_LISTING_SIZE,
	CONF_LISTING_TIME,
	CONF_LISTING_NAME_DOWN,
	CONF_LISTING_SIZE_DOWN,
	CONF_LISTING_TIME_DOWN,
};

enum conf_coding { CONF_CODING_ZSTD, CONF_CODING_BR, CONF_CODING_GZIP };

/* A field of a response, "NAME: VALUE". */
struct conf_field {
	struct span name, value;
};

struct conf_fields {
	const struct conf_field *all;
	size_t count;
};

/* A network: the addresses whose first bits equal those of address. */
struct conf_network {
	const char *text;          /* as in the file */
	unsigned char address[16]; /* IPv6; IPv4 is mapped into it */
	int bits;
};

struct conf_networks {
	const struct conf_network *all;
	size_t count;
	bool has_unix; /* also peers on unix sockets */
};

/* The request field in which a proxy names its client. */
enum conf_forwarded {
	CONF_X_FORWARDED, /* X-Forwarded-For, X-Forwarded-Proto */
	CONF_FORWARDED,   /* RFC 7239 */
	CONF_X_REAL_IP,   /* one address; the scheme is in X-Forwarded-Proto */
	CONF_CF_CONNECTING_IP,
};

/* Cross-origin access to responses (the CORS protocol of the Fetch standard).
 */
struct conf_cors {
	const char *const *origins; /* "https://x.example" or "*"; empty: off */
	const char *const *methods; /* all lists end with NULL */
	const char *const *headers;
	const char *const *expose; /* response fields that pages may read */
	int64_t max_age;           /* ms */
	bool credentials;
};

/* Basic authentication (RFC 7617). */
struct conf_auth {
	const char *realm;
	const char
		*file; /* "USER:HASH" lines, as htpasswd(1) writes; or NULL */
};

/* Changes to the head of a response. */
struct conf_headers {
	struct conf_fields add;    /* sent besides others of the name */
	struct conf_fields set;    /* replace others of the name */
	const char *const *remove; /* NULL at the end */
};

/* The position of a value in the file. */
struct conf_place {
	const char *path;      /* "db.path", "tags[0]"; "": the object */
	unsigned line, column; /* from 1 */
	const char *file;      /* NULL: that of the configuration */
};

/* An object that prong does not interpret: the configuration of a module. */
struct conf_json {
	const char *text;
	struct conf_place *places; /* of all values in it */
	size_t nplaces;
};

struct conf_error_page {
	int status;       /* or 4 or 5: any other of its class */
	const char *path; /* a path of this site */
};

struct conf_error_pages {
	const struct conf_error_page *all;
	size_t count;
};

enum conf_large_files {
	CONF_LARGE_SENDFILE, /* by the kernel, from the page cache */
	CONF_LARGE_COPY,     /* read, checked for changes, and sent */
};

enum conf_symlinks {
	CONF_SYMLINKS_INSIDE, /* those that stay inside the root */
	CONF_SYMLINKS_NEVER,
};

/* Files below a directory. */
struct conf_files {
	const char *root; /* directory, absolute */
	bool keep_prefix; /* append the whole path of the request to root */
	bool dotfiles;    /* serve files whose name begins with a dot */
	enum conf_symlinks symlinks;
	enum conf_large_files large_files;
	const char *const *index; /* names, NULL at the end */
	/* Templates of paths below root, and "=404"; NULL at the end. */
	const char *const *try;
	const char *fallback;      /* path below root, or NULL */
	const char *cache_control; /* or NULL */
	struct conf_fields
		cache_control_types; /* media type -> Cache-Control */
	enum conf_listing listing;   /* for directories without an index file */
	enum conf_listing_order listing_order; /* if the query selects none */
	bool precompressed;           /* look for NAME.zst, NAME.br, NAME.gz */
	struct conf_fields types;     /* ".foo" or "name" -> media type */
	struct conf_fields encodings; /* ".foo" or "name" -> content coding */
	/* A mask of 1u << CONF_CODING_x.  A module's, too. */
	unsigned compress;
};

struct conf_redirect {
	const char *target; /* a template: "$1", "$name", "$path", "$host" */
	int status;         /* 301, 302, 303, 307, 308 */
};

/* A fixed response, "return". */
struct conf_fixed {
	int64_t status;
	const char *text;         /* its content, or NULL */
	const char *content_type; /* of text */
};

/* What a module needs outside of the document roots.  Lists of absolute paths,
 * NULL at the end. */
struct conf_sandbox {
	const char *const *read;
	const char *const *write; /* read, too */
	bool connect;             /* to other servers, and unix sockets */
	bool exec;                /* other programs */
};

struct conf_module {
	const char *name;                   /* or the path of the .so */
	const struct conf_sandbox *sandbox; /* NULL: it declares nothing */
	bool early_hints;        /* send 103 to browsers that navigate */
	bool websocket_compress; /* negotiate permessage-deflate */
	struct conf_json config;
};

struct conf_route {
	/* Without the final '*' of a prefix; of a pattern, what precedes its
	 * first wildcard. */
	struct span path;
	bool is_prefix;      /* "/assets/" and all below, not one path */
	struct span pattern; /* the whole pattern; at is NULL if it is none */
	enum conf_route_kind kind;
	unsigned site, number; /* in the file: sites[site].routes[number] */
	struct conf_error_pages error_pages; /* override the site's */
	struct conf_headers headers;
	struct conf_cors cors;
	struct conf_auth auth;
	struct conf_networks allow; /* empty: all */
	struct conf_networks deny;  /* overrides allow */
	bool quiet;                 /* no lines in the access log */
	bool encoded_slashes;       /* take %2F in the path */
	bool relative_redirects;    /* Location is relative to the request */
	bool is_limited; /* it or its site has one of these, or maintenance */
	struct conf_rate rate;
	int64_t in_flight; /* requests at once in a worker; 0: no limit */

	/* The one of kind; the others are zero. */
	struct conf_files files;
	struct conf_redirect redirect;
	struct conf_fixed fixed;
	struct conf_module module;
};

struct conf_site {
	/* "example.com", "*.example.com", lower case; empty: any host. */
	const char *const *hosts; /* NULL at the end */
	struct conf_error_pages error_pages;
	struct conf_headers headers; /* also for its routes */
	struct conf_access_logs access_logs;
	struct conf_rate rate; /* of all its routes together */
	int64_t in_flight;     /* the same */
	int64_t maintenance;   /* ms until it ends, for Retry-After; 0: none */
	const struct conf_route *routes; /* most specific first */
	size_t nroutes;
};

/* Milliseconds. */
struct conf_timeouts {
	int64_t handshake; /* TLS: from accept to the end of the handshake */
	int64_t head;      /* first byte to end of head */
	int64_t body;      /* a body slower than limits.body_rate */
	int64_t write;     /* while the client reads nothing */
	int64_t idle;      /* between two requests, and before the first */
	int64_t linger;    /* reading on after the last response */
	int64_t queue;     /* from its arrival to its turn; 503; 0: none */
	int64_t handler;
	int64_t drain; /* from SIGTERM or a reload to the end of old workers */
	int64_t drain_delay;
	int64_t ready;     /* until a new worker must be ready */
	int64_t probation; /* while crashes roll a reload back */
};

struct conf_limits {
	int64_t connections;        /* per worker; 0: from RLIMIT_NOFILE */
	int64_t client_connections; /* of one client; 429; 0: no limit */
	int64_t client_in_flight;   /* its requests at once; 429; 0: no limit */
	int64_t request_line;       /* bytes; 414 */
	int64_t field;              /* bytes of one field line; 431 */
	int64_t head;               /* bytes in all; 431 */
	int64_t fields;             /* number of field lines; 431 */
	int64_t path_depth;         /* segments; 414 */
	int64_t body;               /* bytes; 413 */
	int64_t discard;            /* bytes of an unread body to discard */
	int64_t body_rate;          /* bytes per second a client must send */
	int64_t write_rate;         /* bytes per second a client must read */
	int64_t requests_per_connection; /* 0: no limit */
	int64_t requests_per_worker;     /* 0: no limit */
	int64_t worker_memory; /* bytes that are resident; 0: no limit */
	int64_t streams;       /* of HTTP/2, open at once */
	int64_t resets; /* of streams, at once; a tenth comes back a second */
	int64_t pipelined;   /* requests answered with one write */
	int64_t handshakes;  /* steps of TLS handshakes in a turn of the loop */
	int64_t cached_file; /* bytes; of larger files only the descriptor */
	int64_t cache;       /* bytes of file contents, per worker */
	int64_t body_memory; /* bytes of request bodies in memory, per worker;
				503 */
	const char *memory_why; /* the last two are smaller than elsewhere; or
				   NULL */
};

/* Milliseconds that the event loop of a worker may be unresponsive. */
struct conf_watchdog {
	int64_t warn; /* before it is logged */
	int64_t kill; /* before the worker is killed */
};

enum conf_disk_mode {
	CONF_DISK_AUTO,
	CONF_DISK_IO_URING,
	CONF_DISK_THREADS,
	CONF_DISK_BLOCKING,
};

/* How a worker reads files that are not in memory. */
struct conf_disk {
	enum conf_disk_mode mode;
	int64_t threads; /* maximum */
};

/* How much the workers give up before they serve. */
enum conf_sandbox_mode {
	CONF_SANDBOX_AUTO,    /* what the kernel and the modules allow */
	CONF_SANDBOX_ON,      /* also of modules that declare nothing */
	CONF_SANDBOX_REQUIRE, /* the same, and nothing may be missing */
	CONF_SANDBOX_LOG,     /* what would be denied is logged */
	CONF_SANDBOX_OFF,
};

/* The user of the workers. */
struct conf_user {
	const char *name; /* NULL: the user of the master */
	bool is_default;  /* the configuration names none */
	uid_t uid;        /* (uid_t)-1: the same */
	gid_t gid;
};

/* Paths, absolute. */
struct conf_paths {
	const char *pid_file; /* NULL: none */
	const char *control;  /* a socket; NULL: none */
	const char *modules;  /* directory of modules named without '/' */
	const char *temp;     /* directory of temporary files */
};

/* Proxies whose forwarding field is trusted. */
struct conf_trusted {
	struct conf_networks networks;
	enum conf_forwarded field;
};

struct conf_check; /* common/conf_check.h */

struct conf_checks {
	const struct conf_check *all;
	size_t count;
};

/* What is not as it should be and still works. */
struct conf_warning {
	unsigned line, column; /* line 0: there is no file */
	const char *text;      /* "listen[0].tls...: ..." */
	const char *file;      /* that it includes; NULL: the main file */
};

struct conf {
	struct arena arena;
	struct secret *secrets; /* keys and certificates */
	const struct conf_warning *warnings;
	size_t nwarnings;
	unsigned holds;   /* references minus one; used by the master only */
	const char *file; /* NULL: made for a directory */

	int64_t workers;         /* resolved: at least 1 */
	const char *workers_why; /* "2 cpus in the affinity mask" */
	struct conf_user user;
	bool cores; /* workers may dump core, and be traced */
	enum conf_sandbox_mode sandbox;
	struct conf_paths paths;
	struct conf_trusted trusted;

	struct conf_listen admin; /* text NULL: none; is in listen as well */
	const struct conf_listen *listen;
	size_t nlisten;
	struct conf_timeouts timeouts;
	struct conf_limits limits;
	struct conf_watchdog watchdog;
	struct conf_disk disk;
	struct conf_log log;
	struct conf_checks checks;
	const struct conf_site *sites; /* the first is the default */
	size_t nsites;
	struct media_types *media_types;
};

/* Of stat(2). */
struct conf_stamp conf_stamp_of(const struct stat *);

enum { CONF_ROUTE_TEXT = 256 };

/* Writes the path of a route as in the file, "/assets/" and '*' or a pattern,
 * cut to size bytes.  Returns text. */
const char *conf_route_text(const struct conf_route *, char *text, size_t size);

/* True if TLS is spoken at one of the addresses. */
bool conf_has_tls(const struct conf *);

/*
 * Milliseconds that workers may live after others have taken their place:
 * timeouts.drain, or where there is TLS, whose connections cannot be handed
 * over, timeouts.idle if that is longer.
 */
int64_t conf_handover_limit(const struct conf *);

/* Adds a reference.  Returns its argument. */
struct conf *conf_hold(struct conf *);

/* Drops a reference; the last one frees the configuration and all that it
 * points to.  NULL is ignored. */
void conf_free(struct conf *);

#endif
