/*
 * What a module that was taken over tries, and what it gets: without the
 * sandbox, with it, and with each layer missing.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

#define CONF(top, own)                                                         \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], \"cores\": true," \
	"\"control\": \"control\"," top SERVER_TIMEOUTS                        \
	",\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"},"  \
	"{\"path\": \"/m/*\", \"module\": \"" MODULES "/escapes.so\"" own      \
	"}]}]}"

#define RESOLVER                                                               \
	"\"/etc/hosts\", \"/etc/nsswitch.conf\", \"/etc/resolv.conf\","        \
	"\"/etc/host.conf\""

static struct server s;

/* ---- a kernel without --------------------------------------------------- */

enum missing { NOTHING, LANDLOCK, SECCOMP };

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 6;
}

static bool
has_seccomp(void)
{
#ifdef HAVE_SECCOMP
	return true;
#else
	return false;
#endif
}

/* For this process, which is a test's own, and the server. */
static void
take_away(enum missing missing)
{
	const uint32_t number =
		missing == LANDLOCK ? SYS_landlock_create_ruleset : SYS_seccomp;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			missing == SECCOMP ? SYS_prctl : number, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	const struct sock_fprog program = { ROWS(code), code };

	if (missing == NOTHING)
		return;
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* ---- the attempts ------------------------------------------------------- */

enum {
	OFF,
	UNDECLARED,
	DECLARED,
	ON,
	NO_LANDLOCK,
	NO_SECCOMP,
	CONNECT,
	EXEC,
	PATHS,
	CASES
};

static const struct {
	const char *conf;
	enum missing missing;
	const char *layers; /* of `prong ps` */
} cases[CASES] = {
	[OFF] = { CONF("\"sandbox\": \"off\",", ""), NOTHING,
		"no_new_privs\n" },
	[UNDECLARED] = { CONF("", ""), NOTHING,
		"sandbox: capabilities, no_new_privs, landlock_scope, "
		"seccomp_deny\n" },
	[DECLARED] = { CONF("", ",\"sandbox\": {}"), NOTHING,
		"sandbox: capabilities, no_new_privs, landlock, "
		"landlock_scope, seccomp\n" },
	[ON] = { CONF("\"sandbox\": \"on\",", ""), NOTHING,
		"sandbox: capabilities, no_new_privs, landlock, "
		"landlock_scope, seccomp\n" },
	[NO_LANDLOCK] = { CONF("", ",\"sandbox\": {}"), LANDLOCK,
		"sandbox: capabilities, no_new_privs, seccomp\n" },
	[NO_SECCOMP] = { CONF("", ",\"sandbox\": {}"), SECCOMP,
		"sandbox: capabilities, no_new_privs, landlock, "
		"landlock_scope\n" },
	[CONNECT] = { CONF("", ",\"sandbox\": {\"connect\": true, \"read\": "
			       "[" RESOLVER "]}"),
		NOTHING,
		"sandbox: capabilities, no_new_privs, landlock, "
		"landlock_scope, seccomp\n" },
	[EXEC] = { CONF("", ",\"sandbox\": {\"exec\": true}"), NOTHING,
		"sandbox: capabilities, no_new_privs, landlock_scope, "
		"seccomp_deny\n" },
	[PATHS] = { CONF("\"sandbox\": \"require\",",
			    ",\"sandbox\": {\"read\": [\"$DIR/extra\"], "
			    "\"write\": [\"$DIR/state\"]}"),
		NOTHING,
		"sandbox: capabilities, no_new_privs, landlock, "
		"landlock_scope, seccomp\n" },
};

/* NULL: it depends on the kernel, or on the user. */
// clang-format off
static const struct {
	const char *path; /* $DIR, $PORT, $SIBLING are replaced */
	const char *got[CASES];
} attempts[] = {
	/*  OFF       UNDECLARED DECLARED  ON        NO_LANDL. NO_SECC.  CONNECT   EXEC      PATHS */
	{ "read?/etc/passwd",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "EACCES" } },
	{ "read?/proc/self/status",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "EACCES" } },
	{ "read?$DIR/extra/one",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "done" } },
	{ "read?$DIR/www/hello.txt",
	  { "done",   "done",   "done",   "done",   "done",   "done",   "done",   "done",   "done" } },
	{ "read?/dev/null",
	  { "done",   "done",   "done",   "done",   "done",   "done",   "done",   "done",   "done" } },
	{ "write?$DIR/www/new",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "EACCES" } },
	{ "write?$DIR/extra/one",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "EACCES" } },
	{ "write?$DIR/state/new",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "done" } },
	{ "mkdir?$DIR/state/folder",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "done" } },
	{ "unlink?$DIR/www/old",
	  { "done",   "done",   "EACCES", "EACCES", "done",   "EACCES", "EACCES", "done",   "EACCES" } },
	{ "chmod?$DIR/extra/one",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "done",   "done",   "done",   "done" } },
	{ "owner?$SIBLING",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "done",   "EPERM",  "done",   "EPERM" } },
	{ "fork",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "done",   "EPERM",  "done",   "EPERM" } },
	{ "spawn",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "EACCES", "EPERM",  "done",   "EPERM" } },
	{ "exec",
	  { "ENOENT", "ENOENT", "EPERM",  "EPERM",  "EPERM",  "ENOENT", "EPERM",  "ENOENT", "EPERM" } },
	{ "kill?$SIBLING",
	  { "done",   "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM" } },
	{ "kill?0",
	  { NULL,     NULL,     "EPERM",  "EPERM",  "EPERM",  NULL,     "EPERM",  NULL,     "EPERM" } },
	{ "trace?$SIBLING",
	  { NULL,     "EPERM",  "EPERM",  "EPERM",  "EPERM",  NULL,     "EPERM",  "EPERM",  "EPERM" } },
	{ "unix?$DIR/open.sock",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "done",   "done",   "done",   "EPERM" } },
	{ "unix?$DIR/control",
	  { NULL,     NULL,     "EPERM",  "EPERM",  "EPERM",  NULL,     NULL,     NULL,     "EPERM" } },
	{ "abstract?prong-test-$PORT",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "EPERM",  "done",   "done",   "EPERM" } },
	{ "tcp?$PORT",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "EACCES", "done",   "done",   "EPERM" } },
	{ "datagrams",
	  { "done",   "done",   "EPERM",  "EPERM",  "EPERM",  "done",   "done",   "done",   "EPERM" } },
	{ "packets",
	  { NULL,     "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM",  "EPERM" } },
	{ "uring",
	  { NULL,     "EPERM",  "EPERM",  "EPERM",  "EPERM",  NULL,     "EPERM",  "EPERM",  "EPERM" } },
	{ "namespace",
	  { NULL,     "EPERM",  "EPERM",  "EPERM",  "EPERM",  NULL,     "EPERM",  "EPERM",  "EPERM" } },
	{ "dumpable",
	  { "done",   "EPERM",  "EPERM",  "EPERM",  "EPERM",  "done",   "EPERM",  "EPERM",  "EPERM" } },
	{ "terminal",
	  { NULL,     "EPERM",  "EPERM",  "EPERM",  "EPERM",  NULL,     "EPERM",  "EPERM",  "EPERM" } },
	{ "resolve?localhost",
	  { "done",   "done",   NULL,     NULL,     NULL,     NULL,     "done",   "done",   NULL } },
	{ "thread",
	  { "done",   "done",   "done",   "done",   "done",   "done",   "done",   "done",   "done" } },
};
// clang-format on

/* Replaces a word of a path. */
static void
replace(char *text, size_t size, const char *word, const char *value)
{
	char *at = strstr(text, word), rest[256];

	if (at == NULL)
		return;
	snprintf(rest, sizeof(rest), "%s", at + strlen(word));
	snprintf(at, size - (size_t)(at - text), "%s%s", value, rest);
}

/* Answers what the module got; the caller frees it. */
static char *
attempt(struct client *c, const char *what, pid_t sibling)
{
	char path[256], number[32];
	struct response r;

	snprintf(path, sizeof(path), "/m/%s", what);
	replace(path, sizeof(path), "$DIR", s.dir);
	snprintf(number, sizeof(number), "%d", s.port);
	replace(path, sizeof(path), "$PORT", number);
	snprintf(number, sizeof(number), "%d", (int)sibling);
	replace(path, sizeof(path), "$SIBLING", number);
	client_get(c, path, &r);
	ck_assert_int_eq(r.status, 200);
	return r.body;
}

/* ---- the server --------------------------------------------------------- */

static int
listen_at(const struct sockaddr_un *a, size_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(
		bind(fd, (const struct sockaddr *)a,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    len)),
		0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

/* Sockets that any user may connect to. */
static void
open_sockets(int fds[2])
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int len =
		snprintf(a.sun_path, sizeof(a.sun_path), "%s/open.sock", s.dir);

	fds[0] = listen_at(&a, (size_t)len + 1);
	ck_assert_int_eq(chmod(a.sun_path, 0777), 0);
	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	len = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1, "prong-test-%d",
		s.port);
	fds[1] = listen_at(&a, (size_t)len + 1);
}

static void
allow_all(const char *name, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* Only the sandbox forbids anything: the files do not. */
static void
prepare_files(void)
{
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "www/old", "");
	server_text(&s, "extra/one", "");
	server_text(&s, "state/one", "");
	allow_all("", 0777);
	allow_all("www", 0777);
	allow_all("state", 0777);
	allow_all("extra", 0777);
	allow_all("extra/one", 0666);
}

static void
check_ps(const char *layers)
{
	static struct program_result result;
	const char *argv[] = { "prong", "ps", "-c", s.file, NULL };

	program_run(&(struct program){ 0 }, argv, &result);
	ck_assert_int_eq(result.status, 0);
	ck_assert_msg(strstr(result.out, layers) != NULL, "no %s in %s", layers,
		result.out);
}

/* The one of two workers that the client is not connected to. */
static pid_t
find_sibling(struct client *c)
{
	pid_t workers[PROC_CHILDREN];
	pid_t self;
	char *own;

	ck_assert_uint_eq(server_workers(&s, workers), 2);
	own = attempt(c, "self", 0);
	self = (pid_t)strtol(own, NULL, 10);
	free(own);
	return workers[0] == self ? workers[1] : workers[0];
}

static void
check_attempts(int which)
{
	struct client c;
	pid_t sibling;

	client_open(&c, s.port);
	sibling = find_sibling(&c);
	for (size_t i = 0; i < ROWS(attempts); i++) {
		const char *wanted = attempts[i].got[which];
		char *got = attempt(&c, attempts[i].path, sibling);

		ck_assert_msg(wanted == NULL || strcmp(got, wanted) == 0,
			"%s: %s, not %s", attempts[i].path, got, wanted);
		free(got);
	}
	client_close(&c);
}

START_TEST(a_worker_gets_what_its_modules_declare_and_no_more)
{
	int fds[2];

	if (IS_SANITIZED || !has_landlock() || !has_seccomp())
		return;
	take_away(cases[_i].missing);
	server_init(&s);
	prepare_files();
	open_sockets(fds);
	server_start(&s, cases[_i].conf);
	check_ps(cases[_i].layers);
	check_attempts(_i);
	close(fds[0]);
	close(fds[1]);
	server_stop(&s);
}
END_TEST

/* ---- what is said ------------------------------------------------------- */

static const struct {
	enum missing missing;
	const char *top, *own;
	int status;
	const char *text;
} refusals[] = {
	{ LANDLOCK, "require", "{}", 1,
		"\"sandbox\": \"require\", but there is no Landlock: the "
		"kernel does not have it" },
	{ SECCOMP, "require", "{}", 1,
		"\"sandbox\": \"require\", but there is no seccomp: the "
		"kernel does not have it" },
	{ NOTHING, "require", "{\"exec\": true}", 1,
		"sites[0].routes[1].sandbox.exec: must be false with "
		"\"sandbox\": \"require\"" },
	{ NOTHING, "maybe", "{}", 1,
		"sandbox: must be one of \"auto\", \"on\", \"require\", "
		"\"log\", \"off\"; this is \"maybe\"" },
	{ NOTHING, "on", "{\"raed\": []}", 1,
		"sites[0].routes[1].sandbox.raed: unknown key (did you mean "
		"\"read\"?)" },
};

START_TEST(what_cannot_be_held_is_refused_and_named)
{
	static struct program_result result;
	const char *argv[] = { "prong", "-c", s.file, NULL };
	char conf[1024];

	if (IS_SANITIZED || !has_landlock() || !has_seccomp())
		return;
	take_away(refusals[_i].missing);
	server_init(&s);
	snprintf(conf, sizeof(conf),
		CONF("\"sandbox\": \"%s\",", ",\"sandbox\": %s"),
		refusals[_i].top, refusals[_i].own);
	server_configure(&s, conf);
	program_run(&(struct program){ 0 }, argv, &result);
	ck_assert_int_eq(result.status, refusals[_i].status);
	ck_assert_msg(strstr(result.err, refusals[_i].text) != NULL, "%s",
		result.err);
	server_discard(&s);
}
END_TEST

static const struct {
	enum missing missing;
	const char *top, *own;
	const char *text;
} notices[] = {
	{ LANDLOCK, "auto", "{}", "sandbox: no Landlock: the kernel does not" },
	{ SECCOMP, "on", "{}", "sandbox: no seccomp: the kernel does not" },
	{ NOTHING, "auto", "null",
		"not limited: route /m/*, module \"" MODULES
		"/escapes.so\", declares no needs; add \"sandbox\": {} to" },
	{ NOTHING, "on", "{\"exec\": true}",
		"not limited: route /m/*, module \"" MODULES
		"/escapes.so\", declares exec" },
	{ NOTHING, "on", "{\"write\": [\"missing\"]}",
		"sites[0].routes[1].sandbox.write[0]: " },
};

START_TEST(what_is_not_held_is_said)
{
	char conf[1024];

	if (IS_SANITIZED || !has_landlock() || !has_seccomp())
		return;
	take_away(notices[_i].missing);
	server_init(&s);
	allow_all("", 0755);
	snprintf(conf, sizeof(conf),
		CONF("\"sandbox\": \"%s\",", ",\"sandbox\": %s"),
		notices[_i].top, notices[_i].own);
	server_start(&s, conf);
	ck_assert(server_log_has(&s, notices[_i].text, DEADLINE));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_worker_gets_what_its_modules_declare_and_no_more, CASES },
		{ what_cannot_be_held_is_refused_and_named, ROWS(refusals) },
		{ what_is_not_held_is_said, ROWS(notices) },
	};

	return harness_run("sandbox", tests, ROWS(tests));
}
