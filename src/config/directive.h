/*
 * The keys of the configuration, one row each.  A row is the only home of a
 * name, type, default, limit and line of help; the reader, the dump, the schema
 * and the check of the manual page all walk these tables.
 * SPDX-License-Identifier: MIT
 */
#ifndef DIRECTIVE_H
#define DIRECTIVE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct reader;

enum directive_type {       /* fills */
	DIRECTIVE_BOOLEAN,  /* bool */
	DIRECTIVE_LISTING,  /* enum conf_listing */
	DIRECTIVE_INTEGER,  /* int64_t; words[0], if any, means 0 */
	DIRECTIVE_SIZE,     /* int64_t, bytes; words[0], if any, means
				DIRECTIVE_AUTO */
	DIRECTIVE_DURATION, /* int64_t, milliseconds */
	DIRECTIVE_ENUM,     /* an enum: the index of the word */
	DIRECTIVE_WORDS,    /* unsigned: bit i for word i */
	DIRECTIVE_STATUS,   /* int: one of statuses */
	DIRECTIVE_STRING,   /* const char * */
	DIRECTIVE_PATH,     /* const char *, an absolute path or one of words */
	DIRECTIVE_ROOT,     /* const char *, an existing directory */
	DIRECTIVE_MODULE,   /* const char *, a name or an absolute path */
	DIRECTIVE_ROUTE,    /* struct conf_route: path, pattern, is_prefix */
	DIRECTIVE_STRINGS,  /* const char *const *, NULL at the end */
	DIRECTIVE_PATHS,    /* the same, of absolute paths */
	DIRECTIVE_FIELDS,   /* struct conf_fields */
	DIRECTIVE_NETWORKS, /* struct conf_networks */
	DIRECTIVE_JSON,     /* struct conf_json, an object */
	DIRECTIVE_PAGES,    /* struct conf_error_pages */
	DIRECTIVE_LISTEN,   /* struct conf: listen */
	DIRECTIVE_TLS,      /* const struct conf_tls *; NULL: none */
	DIRECTIVE_TLS_CLIENT,   /* const struct conf_tls_client *; NULL: none */
	DIRECTIVE_CERTIFICATES, /* struct conf_certificates */
	DIRECTIVE_CHECKS,       /* struct conf_checks */
	DIRECTIVE_SANDBOX,      /* const struct conf_sandbox *; NULL: none */
	DIRECTIVE_ACCESS_LOGS,  /* struct conf_access_logs */
	DIRECTIVE_SHARE,        /* double, 0 to 1 */
	DIRECTIVE_SITES,        /* struct conf: sites */
	DIRECTIVE_ROUTES,       /* struct conf_site: routes */
	DIRECTIVE_OBJECT,       /* the struct that the inner table fills */
};

/* A size that is found out when the file was read; see memory_share.h. */
enum { DIRECTIVE_AUTO = -1 };

enum directive_flag {
	DIRECTIVE_REQUIRED = 1,
	DIRECTIVE_CHOICE = 2, /* exactly one of the choices of a table is set */
	DIRECTIVE_BUILT = 4,  /* the default depends on the build */
};

struct directive {
	const char *name;
	enum directive_type type;
	unsigned flags;
	size_t offset;      /* in the struct that its table fills */
	const char *preset; /* the default as JSON; NULL: none */
	int64_t min, max;
	const char *const *words; /* NULL at the end */
	const int *statuses;      /* 0 at the end */
	const struct directive_table *inner;
	/* returns an error message or NULL */
	const char *(*rule)(const char *text);
	const char *with;      /* valid only if this key is set, or */
	const char *also_with; /* this one, where it has no default */
	const char *help;      /* one line, no full stop */
	/* for the keys of DIRECTIVE_FIELDS */
	const char *(*key_rule)(const char *);
};

struct directive_table {
	const struct directive *rows;
	size_t nrows;
	/* Checks what involves several rows; called when all rows are read. */
	void (*finish)(struct reader *, const json_t *object, void *base);
};

/* The table of the whole file, which fills a struct conf. */
extern const struct directive_table directive_file;

/* Returns the row of a key, or NULL. */
const struct directive *directive_find(
	const struct directive_table *, const char *name);

/* Returns what to do in place of a key that other servers have, or NULL. */
const char *directive_answer(const char *key);

/*
 * Returns the row that an unknown key probably means, or NULL.  *inside becomes
 * the row whose inner table has it, or NULL if it is in this table.
 */
const struct directive *directive_suggest(const struct directive_table *,
	const char *name, const struct directive **inside);

#endif
