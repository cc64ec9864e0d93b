/*
 * A module on the bench that takes content as it comes, in several ways:
 *   /take /large /small   at once, of different sizes
 *   /slow                 it pauses after each run
 *   /late                 its middleware waits: prong_next(seen.ctx)
 *   /refuse /content      answers at the head, or at the first run
 *   /keep                 answers after 100000 bytes, not at the end
 *   /give                 to another handler, who answers: seen.given
 *   /err /whole           calls things in the wrong order
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_UPLOAD_H
#define BENCH_UPLOAD_H

#include "support/bench_mount.h"

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

extern struct bench_mount m;
extern struct upload_seen seen;

void set_up(void);

/* Nobody is waited for, and no error was logged. */
void tear_down(void);

/* Was this received? */
bool has(const char *text);

/* So many were received. */
unsigned answers(void);

#endif
