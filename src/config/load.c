/*
 * Text -> JSON -> struct conf; each step is taken only if the one before
 * succeeded.
 * SPDX-License-Identifier: MIT
 */
#include "config/load.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/cpus.h"
#include "config/read.h"
#include "config/text.h"
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
	char *real;

	if (slash == file)
		dir = "/";
	else if (slash != NULL)
		dir = arena_strndup(a, file, (size_t)(slash - file));
	real = realpath(dir, NULL);
	if (real != NULL)
		dir = arena_strdup(a, real);
	free(real);
	return dir;
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

static void
resolve_user(struct reader *r)
{
	struct conf *conf = r->conf;
	const struct passwd *pw;

	conf->user.uid = (uid_t)-1;
	conf->user.gid = (gid_t)-1;
	if (conf->user.name == NULL)
		return;
	pw = getpwnam(conf->user.name);
	if (pw != NULL) {
		conf->user.uid = pw->pw_uid;
		conf->user.gid = pw->pw_gid;
		return;
	}
	reader_enter(r, "user");
	reader_report(r, JSON_POSITION_VALUE,
		"there is no user \"%s\"; create it or correct the name",
		conf->user.name);
	reader_leave(r);
}

/* ---- from JSON ----------------------------------------------------------- */

static struct conf *
conf_new(void)
{
	struct arena arena;
	struct conf *conf;

	arena_init(&arena, ARENA_BLOCK, 0);
	conf = arena_calloc(&arena, 1, sizeof(*conf));
	assert(conf != NULL);
	conf->arena = arena;
	return conf;
}

/*
 * Returns NULL if there were errors.  file and text are
 * NULL if there is no file.
 */
static struct conf *
build_conf(const char *file, const struct config_text *text, json_t *value,
	config_check_disks *check, struct config_errors *errors)
{
	struct conf *conf = conf_new();
	struct reader r = {
		.conf = conf,
		.arena = &conf->arena,
		.text = text,
		.errors = errors,
	};

	r.dir = find_dir(r.arena, file == NULL ? "." : file);
	conf->file = file == NULL ? NULL : arena_strdup(r.arena, file);
	reader_read(&r, &directive_file, value, conf);
	resolve_workers(conf);
	resolve_user(&r);
	if (check != NULL)
		check(conf, text, errors);
	if (errors->count > 0) {
		conf_free(conf);
		return NULL;
	}
	conf->media_types = media_types_new(r.arena, "/etc/mime.types");
	return conf;
}

/* ---- from text ----------------------------------------------------------- */

static struct conf *
parse_conf(const char *name, struct config_text *text,
	config_check_disks *check, struct config_errors *c)
{
	json_t *value = config_text_parse(text, c);
	struct conf *conf;

	if (value == NULL)
		return NULL;
	conf = build_conf(name, text, value, check, c);
	json_decref(value);
	return conf;
}

struct conf *
config_parse(const char *name, const char *bytes, size_t len, FILE *errors)
{
	struct config_text text;
	struct config_errors c;
	struct conf *conf = NULL;

	config_errors_init(&c);
	if (config_text_init(&text, bytes, len, &c) == 0) {
		conf = parse_conf(name, &text, NULL, &c);
		config_text_fini(&text);
	}
	config_errors_print(&c, name, errors);
	config_errors_fini(&c);
	return conf;
}

struct conf *
config_read(const char *file, config_check_disks *check, FILE *errors)
{
	struct config_text text;
	struct config_errors c;
	struct conf *conf = NULL;

	config_errors_init(&c);
	if (config_text_open(&text, file, &c) == 0) {
		conf = parse_conf(file, &text, check, &c);
		config_text_fini(&text);
	}
	config_errors_print(&c, file, errors);
	config_errors_fini(&c);
	return conf;
}

/* ---- from a directory ---------------------------------------------------- */

static json_t *
make_value(const char *dir, const char *listen)
{
	json_t *value = json_pack("{s:{s:{s:s}},s:[{s:[{s:s,s:s}]}]}", "log",
		"access", "path", "stdout", "sites", "routes", "path", "/*",
		"root", dir);

	if (value != NULL && listen != NULL)
		json_object_set_new(value, "listen", json_pack("[s]", listen));
	return value;
}

struct conf *
config_from_directory(const char *dir, const char *listen,
	config_check_disks *check, FILE *errors)
{
	struct conf *conf = NULL;
	struct config_errors c;
	json_t *value = make_value(dir, listen);

	if (value == NULL) {
		fprintf(errors, "prong: the path is not UTF-8\n");
		return NULL;
	}
	config_errors_init(&c);
	conf = build_conf(NULL, NULL, value, check, &c);
	json_decref(value);
	config_errors_print(&c, "prong", errors);
	config_errors_fini(&c);
	return conf;
}

/* ---- to text ------------------------------------------------------------- */

void
config_dump(const struct conf *conf, FILE *to)
{
	json_t *value = type_show_table(&directive_file, conf);

	json_dumpf(value, to, JSON_INDENT(2));
	fputc('\n', to);
	json_decref(value);
}
