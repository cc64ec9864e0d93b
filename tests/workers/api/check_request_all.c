/*
 * Functions that go through a request, integers, origins, signed cookies and
 * parts that become files.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/fake_worker_mount.h"
#include "support/harness.h"
#include "support/procfs.h"

static struct fake_worker_mount m;
static struct prong_instance *instance;

typedef bool next_function(
	struct prong_context *, size_t *pos, const char **, const char **);

static void
list(struct prong_context *ctx, next_function *next)
{
	const char *name = NULL, *value = NULL;
	char text[1024] = "";
	size_t pos = 0;

	ck_assert(!next(ctx, NULL, &name, &value));
	while (next(ctx, &pos, &name, &value))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"%s=%s|", name, value);
	ck_assert(!next(ctx, &pos, &name, &value));
	prong_text(ctx, 200, "%s", text);
}

static void
list_fields(struct prong_context *ctx)
{
	list(ctx, prong_next_field);
}

static void
list_query(struct prong_context *ctx)
{
	list(ctx, prong_next_query);
}

static void
list_cookies(struct prong_context *ctx)
{
	list(ctx, prong_next_cookie);
}

static void
read_number(struct prong_context *ctx)
{
	int64_t n = 7;

	if (prong_query_int(ctx, "n", &n, -5, 100) == 0)
		prong_text(ctx, 200, "%d|", (int)n);
}

static void
misread_number(struct prong_context *ctx)
{
	int64_t n = 7;

	ck_assert_int_eq(prong_query_int(ctx, NULL, &n, 0, 9), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_query_int(ctx, "n", NULL, 0, 9), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(prong_query_int(ctx, "n", &n, 9, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
	prong_text(ctx, 200, "%d|", (int)n);
}

static void
origin(struct prong_context *ctx)
{
	prong_text(ctx, 200, "%s|", prong_origin(ctx));
}

static void
log_line(struct prong_context *ctx)
{
	prong_log_ctx(ctx, PRONG_ERROR, "number %d", 5);
	prong_text(ctx, 200, "%s|", prong_request_id(ctx));
}

static void
sign(struct prong_context *ctx)
{
	ck_assert_int_eq(
		prong_set_signed_cookie(ctx, "who", "user 1; \xff", NULL), 0);
	prong_empty(ctx, 204);
}

static void
verify(struct prong_context *ctx)
{
	const char *value = prong_signed_cookie(ctx, "who");

	prong_text(ctx, 200, "%s|", value == NULL ? "none" : value);
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/fields", list_fields),
	PRONG_ROUTE("GET", "/query", list_query),
	PRONG_ROUTE("GET", "/cookies", list_cookies),
	PRONG_ROUTE("GET", "/number", read_number),
	PRONG_ROUTE("GET", "/misread", misread_number),
	PRONG_ROUTE("GET", "/origin", origin),
	PRONG_ROUTE("GET", "/log", log_line),
	PRONG_ROUTE("GET", "/sign", sign),
	PRONG_ROUTE("GET", "/verify", verify),
	PRONG_ROUTES_END,
};

static int
start_instance(struct prong_instance *i)
{
	instance = i;
	ck_assert_int_eq(prong_set_key(i, "short", 5), -1);
	ck_assert_int_eq(prong_set_key(i, "0123456789abcdef", 16), 0);
	return 0;
}

static const struct prong_module module = { .abi = PRONG_ABI,
	.name = "test",
	.routes = routes,
	.start = start_instance };

static void
start(void)
{
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &module);
}

static void
ask(const char *target, const char *fields)
{
	char head[1024];

	m.ngot = 0;
	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n",
		target, fields);
	fake_worker_mount_say(&m, head);
}

static const struct {
	const char *target, *fields; /* the value of Host, and more lines */
	const char *says;
} rows[] = {
	{ "/fields", "a\r\nX-A: 1\r\nx-a: 2", "Host=a|X-A=1|x-a=2|" },
	{ "/query?a=1&b=x%20y&a=&&c", "a", "a=1|b=x y|a=|c=|" },
	{ "/query", "a", "\r\n\r\n" },
	{ "/cookies", "a\r\nCookie: a=1; b=2\r\nCookie: c=3", "a=1|b=2|c=3|" },
	{ "/cookies", "a\r\nCookie: a; =x; b=2=3", "=x|b=2=3|" },
	{ "/number?n=42", "a", "42|" },
	{ "/number?n=-5", "a", "-5|" },
	{ "/number", "a", "7|" },
	{ "/number?n=101", "a",
		"The parameter n is not a whole number from -5 to 100." },
	{ "/number?n=4x", "a", " 400 " },
	{ "/number?n=", "a", " 400 " },
	{ "/number?n=%2B4", "a", " 400 " },
	{ "/number?n=99999999999999999999", "a", " 400 " },
	{ "/misread?n=3", "a", "7|" },
	{ "/origin", "Example.org:8080", "http://example.org:8080|" },
	{ "/origin", "example.org:80", "http://example.org|" },
	{ "/origin", "[::1]", "http://[::1]|" },
	{ "/origin", "[::1]:99", "http://[::1]:99|" },
	{ "/verify", "a", "none|" },
	{ "/verify", "a\r\nCookie: who=abc", "none|" },
	{ "/verify", "a\r\nCookie: who=.", "none|" },
	{ "/verify", "a\r\nCookie: who=YQ.AAAA", "none|" },
};

START_TEST(a_request_is_read)
{
	start();
	ask(rows[_i].target, rows[_i].fields);
	ck_assert_msg(strstr(m.got, rows[_i].says) != NULL, "%s", m.got);
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(a_line_of_the_log_has_the_id_of_the_request)
{
	start();
	ask("/log", "a\r\nX-Request-Id: abc-7");
	ck_assert_ptr_nonnull(strstr(fake_worker_mount_errors(&m),
		"module test: number 5 (request abc-7)"));
	fake_worker_mount_close(&m);
}
END_TEST

START_TEST(a_signed_cookie_is_read_back_and_cannot_be_changed)
{
#ifdef HAVE_OPENSSL
	char cookie[256], fields[512], *end;

	start();
	ask("/sign", "a");
	snprintf(cookie, sizeof(cookie), "%s",
		strstr(m.got, "Set-Cookie: ") + strlen("Set-Cookie: "));
	end = strchr(cookie, ';');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	snprintf(fields, sizeof(fields), "a\r\nCookie: %s", cookie);
	ask("/verify", fields);
	ck_assert_ptr_nonnull(strstr(m.got, "user 1; \xff|"));
	for (char *p = cookie + strlen("who="); *p != '\0'; p += 5) {
		char was = *p;

		*p = was == 'A' ? 'B' : 'A';
		snprintf(fields, sizeof(fields), "a\r\nCookie: %s", cookie);
		ask("/verify", fields);
		ck_assert_ptr_nonnull(strstr(m.got, "none|"));
		*p = was;
		if (strlen(p) < 7)
			break;
	}
	/* The signature covers the name. */
	snprintf(fields, sizeof(fields), "a\r\nCookie: other=%s; who=%s",
		cookie + strlen("who="), "x.y");
	ask("/verify", fields);
	ck_assert_ptr_nonnull(strstr(m.got, "none|"));
	fake_worker_mount_close(&m);
#endif
}
END_TEST

/* ---- prong_part_save() -------------------------------------------------- */

static char dir[64];

/* A file that cannot be written to its end leaves no descriptor behind. */
static void
fail_to_save(struct prong_context *ctx, const struct prong_part *part)
{
	struct rlimit before, small;
	int open = proc_descriptors(getpid()), result, error;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 2, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	result = prong_part_save(ctx, part, dir, "long");
	error = errno;
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, EFBIG);
	ck_assert_int_eq(proc_descriptors(getpid()), open);
}

static void
save(struct prong_context *ctx)
{
	static const char *const bad[] = { "", ".x", "a/b", "..", NULL };
	unsigned count;
	const struct prong_part *part = prong_body_form(ctx, &count);

	ck_assert_uint_eq(count, 1);
	for (size_t i = 0; i < ROWS(bad); i++)
		ck_assert_int_eq(prong_part_save(ctx, part, dir, bad[i]), -1);
	ck_assert_int_eq(prong_part_save(ctx, part, "/none", "x"), -1);
	ck_assert_int_eq(errno, ENOENT);
	if (part->fd == -1)
		fail_to_save(ctx, part);
	ck_assert_int_eq(prong_part_save(ctx, part, dir, "saved"), 0);
	ck_assert_int_eq(prong_part_save(ctx, part, dir, "saved"), -1);
	ck_assert_int_eq(errno, EEXIST);
	prong_empty(ctx, 204);
}

static const struct prong_route save_routes[] = {
	{ .method = "POST",
		.pattern = "/save",
		.handler = save,
		.body_most = 4000000 },
	{ 0 },
};

static const struct prong_module save_module = { .abi = PRONG_ABI,
	.name = "save",
	.routes = save_routes };

static const size_t sizes[] = { 5, 1000000 };

START_TEST(a_part_becomes_a_file)
{
	size_t len = sizes[_i], size = len + 1024, sent;
	char *text = malloc(size), path[96], left[96];
	struct stat st;
	int at;

	strcpy(dir, "/tmp/prong-part-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	/* Of a worker that crashed. */
	snprintf(left, sizeof(left), "%s/.prong-%ld-0", dir, (long)getpid());
	close(open(left, O_WRONLY | O_CREAT | O_EXCL, 0644));
	fake_worker_mount_open(&m);
	fake_worker_mount_start(&m, &save_module);
	at = snprintf(text, size,
		"POST /save HTTP/1.1\r\nHost: a\r\n"
		"Content-Type: multipart/form-data; boundary=b\r\n"
		"Content-Length: %zu\r\n\r\n",
		len + strlen("--b\r\nContent-Disposition: form-data; "
			     "name=\"f\"; "
			     "filename=\"x\"\r\n\r\n\r\n--b--\r\n"));
	at += sprintf(text + at, "--b\r\nContent-Disposition: form-data; "
				 "name=\"f\"; filename=\"x\"\r\n\r\n");
	memset(text + at, 'x', len);
	at += (int)len;
	at += sprintf(text + at, "\r\n--b--\r\n");
	ck_assert(fake_worker_mount_send(&m, text, (size_t)at, &sent));
	ck_assert_msg(strstr(m.got, " 204 ") != NULL, "%s", m.got);
	snprintf(path, sizeof(path), "%s/saved", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq((size_t)st.st_size, len);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	fake_worker_mount_close(&m);
	unlink(path);
	ck_assert_int_eq(unlink(left), 0);
	ck_assert_int_eq(rmdir(dir), 0);
	free(text);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_request_is_read, ROWS(rows) },
		{ a_line_of_the_log_has_the_id_of_the_request, 1 },
		{ a_signed_cookie_is_read_back_and_cannot_be_changed, 1 },
		{ a_part_becomes_a_file, ROWS(sizes) },
	};

	return harness_run("request_all", tests, ROWS(tests));
}
