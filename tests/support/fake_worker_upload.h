/*
 * A module in a fake worker that takes content as it comes, in several ways:
 *   /take /large /small   at once, of different sizes
 *   /slow                 it pauses after each run
 *   /late                 its middleware waits: prong_next(seen.ctx)
 *   /refuse /content      answers at the head, or at the first run
 *   /keep                 answers after 100000 bytes, not at the end
 *   /give                 to another handler, which answers: seen.given
 *   /err /whole           calls things in the wrong order
 * SPDX-License-Identifier: MIT
 */
#ifndef FAKE_WORKER_UPLOAD_H
#define FAKE_WORKER_UPLOAD_H

#include "support/fake_worker_mount.h"

#define HEAD(path) "PUT " path " HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED    "Transfer-Encoding: chunked\r\n\r\n"
#define EXPECT     "Expect: 100-continue\r\n"

/* What the handlers have seen. */
struct upload_seen {
	struct exchange *given;
	struct prong_context *ctx;
	char content[256]; /* the first of it, a '|' behind each run */
	size_t len;        /* all of it */
	unsigned ends;     /* calls with len 0 */
	int end;           /* enum prong_end; -1: none yet */
	unsigned handled;
};

extern struct fake_worker_mount m;
extern struct upload_seen seen;

void fake_upload_open(void);

/* Asserts that no request waits and that no error was logged. */
void fake_upload_close(void);

/* Was this received? */
bool has(const char *text);

/* So many were received. */
unsigned answers(void);

#endif
