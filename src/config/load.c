/*
 * Text -> JSON -> struct conf; each step is taken only if the one before
 * succeeded.
 * SPDX-License-Identifier: MIT
 */
#include "config/load.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/cpus.h"
#include "config/json_memory.h"
#include "config/memory_share.h"
#include "config/read.h"
#include "config/source.h"
#include "config/type.h"

enum { ARENA_BLOCK = 16 * 1024 };

/* ---- resolving values ---------------------------------------------------- */

/*
 * Returns the directory of the file as an absolute path, since the server
 * changes its working directory.
 */
static const char *
find_dir(struct arena *a, const char *file)
{
	const char *slash = strrchr(file, '/'), *dir = ".";
	char real[PATH_MAX];

	if (slash == file)
		dir = "/";
	else if (slash != NULL)
		dir = arena_strndup(a, file, (size_t)(slash - file));
	return realpath(dir, real) == NULL ? dir : arena_strdup(a, real);
}

static void
resolve_workers(struct conf *conf)
{
	char why[CPUS_WHY];

	if (conf->workers > 0) {
		conf->workers_why = "as configured";
		return;
	}
	conf->workers = cpus_usable("/sys/fs/cgroup", "/proc/self/cgroup", why);
	conf->workers_why = arena_strdup(&conf->arena, why);
}

static bool
is_shortage(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* root's workers need a user: they serve clients. */
static bool
needs_default_user(const struct conf *conf)
{
	return conf->user.name == NULL && geteuid() == 0;
}

static void
report_no_user(struct reader *r)
{
	const char *name = r->conf->user.name;

	if (r->conf->user.is_default)
		reader_report(r, JSON_POSITION_VALUE,
			"the workers of a server that root starts need a user, "
			"and there is no \"%s\" here; add \"user\": \"NAME\" "
			"to the configuration",
			name);
	else
		reader_report(r, JSON_POSITION_VALUE,
			"there is no user \"%s\"; create it or correct the "
			"name",
			name);
}

static void
resolve_user(struct reader *r)
{
	struct conf *conf = r->conf;
	const struct passwd *pw;

	conf->user.uid = (uid_t)-1;
	conf->user.gid = (gid_t)-1;
	conf->user.is_default = needs_default_user(conf);
	if (conf->user.is_default)
		conf->user.name = PRONG_USER;
	if (conf->user.name == NULL)
		return;
	errno = 0;
	pw = getpwnam(conf->user.name);
	if (pw != NULL) {
		conf->user.uid = pw->pw_uid;
		conf->user.gid = pw->pw_gid;
		return;
	}
	reader_enter(r, "user");
	if (is_shortage(errno))
		reader_report(r, JSON_POSITION_VALUE,
			"cannot look up \"%s\": %s", conf->user.name,
			strerror(errno));
	else
		report_no_user(r);
	reader_leave(r);
}

/* ---- from JSON ----------------------------------------------------------- */

/* The configuration stands in an arena that it owns. */
static void
make_conf(struct reader *r, jmp_buf *failure)
{
	struct arena arena;

	arena_init(&arena, ARENA_BLOCK, 0);
	arena.failure = failure;
	r->conf = arena_calloc(&arena, 1, sizeof(*r->conf));
	r->conf->arena = arena;
	r->arena = &r->conf->arena;
}

static void
read_media_types(struct reader *r)
{
	static const char file[] = "/etc/mime.types";

	r->conf->media_types = media_types_new(r->arena, file);
	if (r->conf->media_types == NULL)
		config_errors_add(r->errors,
			(struct json_position){ .file = NULL },
			"cannot read %s: %s", file, strerror(errno));
}

/* A configuration, from its text or from a value that stands for one. */
struct reading {
	struct reader reader;
	const char *file;             /* NULL: none */
	struct config_source *source; /* NULL: value is given */
	json_t *value;
	config_check_disks *check; /* NULL: no disk is accessed */
	struct json_memory memory;
};

static void
fill_conf(struct reading *from, json_t *value)
{
	struct reader *r = &from->reader;
	struct conf *conf = r->conf;
	const char *file = from->file;

	r->dir = find_dir(r->arena, file == NULL ? "." : file);
	conf->file = file == NULL ? NULL : arena_strdup(r->arena, file);
	reader_read(r, &directive_file, value, conf);
	resolve_workers(conf);
	memory_share_resolve(conf, "/sys/fs/cgroup", "/proc/self/cgroup");
	if (!r->is_alone)
		resolve_user(r);
	if (from->check != NULL)
		from->check(conf, r->source, r->errors);
	read_media_types(r);
}

static void
read_all(struct reading *r)
{
	json_t *value = r->value;

	if (r->source != NULL)
		value = config_source_parse(
			r->source, &r->memory.failure, r->reader.errors);
	/* Without what could not be included, other errors would be wrong. */
	if (value == NULL || r->reader.errors->count > 0)
		return;
	make_conf(&r->reader, &r->memory.failure);
	fill_conf(r, value);
	if (r->source != NULL)
		json_decref(value);
}

/*
 * A configuration is read by some hundred calls that allocate: where one of
 * them fails, all of it is left at once (arena.h, json_memory.h).  The master
 * then serves on with the configuration that it has.
 */
static void
try_to_read(struct reading *r)
{
	json_memory_enter(&r->memory);
	if (setjmp(r->memory.failure) == 0)
		read_all(r);
	else
		config_errors_add(r->reader.errors,
			(struct json_position){ .file = NULL },
			"no memory for the configuration");
	json_memory_leave(&r->memory);
	if (r->reader.conf != NULL)
		r->reader.conf->arena.failure = NULL;
}

/* Returns NULL if there were errors. */
static struct conf *
build_conf(struct reading *r)
{
	const struct config_errors *errors = r->reader.errors;
	struct conf *conf;

	r->reader.source = r->source;
	try_to_read(r);
	conf = r->reader.conf;
	if (conf != NULL && errors->count == 0)
		return conf;
	conf_free(conf);
	return NULL;
}

/* ---- from text ----------------------------------------------------------- */

struct conf *
config_parse(const char *name, const char *bytes, size_t len, FILE *errors)
{
	struct config_source source;
	struct config_errors c;
	struct reading r = {
		.reader = { .errors = &c }, .file = name, .source = &source
	};
	struct conf *conf = NULL;

	config_errors_init(&c);
	if (config_source_init(&source, name, bytes, len, &c) == 0)
		conf = build_conf(&r);
	config_errors_print(&c, name, errors);
	config_source_fini(&source);
	config_errors_fini(&c);
	return conf;
}

static struct conf *
read_file(struct reading *r, FILE *errors)
{
	struct config_source source;
	struct config_errors c;
	struct conf *conf = NULL;

	config_errors_init(&c);
	r->reader.errors = &c;
	r->source = &source; // cppcheck-suppress autoVariables
	if (config_source_open(&source, r->file, &c) == 0)
		conf = build_conf(r);
	config_errors_print(&c, r->file, errors);
	config_source_fini(&source);
	config_errors_fini(&c);
	r->source = NULL;
	return conf;
}

struct conf *
config_read(const char *file, config_check_disks *check, FILE *errors)
{
	struct reading r = { .file = file, .check = check };

	return read_file(&r, errors);
}

struct conf *
config_read_for_command(
	const char *file, config_check_disks *check, FILE *errors)
{
	struct reading r = {
		.reader.is_command = true, .file = file, .check = check
	};

	return read_file(&r, errors);
}

struct conf *
config_read_alone(const char *file, FILE *errors)
{
	struct reading r = { .reader.is_alone = true, .file = file };

	return read_file(&r, errors);
}

/* ---- from a directory ---------------------------------------------------- */

static json_t *
make_value(const char *dir, const char *listen, FILE *errors)
{
	json_error_t error;
	json_t *value = json_pack_ex(&error, 0,
		"{s:{s:{s:s}},s:[{s:[{s:s,s:s}]}]}", "log", "access", "path",
		"stdout", "sites", "routes", "path", "/*", "root", dir);
	bool has_utf8 = value != NULL ||
			json_error_code(&error) != json_error_invalid_utf8;

	if (value != NULL &&
		(listen == NULL || json_object_set_new(value, "listen",
					   json_pack("[s]", listen)) == 0))
		return value;
	json_decref(value);
	fprintf(errors, "prong: %s\n",
		has_utf8 ? "no memory for the configuration"
			 : "the path is not UTF-8");
	return NULL;
}

struct conf *
config_from_directory(const char *dir, const char *listen,
	config_check_disks *check, FILE *errors)
{
	struct config_errors c;
	struct reading r = { .reader = { .errors = &c },
		.value = make_value(dir, listen, errors),
		.check = check };
	struct conf *conf;

	if (r.value == NULL)
		return NULL;
	config_errors_init(&c);
	conf = build_conf(&r);
	json_decref(r.value);
	config_errors_print(&c, "prong", errors);
	config_errors_fini(&c);
	return conf;
}

/* ---- to text ------------------------------------------------------------- */

char *
config_dump_line(const struct conf *conf)
{
	struct json_memory memory;
	char *volatile line = NULL;
	json_t *value;
	char *text;

	json_memory_enter(&memory);
	if (setjmp(memory.failure) == 0) {
		value = type_show_table(&directive_file, conf);
		text = json_dumps(value, JSON_COMPACT);
		line = text == NULL ? NULL : strdup(text);
	}
	json_memory_leave(&memory);
	return line;
}

void
config_dump(const struct conf *conf, FILE *to)
{
	json_t *value = type_show_table(&directive_file, conf);

	json_dumpf(value, to, JSON_INDENT(2));
	fputc('\n', to);
	json_decref(value);
}
