/*
 * Files that change while they are served: every answer is one version, whole,
 * and none that is long gone.  With PRONG_ANSWERS=1000000 in the environment
 * as many are checked, and counted (and CK_TIMEOUT_MULTIPLIER=30 lets them).
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static const char conf[] =
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
	", \"limits\": {\"cached_file\": \"64k\"}, \"sites\": [{\"routes\": ["
	"{\"path\": \"/cut\", \"root\": \"$ROOT\", \"large_files\": \"copy\"},"
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}";

enum {
	SMALL = 6000, /* bytes of the first version; goes into memory */
	LARGE = 200000,
	HEAD = 64, /* "version 00000001 of 00006000...\n" */
	ANSWERS = 20000,
	CHANGES = 30, /* that must be seen */
	CONNECTIONS = 8,
	LARGE_EVERY = 50, /* that many answers of small files */
	PAUSE = 50, /* ms between two changes: so a file rests for a while */
	SLOW = 20,  /* ms, that a rewrite must not take to be believed whole */
	STALE = 4000, /* ms after which a version must not be seen any more */
};

enum kind {
	RENAMED,   /* replaced by rename(2) */
	REWRITTEN, /* in place, in two halves, the same size */
	TRUNCATED, /* emptied, and written in two halves, another size */
	DELETED,   /* and made again, later */
	LARGE_RENAMED,
	LARGE_CUT, /* made shorter, and replaced: sent as a copy, because the
		    * pages that sendfile(2) queues are cut with the file */
	KINDS,
};

static const char *const names[KINDS] = { "renamed", "rewritten", "truncated",
	"deleted", "large", "cut" };

/* What the writer tells the reader; one word each, so no lock. */
struct shared {
	volatile unsigned newest[KINDS]; /* set before it is written */
	volatile unsigned oldest[KINDS]; /* that may still be seen */
	volatile int64_t began[KINDS];   /* a rewrite that is not over, or 0 */
	volatile int64_t slow[KINDS];    /* when one took long */
	volatile int64_t turned;         /* when DELETED came or went */
	volatile bool is_deleted;
	volatile bool is_over;
};

static struct shared *shared;
static struct server s;

/* ---- versions ----------------------------------------------------------- */

static size_t
size_of(enum kind kind, unsigned version)
{
	if (kind >= LARGE_RENAMED)
		return LARGE + version % 7 * 1000;
	return kind == TRUNCATED ? SMALL + version % 5 * 700 : SMALL;
}

static char
byte_of(unsigned version, size_t i)
{
	return (char)('a' + (version * 7 + i * (version % 11 + 1)) % 26);
}

static char *
make_version(enum kind kind, unsigned version, size_t *len)
{
	char *bytes;

	*len = size_of(kind, version);
	bytes = malloc(*len + 1);
	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < *len; i++)
		bytes[i] = byte_of(version, i);
	snprintf(bytes, HEAD, "version %08u of %08zu bytes", version, *len);
	bytes[HEAD - 1] = '\n';
	return bytes;
}

/* Of which version this is the whole, or so many bytes: 0: of none. */
static unsigned
version_of(enum kind kind, const char *bytes, size_t len)
{
	unsigned version;
	size_t size;

	if (len < HEAD ||
		sscanf(bytes, "version %u of %zu", &version, &size) != 2)
		return 0;
	if (size != size_of(kind, version) ||
		(len != size && !(kind == LARGE_CUT && len == size / 2)))
		return 0;
	for (size_t i = HEAD; i < len; i++)
		if (bytes[i] != byte_of(version, i))
			return 0;
	return version;
}

/* ---- the writer --------------------------------------------------------- */

static void
path_of(char path[256], const char *name)
{
	snprintf(path, 256, "%s/%s", s.root, name);
}

static void
write_all(int fd, const char *bytes, size_t len, off_t at)
{
	ck_assert_int_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
}

static void
replace(enum kind kind, unsigned version)
{
	char name[64], *bytes;
	size_t len;

	bytes = make_version(kind, version, &len);
	snprintf(name, sizeof(name), "www/%s", names[kind]);
	server_file(&s, name, bytes, len);
	free(bytes);
}

/* The server cannot tell a half that stays from a whole: a rewrite that took
 * long is noted. */
static void
rewrite(enum kind kind, unsigned version)
{
	char path[256], *bytes;
	int64_t began;
	size_t len;
	int fd;

	bytes = make_version(kind, version, &len);
	path_of(path, names[kind]);
	began = shared->began[kind] = deadline_now();
	fd = open(
		path, O_WRONLY | O_CLOEXEC | (kind == TRUNCATED ? O_TRUNC : 0));
	ck_assert_int_ne(fd, -1);
	write_all(fd, bytes, len / 2, 0);
	write_all(fd, bytes + len / 2, len - len / 2, (off_t)(len / 2));
	close(fd);
	if (deadline_now() - began > SLOW)
		shared->slow[kind] = deadline_now();
	shared->began[kind] = 0;
	free(bytes);
}

static void
cut(enum kind kind, unsigned version)
{
	char path[256];

	path_of(path, names[kind]);
	if (version % 2 == 0)
		replace(kind, version);
	else
		ck_assert_int_eq(
			truncate(path, (off_t)(size_of(kind, version - 1) / 2)),
			0);
}

static void
come_or_go(enum kind kind, unsigned version)
{
	char path[256];

	if (version % 16 == 8) {
		path_of(path, names[kind]);
		ck_assert_int_eq(unlink(path), 0);
	} else if (version % 16 == 0) {
		replace(kind, version);
	} else {
		return;
	}
	shared->is_deleted = version % 16 == 8;
	shared->turned = deadline_now();
}

static void
change(enum kind kind, unsigned version)
{
	static void (*const ways[KINDS])(enum kind, unsigned) = {
		[RENAMED] = replace,
		[REWRITTEN] = rewrite,
		[TRUNCATED] = rewrite,
		[DELETED] = come_or_go,
		[LARGE_RENAMED] = replace,
		[LARGE_CUT] = cut,
	};

	ways[kind](kind, version);
}

/* Until the reader says so, or it is gone. */
static void
keep_changing(void)
{
	struct {
		int64_t at;
		unsigned version;
	} past[KINDS] = { { 0, 0 } };
	unsigned version = 2;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; !shared->is_over; version++) {
		for (enum kind kind = 0; kind < KINDS && !shared->is_over;
			kind++) {
			/* The pace of the changes, not a wait for anything. */
			poll(NULL, 0, PAUSE);
			shared->newest[kind] = version;
			change(kind, version);
			if (deadline_now() - past[kind].at < STALE)
				continue;
			shared->oldest[kind] = past[kind].version;
			past[kind].version = version - 2;
			past[kind].at = deadline_now();
		}
	}
	_exit(0);
}

/* ---- the reader --------------------------------------------------------- */

struct counts {
	unsigned whole, missing, cut, excused;
	unsigned versions; /* that differ from the one before, of their kind */
	unsigned seen[KINDS];
};

static bool
is_recent(int64_t at)
{
	return at != 0 && deadline_now() - at < STALE;
}

/* The writer had to stop in the middle of a rewrite. */
static bool
was_slow(enum kind kind)
{
	int64_t began = shared->began[kind];

	return (began != 0 && deadline_now() - began > SLOW) ||
	       is_recent(shared->slow[kind]);
}

/* A connection that ended within an answer: only where the file was cut. */
static void
check_end(struct client *c, enum kind kind, struct counts *n)
{
	ck_assert_msg(kind == LARGE_CUT, "cut in /%s: %.100s", names[kind],
		c->bytes == NULL ? "" : c->bytes);
	n->cut++;
	client_close(c);
	client_open(c, s.port);
}

static void
check_answer(const struct response *r, enum kind kind, struct counts *n)
{
	unsigned newest = shared->newest[kind];
	unsigned version = version_of(kind, r->body, r->len);

	if (r->status == 404 && kind == DELETED) {
		ck_assert(shared->is_deleted || is_recent(shared->turned));
		n->missing++;
		return;
	}
	ck_assert_msg(r->status == 200, "/%s: %s", names[kind], r->head);
	if (version == 0 && was_slow(kind)) {
		n->excused++;
		return;
	}
	ck_assert_msg(
		version != 0, "/%s: %s%.100s", names[kind], r->head, r->body);
	ck_assert_uint_le(version, newest);
	if (kind == DELETED) {
		ck_assert(!shared->is_deleted || is_recent(shared->turned));
		version = version < shared->oldest[kind] ? newest : version;
	}
	ck_assert_msg(version >= shared->oldest[kind],
		"/%s: version %u, but %u was there long ago", names[kind],
		version, shared->oldest[kind]);
	n->versions += version != n->seen[kind];
	n->seen[kind] = version;
	n->whole++;
}

static enum kind
kind_of(unsigned number)
{
	if (number % LARGE_EVERY == 0)
		return number / LARGE_EVERY % 2 == 0 ? LARGE_RENAMED
						     : LARGE_CUT;
	return number % LARGE_RENAMED;
}

static void
ask(struct client *c, enum kind kind)
{
	char text[128];

	snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n",
		names[kind]);
	client_say(c, text);
}

static void
read_answers(unsigned answers, struct counts *n)
{
	struct client clients[CONNECTIONS];
	struct response r;

	for (int i = 0; i < CONNECTIONS; i++)
		client_open(&clients[i], s.port);
	for (unsigned done = 0; done < answers || n->versions < CHANGES;
		done += CONNECTIONS) {
		for (unsigned i = 0; i < CONNECTIONS; i++)
			ask(&clients[i], kind_of(done + i));
		for (unsigned i = 0; i < CONNECTIONS; i++) {
			enum kind kind = kind_of(done + i);

			if (client_try_recv(&clients[i], &r, false) ==
				CLIENT_OK)
				check_answer(&r, kind, n);
			else
				check_end(&clients[i], kind, n);
			response_free(&r);
		}
	}
	for (int i = 0; i < CONNECTIONS; i++)
		client_close(&clients[i]);
}

static unsigned
answers_wanted(void)
{
	const char *text = getenv("PRONG_ANSWERS");

	return text == NULL ? ANSWERS : (unsigned)strtoul(text, NULL, 10);
}

START_TEST(every_answer_is_one_version_whole)
{
	struct counts n = { 0 };
	struct client c;
	struct response r;
	pid_t writer;
	int status;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	for (enum kind kind = 0; kind < KINDS; kind++)
		replace(kind, 2);
	for (enum kind kind = 0; kind < KINDS; kind++)
		shared->newest[kind] = 2;
	server_start(&s, conf);
	/* Each version but the first is told from the one before. */
	client_open(&c, s.port);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		ask(&c, kind);
		client_recv(&c, &r);
		response_free(&r);
	}
	client_close(&c);
	writer = fork();
	ck_assert_int_ne(writer, -1);
	if (writer == 0)
		keep_changing();
	read_answers(answers_wanted(), &n);
	shared->is_over = true;
	ck_assert_int_eq(waitpid(writer, &status, 0), writer);
	ck_assert_int_eq(status, 0);
	if (getenv("PRONG_ANSWERS") != NULL)
		printf("%u whole, %u missing, %u cut with the file, %u "
		       "excused, "
		       "%u changes seen\n",
			n.whole, n.missing, n.cut, n.excused, n.versions);
	ck_assert_uint_lt(n.excused, n.whole / 10);
	server_stop(&s);
	munmap(shared, sizeof(*shared));
}
END_TEST

/* What is missing is not made up: the connection ends too early. */
static const char *const ways[] = { "sendfile", "copy" };

START_TEST(an_answer_is_cut_when_its_file_is)
{
	enum { BYTES = 16 * 1024 * 1024, LEFT = 1024 * 1024 };
	char path[256], text[512], *bytes = server_pattern(BYTES);
	const char *body;
	struct response r;
	struct client c;
	size_t len;

	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_file(&s, "www/big", bytes, BYTES);
	snprintf(text, sizeof(text),
		"{\"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
		", \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\":"
		" \"$ROOT\", \"large_files\": \"%s\"}]}]}",
		ways[_i]);
	server_start(&s, text);
	client_open_narrow(&c, s.port, 65536);
	client_say(&c, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	while (c.len == 0)
		ck_assert(!client_is_eof(&c, 100));
	path_of(path, "big");
	ck_assert_int_eq(truncate(path, LEFT), 0);
	ck_assert_int_eq(client_try_recv(&c, &r, false), CLIENT_CUT);
	ck_assert_uint_lt(c.len, BYTES);
	/* Whatever came is right, up to where the file was cut. */
	body = memmem(c.bytes, c.len, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(body);
	body += 4;
	len = (size_t)(c.bytes + c.len - body);
	ck_assert_mem_eq(body, bytes, len < LEFT ? len : LEFT);
	ck_assert(_i == 0 || memcmp(body, bytes, len) == 0);
	response_free(&r);
	client_close(&c);
	free(bytes);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ every_answer_is_one_version_whole, 0 },
		{ an_answer_is_cut_when_its_file_is, ROWS(ways) },
	};

	return harness_run("changing_files", tests, ROWS(tests));
}
