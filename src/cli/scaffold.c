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
	const char *text;
};

enum { SCAFFOLD_FILES = 6 };

// clang-format off
static const struct scaffold_file scaffold_files[SCAFFOLD_FILES] = {
	{ "@NAME@.c",
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
	  "\tjson_t *greeting = json_pack(\"{s:s}\", \"hello\", name);\n"
	  "\n"
	  "\t/* What a client sends may be no UTF-8; JSON is. */\n"
	  "\tif (greeting == NULL)\n"
	  "\t\tprong_problem(ctx, 400, \"The name is not UTF-8.\");\n"
	  "\telse\n"
	  "\t\tprong_json(ctx, 200, greeting);\n"
	  "}\n"
	  "\n"
	  "static const struct prong_route routes[] = {\n"
	  "\tPRONG_ROUTE(\"GET\", \"/hello/:name\", hello),\n"
	  "\tPRONG_ROUTES_END,\n"
	  "};\n"
	  "\n"
	  "PRONG_MODULE(.name = \"@NAME@\", .routes = routes);\n" },
	{ "check_@NAME@.c",
	  "/*\n"
	  " * Tests @NAME@ without a server: prong_test.h runs the module in this process.\n"
	  " */\n"
	  "#include <prong_test.h>\n"
	  "#include <stdio.h>\n"
	  "#include <string.h>\n"
	  "\n"
	  "static const struct {\n"
	  "\tconst char *what, *method, *target;\n"
	  "\tint status;\n"
	  "\tconst char *body; /* NULL: any */\n"
	  "} tests[] = {\n"
	  "\t{ \"a name is greeted\", \"GET\", \"/hello/you\", 200,\n"
	  "\t\t\"{\\\"hello\\\":\\\"you\\\"}\" },\n"
	  "\t{ \"a name may be any text\", \"GET\", \"/hello/a%20%22b%22\", 200,\n"
	  "\t\t\"{\\\"hello\\\":\\\"a \\\\\\\"b\\\\\\\"\\\"}\" },\n"
	  "\t{ \"a name that is not UTF-8 is refused\", \"GET\", \"/hello/%ff\", 400,\n"
	  "\t\tNULL },\n"
	  "\t{ \"greetings cannot be deleted\", \"DELETE\", \"/hello/you\", 405, NULL },\n"
	  "\t{ \"other paths are not found\", \"GET\", \"/none\", 404, NULL },\n"
	  "};\n"
	  "\n"
	  "int\n"
	  "main(void)\n"
	  "{\n"
	  "\tstruct prong_test *t = prong_test_new(&prong_module, \"{}\");\n"
	  "\tint failed = t == NULL;\n"
	  "\n"
	  "\tfor (size_t i = 0; t != NULL && i < sizeof(tests) / sizeof(tests[0]);\n"
	  "\t\ti++) {\n"
	  "\t\tconst struct prong_test_answer *a = prong_test_ask(t,\n"
	  "\t\t\ttests[i].method, tests[i].target, NULL, NULL, 0);\n"
	  "\n"
	  "\t\tif (a->status == tests[i].status &&\n"
	  "\t\t\t(tests[i].body == NULL ||\n"
	  "\t\t\t\tstrcmp(a->body, tests[i].body) == 0)) {\n"
	  "\t\t\tprintf(\"ok      %s\\n\", tests[i].what);\n"
	  "\t\t\tcontinue;\n"
	  "\t\t}\n"
	  "\t\tprintf(\"FAILED  %s\\n  expected %d %s\\n  got      %d %s\\n\",\n"
	  "\t\t\ttests[i].what, tests[i].status,\n"
	  "\t\t\ttests[i].body == NULL ? \"\" : tests[i].body, a->status,\n"
	  "\t\t\ta->body);\n"
	  "\t\tfailed = 1;\n"
	  "\t}\n"
	  "\tprong_test_free(t);\n"
	  "\treturn failed;\n"
	  "}\n" },
	{ "Makefile",
	  "# make            builds the module\n"
	  "# make check      tests it, without a server\n"
	  "# make sanitize   the same with AddressSanitizer and UBSan\n"
	  "# make valgrind   the same with valgrind\n"
	  "# make run        serves it on http://127.0.0.1:8080\n"
	  "# make debug      the same under gdb\n"
	  "# make install    installs it where prong finds it by its name\n"
	  "CFLAGS = -O2 -g -Wall -Wextra\n"
	  "PRONG ?= prong\n"
	  "PKG_CONFIG ?= pkg-config\n"
	  "SANITIZE = -fsanitize=address,undefined\n"
	  "\n"
	  "SOURCES = $(filter-out check_%.c,$(wildcard *.c))\n"
	  "OBJECTS = $(SOURCES:.c=.o)\n"
	  "COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD \\\n"
	  "\t`$(PKG_CONFIG) --cflags prong`\n"
	  "\n"
	  "@NAME@.so: $(OBJECTS)\n"
	  "\t$(CC) $(CFLAGS) -shared -o $@ $(OBJECTS) $(LDFLAGS) \\\n"
	  "\t\t`$(PKG_CONFIG) --libs prong`\n"
	  "\n"
	  "%.o: %.c\n"
	  "\t$(COMPILE) -c -o $@ $<\n"
	  "\n"
	  "check_@NAME@: check_@NAME@.o $(OBJECTS)\n"
	  "\t$(CC) $(CFLAGS) -o $@ check_@NAME@.o $(OBJECTS) $(LDFLAGS) \\\n"
	  "\t\t`$(PKG_CONFIG) --libs prong-test`\n"
	  "\n"
	  "check: @NAME@.so check_@NAME@\n"
	  "\t./check_@NAME@\n"
	  "\n"
	  "sanitize:\n"
	  "\t$(COMPILE) $(SANITIZE) -o check_sanitized $(SOURCES) check_@NAME@.c \\\n"
	  "\t\t$(LDFLAGS) `$(PKG_CONFIG) --libs prong-test`\n"
	  "\t./check_sanitized\n"
	  "\n"
	  "valgrind: check_@NAME@\n"
	  "\tvalgrind -q --leak-check=full --error-exitcode=1 ./check_@NAME@\n"
	  "\n"
	  "run: @NAME@.so\n"
	  "\t$(PRONG) -c prong.json\n"
	  "\n"
	  "# prong.json has one worker, the first child of the master.\n"
	  "debug: @NAME@.so\n"
	  "\tgdb -ex 'set follow-fork-mode child' \\\n"
	  "\t\t-ex 'set breakpoint pending on' \\\n"
	  "\t\t--args $(PRONG) -c prong.json\n"
	  "\n"
	  "install: @NAME@.so\n"
	  "\tdir=$(DESTDIR)`$(PKG_CONFIG) --variable=moduledir prong` && \\\n"
	  "\tmkdir -p \"$$dir\" && cp @NAME@.so \"$$dir/.@NAME@.new\" && \\\n"
	  "\tmv \"$$dir/.@NAME@.new\" \"$$dir/@NAME@.so\"\n"
	  "\n"
	  "clean:\n"
	  "\trm -f *.o *.d *.so check_@NAME@ check_sanitized\n"
	  "\n"
	  "-include $(wildcard *.d)\n"
	  ".PHONY: check sanitize valgrind run debug install clean\n" },
	{ "prong.json",
	  "// `make run` serves this configuration; see prong.json(5).\n"
	  "{\n"
	  "  \"workers\": 1,\n"
	  "  \"listen\": [\"127.0.0.1:8080\"],\n"
	  "  \"sites\": [{\"routes\": [{\"path\": \"/*\", \"module\": \"./@NAME@.so\", \"config\": {},\n"
	  "    \"sandbox\": {}}]}]\n"
	  "}\n" },
	{ ".gitignore",
	  "*.o\n"
	  "*.d\n"
	  "*.so\n"
	  "check_@NAME@\n"
	  "check_sanitized\n" },
	{ "README",
	  "@NAME@ is a module of prong: a shared object that its workers load.\n"
	  "\n"
	  "    make            builds @NAME@.so of all *.c but check_*.c\n"
	  "    make check      tests it, without a server; also make sanitize, make valgrind\n"
	  "    make run        serves it: curl http://127.0.0.1:8080/hello/you\n"
	  "    make debug      serves it under gdb\n"
	  "    make install    installs it where prong finds it by its name\n"
	  "\n"
	  "What it does is in @NAME@.c: a table of routes, and a function for each.\n"
	  "A test is a row in check_@NAME@.c.  prong-module(3) describes the module API,\n"
	  "prong.json(5) how a route names a module, its \"config\" and its \"sandbox\":\n"
	  "the files, connections and programs that it needs once it has started.\n"
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
		failed = ferror(to) != 0;
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
