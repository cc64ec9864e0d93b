/*
 * The checked configuration, as text and numbers.  The master makes it, the
 * workers read it; nobody changes it.  All of it lives in one arena.
 * prong.json(5) says what each value means.
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
#include "common/log.h"
#include "common/media_types.h"
#include "common/span.h"

enum conf_accept {
	CONF_ACCEPT_WORKER, /* a socket for each worker (SO_REUSEPORT) */
	CONF_ACCEPT_SHARED, /* one for all: who is free takes the next */
};

/* An address to listen on: TCP over IPv4 or IPv6, or a unix socket. */
struct conf_listen {
	const char *text; /* as in the file: "0.0.0.0:8080", "unix:/run/x" */
	struct sockaddr_storage address;
	socklen_t address_len; /* 0: what systemd passed under a name */
	enum conf_accept accept;
	bool is_admin; /* answered by admin.c, not by sites */
};

/* A route is one of these; which one says the key that is present. */
enum conf_route_kind {
	CONF_ROUTE_ROOT,     /* files below a directory */
	CONF_ROUTE_REDIRECT, /* to another place */
	CONF_ROUTE_RETURN,   /* a status, and perhaps a text */
	CONF_ROUTE_MODULE,   /* a loadable module's handlers */
};

enum conf_listing {
	CONF_LISTING_OFF,
	CONF_LISTING_ON, /* a page, or JSON for who asks for it */
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

/* "NAME: VALUE" of a response. */
struct conf_field {
	struct span name, value;
};

struct conf_fields {
	const struct conf_field *all;
	size_t count;
};

/* The addresses whose first bits are these. */
struct conf_network {
	const char *text;          /* as in the file */
	unsigned char address[16]; /* IPv6; IPv4 is mapped into it */
	int bits;
};

struct conf_networks {
	const struct conf_network *all;
	size_t count;
	bool has_unix; /* also who comes by a unix socket */
};

/* What a proxy says of whom it speaks for. */
enum conf_forwarded {
	CONF_X_FORWARDED, /* X-Forwarded-For, X-Forwarded-Proto */
	CONF_FORWARDED,   /* RFC 7239 */
};

/* Which pages of other origins may read the answers (the Fetch standard). */
struct conf_cors {
	const char *const *origins; /* "https://x.example", "*"; none: off */
	const char *const *methods; /* all NULL at the end */
	const char *const *headers;
	const char *const *expose; /* response fields that they may see */
	int64_t max_age;           /* ms */
	bool credentials;
};

/* RFC 7617. */
struct conf_auth {
	const char *realm;
	const char
		*file; /* "USER:HASH" lines, as htpasswd(1) writes; or NULL */
};

/* What is changed in the head of an answer. */
struct conf_headers {
	struct conf_fields add;    /* beside what there is */
	struct conf_fields set;    /* in place of what there is */
	const char *const *remove; /* NULL at the end */
};

/* Where a value stands in the file. */
struct conf_place {
	const char *path;      /* "db.path", "tags[0]"; "": the object */
	unsigned line, column; /* from 1 */
};

struct conf_json {
	const char *text;
	struct conf_place *places; /* of all that is in it */
	size_t nplaces;
};

struct conf_error_page {
	int status;       /* or 4, 5: any other of its kind */
	const char *path; /* of this site */
};

struct conf_error_pages {
	const struct conf_error_page *all;
	size_t count;
};

enum conf_large_files {
	CONF_LARGE_SENDFILE, /* by the kernel, from the file's own pages */
	CONF_LARGE_COPY,     /* read, looked at again, and sent */
};

enum conf_symlinks {
	CONF_SYMLINKS_INSIDE, /* the root: others are not followed */
	CONF_SYMLINKS_NEVER,
};

struct conf_route {
	/* Without the final '*' of a prefix; of a pattern, what is before its
	 * first wildcard. */
	struct span path;
	bool is_prefix;      /* "/assets/" and all below, not one path */
	struct span pattern; /* the whole of it; at is NULL: it is none */
	enum conf_route_kind kind;
	struct conf_error_pages error_pages; /* before the site's */
	struct conf_headers headers;
	struct conf_cors cors;
	struct conf_auth auth;
	struct conf_networks allow; /* none: all */
	struct conf_networks deny;  /* counts more */
	bool quiet;                 /* no lines in the access log */

	const char *root; /* directory, absolute */
	bool keep_prefix; /* the whole path is looked for below it */
	bool dotfiles;    /* are files like others */
	enum conf_symlinks symlinks;
	enum conf_large_files large_files;
	const char *const *index;  /* names, NULL at the end */
	const char *const *try;    /* templates of paths below root, "=404";
				      NULL at the end */
	const char *fallback;      /* path below root, or NULL */
	const char *cache_control; /* or NULL */
	struct conf_fields cache_control_types; /* media type to the same */
	enum conf_listing listing; /* of directories without an index */
	enum conf_listing_order listing_order; /* where nobody asks for one */
	bool precompressed;       /* look for NAME.zst, NAME.br, NAME.gz */
	struct conf_fields types; /* ".foo": a media type, before others */
	unsigned compress;        /* mask of 1u << CONF_CODING_x: to make */

	const char *redirect; /* a template: "$1", "$name", "$path", "$host" */
	int status;           /* 301, 302, 303, 307, 308 */

	int64_t answer;           /* status of "return" */
	const char *text;         /* its content, or NULL */
	const char *content_type; /* of text */

	const char *module;             /* name or path of the .so */
	struct conf_json module_config; /* an object */
};

struct conf_site {
	/* "example.com", "*.example.com"; none: any host.  Lower case. */
	const char *const *hosts; /* NULL at the end */
	struct conf_error_pages error_pages;
	struct conf_headers headers;     /* also those of its routes */
	const struct conf_route *routes; /* most specific first */
	size_t nroutes;
};

/* Milliseconds. */
struct conf_timeouts {
	int64_t head;   /* first byte to end of head */
	int64_t body;   /* the same for a body that comes below its rate */
	int64_t write;  /* without the client taking a byte */
	int64_t idle;   /* between two requests, and before the first */
	int64_t linger; /* reading on after the last answer */
	int64_t handler;
	int64_t drain; /* from TERM or reload to the end of old workers */
	int64_t drain_delay;
	int64_t ready;     /* until a new worker must be ready */
	int64_t probation; /* a crash this soon after a reload speaks for it */
};

struct conf_limits {
	int64_t connections;  /* a worker's; 0: from RLIMIT_NOFILE */
	int64_t request_line; /* bytes; 414 */
	int64_t field;        /* bytes of one field line; 431 */
	int64_t head;         /* bytes in all; 431 */
	int64_t fields;       /* number of field lines; 431 */
	int64_t path_depth;   /* segments; 414 */
	int64_t body;         /* bytes; 413 */
	int64_t discard;      /* bytes of an unwanted body that are read */
	int64_t body_rate;    /* bytes a second that a client must send */
	int64_t write_rate;   /* and must take */
	int64_t requests_per_connection; /* 0: any number */
	int64_t requests_per_worker;     /* the same */
	int64_t pipelined;               /* requests answered with one write */
	int64_t cached_file; /* bytes; of larger ones, the descriptor */
	int64_t cache;       /* bytes of files kept in memory, a worker */
};

/* Milliseconds that a worker's loop may stand still. */
struct conf_watchdog {
	int64_t warn; /* until it is logged */
	int64_t kill; /* until the worker is ended */
};

enum conf_disk_mode {
	CONF_DISK_AUTO,
	CONF_DISK_IO_URING,
	CONF_DISK_THREADS,
	CONF_DISK_BLOCKING,
};

/* How a worker waits for files that are not in memory. */
struct conf_disk {
	enum conf_disk_mode mode;
	int64_t threads; /* at most */
};

enum conf_log_format { CONF_LOG_COMBINED, CONF_LOG_JSON };

struct conf_log {
	/* A file, "stdout", "stderr", "syslog" or "off". */
	const char *access_path;
	enum conf_log_format access_format;
	const char *error_path;
	enum log_level error_level;
};

struct conf {
	struct arena arena;
	unsigned holds;   /* owners more than one; the master's alone */
	const char *file; /* where it came from, or NULL: prong DIR */

	int64_t workers;         /* resolved: at least 1 */
	const char *workers_why; /* "2 cpus in the affinity mask" */
	const char *user;        /* NULL: stay who we are */
	uid_t uid;               /* (uid_t)-1: the same */
	gid_t gid;
	const char *pid_file;    /* NULL: none */
	const char *control;     /* path of a socket; NULL: none */
	const char *module_path; /* directory of modules named without '/' */

	const char *temp_path; /* directory of files without a name */

	struct conf_networks trusted; /* proxies that are believed */
	enum conf_forwarded trusted_field;

	struct conf_listen admin; /* text is NULL: none; else in listen too */
	const struct conf_listen *listen;
	size_t nlisten;
	struct conf_timeouts timeouts;
	struct conf_limits limits;
	struct conf_watchdog watchdog;
	struct conf_disk disk;
	struct conf_log log;
	const struct conf_site *sites; /* the first is the default */
	size_t nsites;
	struct media_types *media_types;
};

/* One owner more; returns it. */
struct conf *conf_hold(struct conf *);

/* One owner less; the last one frees it and all it points at.  NULL is fine. */
void conf_free(struct conf *);

#endif
