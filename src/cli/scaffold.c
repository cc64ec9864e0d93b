/*
 * No existing file is overwritten.  If a write fails, the files written so far
 * remain and the error names the one that failed.
 * SPDX-License-Identifier: MIT
 */
#include "cli/scaffold.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = "@NAME@";

enum { NAME_MOST = 64 };

struct scaffold_file {
	/* "@NAME@" stands for the module's name, also in text */
	const char *name;
	int mode;
	const char *text;
};

enum { SCAFFOLD_FILES = 5 };

/* The test is a shell script, so that it needs nothing but curl(1). */
// clang-format off
static const struct scaffold_file scaffold_files[SCAFFOLD_FILES] = {
	{ "@NAME@.c", 0644,
	  "/*\n"
	  " * @NAME@: a module of prong.  README says how it is built and tested.\n"
	  " */\n"
	  "#include <prong.h>\n"
	  "\n"
	  "/* GET /hello/:name */\n"
	  "static void\n"
	  "hello(struct prong_context *ctx)\n"
	  "{\n"
	  "\tconst char *name = prong_param(ctx, \"name\");\n"
	  "\n"
	  "\tprong_json(ctx, 200, json_pack(\"{s:s}\", \"hello\", name));\n"
	  "}\n"
	  "\n"
	  "static const struct prong_route routes[] = {\n"
	  "\t{ \"GET\", \"/hello/:name\", .handler = hello },\n"
	  "\t{ 0 },\n"
	  "};\n"
	  "\n"
	  "PRONG_MODULE(.name = \"@NAME@\", .routes = routes);\n" },
	{ "check_@NAME@", 0755,
	  "#!/bin/sh\n"
	  "# Tests @NAME@: starts a prong and sends it requests with curl(1),\n"
	  "# over a unix socket, so that no port has to be free.\n"
	  "set -u\n"
	  "prong=${PRONG:-prong}\n"
	  "module=$(pwd)/@NAME@.so\n"
	  "dir=$(mktemp -d) || exit 1\n"
	  "failed=0\n"
	  "\n"
	  "# the workers run as the one who tests\n"
	  "user=$(id -un 2>/dev/null) && user=\"\\\"user\\\": \\\"$user\\\",\"\n"
	  "\n"
	  "cat >\"$dir/prong.json\" <<END\n"
	  "{\n"
	  "  $user\n"
	  "  \"workers\": 1,\n"
	  "  \"listen\": [\"unix:$dir/socket\"],\n"
	  "  \"control\": \"$dir/control\",\n"
	  "  \"log\": {\"error\": {\"path\": \"$dir/error.log\"}},\n"
	  "  \"sites\": [{\"routes\": [{\"path\": \"/*\", \"module\": \"$module\"}]}]\n"
	  "}\n"
	  "END\n"
	  "\n"
	  "# request METHOD PATH [CURL-OPTION...]: prints the status and the content\n"
	  "request() {\n"
	  "\tmethod=$1 path=$2\n"
	  "\tshift 2\n"
	  "\tcurl -sS --max-time 10 --unix-socket \"$dir/socket\" -X \"$method\" \\\n"
	  "\t\t-w '%{http_code} ' -o \"$dir/content\" \"$@\" \"http://localhost$path\"\n"
	  "\tcat \"$dir/content\"\n"
	  "}\n"
	  "\n"
	  "# expect WHAT EXPECTED ACTUAL\n"
	  "expect() {\n"
	  "\tif [ \"$2\" = \"$3\" ]; then\n"
	  "\t\techo \"ok      $1\"\n"
	  "\telse\n"
	  "\t\tprintf 'FAILED  %s\\n  expected %s\\n  got      %s\\n' \"$1\" \"$2\" \"$3\"\n"
	  "\t\tfailed=1\n"
	  "\tfi\n"
	  "}\n"
	  "\n"
	  "\"$prong\" --daemon -c \"$dir/prong.json\" || exit 1\n"
	  "trap '\"$prong\" stop -c \"$dir/prong.json\" >/dev/null; rm -rf \"$dir\"' EXIT\n"
	  "\n"
	  "# ---- the tests --------------------------------------------------------------\n"
	  "\n"
	  "expect \"a name is greeted\" '200 {\"hello\":\"you\"}' \"$(request GET /hello/you)\"\n"
	  "expect \"a name may be any text\" '200 {\"hello\":\"a \\\"b\\\"\"}' \\\n"
	  "\t\"$(request GET /hello/a%20%22b%22)\"\n"
	  "expect \"greetings cannot be deleted\" 405 \\\n"
	  "\t\"$(request DELETE /hello/you | cut -c 1-3)\"\n"
	  "expect \"other paths are not found\" 404 \"$(request GET /none | cut -c 1-3)\"\n"
	  "\n"
	  "# -----------------------------------------------------------------------------\n"
	  "\n"
	  "[ ! -s \"$dir/error.log\" ] || grep -i error \"$dir/error.log\"\n"
	  "exit $failed\n" },
	{ "Makefile", 0644,
	  "# make            builds the module\n"
	  "# make check      tests it\n"
	  "# make run        serves it on http://127.0.0.1:8080\n"
	  "# make install    installs it where prong finds it by its name\n"
	  "CFLAGS = -O2 -g -Wall -Wextra\n"
	  "PRONG ?= prong\n"
	  "PKG_CONFIG ?= pkg-config\n"
	  "\n"
	  "@NAME@.so: @NAME@.c\n"
	  "\t$(CC) $(CPPFLAGS) $(CFLAGS) `$(PKG_CONFIG) --cflags prong` \\\n"
	  "\t\t-shared -fPIC -o $@ @NAME@.c $(LDFLAGS) `$(PKG_CONFIG) --libs prong`\n"
	  "\n"
	  "check: @NAME@.so\n"
	  "\tPRONG=$(PRONG) ./check_@NAME@\n"
	  "\n"
	  "run: @NAME@.so\n"
	  "\t$(PRONG) -c prong.json\n"
	  "\n"
	  "install: @NAME@.so\n"
	  "\tdir=$(DESTDIR)`$(PKG_CONFIG) --variable=moduledir prong` && \\\n"
	  "\tmkdir -p \"$$dir\" && cp @NAME@.so \"$$dir/.@NAME@.new\" && \\\n"
	  "\tmv \"$$dir/.@NAME@.new\" \"$$dir/@NAME@.so\"\n"
	  "\n"
	  "clean:\n"
	  "\trm -f @NAME@.so\n"
	  "\n"
	  ".PHONY: check run install clean\n" },
	{ "prong.json", 0644,
	  "// `make run` serves this configuration; see prong.json(5).\n"
	  "{\n"
	  "  \"workers\": 1,\n"
	  "  \"listen\": [\"127.0.0.1:8080\"],\n"
	  "  \"sites\": [{\"routes\": [{\"path\": \"/*\", \"module\": \"./@NAME@.so\", \"config\": {}}]}]\n"
	  "}\n" },
	{ "README", 0644,
	  "@NAME@ is a module of prong: a shared object that its workers load.\n"
	  "\n"
	  "    make            builds @NAME@.so\n"
	  "    make check      starts a prong with it and tests it with curl\n"
	  "    make run        serves it: curl http://127.0.0.1:8080/hello/you\n"
	  "    make install    installs it where prong finds it by its name\n"
	  "\n"
	  "What it does is in @NAME@.c: a table of routes, and a function for each.\n"
	  "A test is a line in check_@NAME@.  prong-module(3) describes the module API,\n"
	  "prong.json(5) how a route names a module and its \"config\".\n"
	  "\n"
	  "After a change, `prong reload` loads it into new workers; the requests that are\n"
	  "in flight end in the old ones.\n" },
};
// clang-format on

/* The name becomes a C identifier and a file name. */
static bool
is_identifier(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MOST || isdigit((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return true;
}

/* Writes the text with the name in place of each mark. */
static void
write_text(FILE *to, const char *text, const char *name)
{
	const char *at;

	while ((at = strstr(text, mark)) != NULL) {
		fwrite(text, 1, (size_t)(at - text), to);
		fputs(name, to);
		text = at + strlen(mark);
	}
	fputs(text, to);
}

static void
make_path(const struct scaffold_file *file, const char *name, char *to,
	size_t size)
{
	const char *at = strstr(file->name, mark);

	if (at == NULL)
		snprintf(to, size, "%s/%s", name, file->name);
	else
		snprintf(to, size, "%s/%.*s%s%s", name, (int)(at - file->name),
			file->name, name, at + strlen(mark));
}

static int
write_file(const struct scaffold_file *file, const char *name, FILE *errors)
{
	char path[PATH_MAX];
	FILE *to;
	bool failed;

	make_path(file, name, path, sizeof(path));
	to = fopen(path, "wxe");
	if (to != NULL) {
		write_text(to, file->text, name);
		failed = fchmod(fileno(to), (mode_t)file->mode) == -1;
		failed = ferror(to) != 0 || failed;
		if (fclose(to) == 0 && !failed)
			return 0;
	}
	fprintf(errors, "prong: %s: %s\n", path, strerror(errno));
	return -1;
}

/*
 * Returns false if the program runs from its build tree, where a file beside it
 * is for pkg-config(1).
 */
static bool
is_installed(const char *program, char *dir, size_t size)
{
	char file[PATH_MAX], *slash;

	if (realpath(program, file) == NULL)
		return true;
	slash = strrchr(file, '/');
	*slash = '\0';
	snprintf(dir, size, "%s", file);
	strncat(file, "/prong-uninstalled.pc", sizeof(file) - strlen(file) - 1);
	return access(file, R_OK) == -1;
}

static void
print_next_steps(const char *name, const char *program, FILE *out)
{
	char dir[PATH_MAX];

	fprintf(out, "created %s; continue with\n\n", name);
	if (!is_installed(program, dir, sizeof(dir)))
		fprintf(out, "    export PRONG=%s/prong PKG_CONFIG_PATH=%s\n",
			dir, dir);
	fprintf(out,
		"    cd %s\n    make check\n    make run\n\n"
		"prong-module(3) describes what a module may do.\n",
		name);
}

int
scaffold_write(const char *name, const char *program, FILE *out, FILE *errors)
{
	if (!is_identifier(name)) {
		fprintf(errors,
			"prong: %s: the name of a module must be a C "
			"identifier: "
			"letters, digits and '_', at most %d\n",
			name, NAME_MOST);
		return -1;
	}
	if (mkdir(name, 0777) == -1) {
		fprintf(errors, "prong: %s: %s\n", name,
			errno == EEXIST
				? "already exists; choose another name or "
				  "remove it"
				: strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < SCAFFOLD_FILES; i++)
		if (write_file(&scaffold_files[i], name, errors) == -1)
			return -1;
	print_next_steps(name, program, out);
	return 0;
}
