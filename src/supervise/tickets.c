/*
 * An upgrade passes the secret in a file that has no name (memfd_create(2)),
 * whose descriptor the environment tells: neither ps(1) nor a disk sees it.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/tickets.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_OPENSSL

#include <openssl/sha.h>

#define VARIABLE "PRONG_TICKETS"

/* The last epoch that is over. */
static uint64_t
past_epoch(void)
{
	time_t now = time(NULL);

	return now < TICKET_EPOCH_SECONDS
		       ? 0
		       : (uint64_t)now / TICKET_EPOCH_SECONDS - 1;
}

static bool
take_inherited(struct ticket_secret *s)
{
	const char *text = getenv(VARIABLE);
	int fd = text == NULL ? -1 : (int)strtol(text, NULL, 10);
	bool is_whole;

	if (fd <= STDERR_FILENO)
		return false;
	is_whole = pread(fd, s, sizeof(*s), 0) == (ssize_t)sizeof(*s);
	close(fd);
	unsetenv(VARIABLE);
	return is_whole;
}

int
tickets_open(struct tickets *t)
{
	struct secret *memory;

	t->memory = NULL;
	t->secret = NULL;
	memory = secret_new(&t->memory, sizeof(*t->secret));
	if (memory == NULL)
		return -1;
	t->secret = (struct ticket_secret *)(void *)memory->bytes;
	if (take_inherited(t->secret))
		return 0;
	t->secret->epoch = past_epoch();
	return getrandom(t->secret->bytes, TICKET_SECRET_SIZE, 0) ==
			       TICKET_SECRET_SIZE
		       ? 0
		       : -1;
}

static void
advance_epoch(struct tickets *t)
{
	unsigned char next[SHA256_DIGEST_LENGTH];

	while (t->secret->epoch < past_epoch()) {
		SHA256(t->secret->bytes, TICKET_SECRET_SIZE, next);
		memcpy(t->secret->bytes, next, TICKET_SECRET_SIZE);
		t->secret->epoch++;
	}
	explicit_bzero(next, sizeof(next));
}

/* Without it, clients make full handshakes. */
void
tickets_leave(const struct tickets *t)
{
	char text[16];
	int fd = memfd_create("tickets", 0);

	if (fd == -1 || t->secret == NULL)
		return;
	snprintf(text, sizeof(text), "%d", fd);
	if (write(fd, t->secret, sizeof(*t->secret)) ==
		(ssize_t)sizeof(*t->secret))
		setenv(VARIABLE, text, 1);
}

#else

int
tickets_open(struct tickets *t)
{
	*t = (struct tickets){ NULL, NULL };
	return 0;
}

static void
advance_epoch(struct tickets *t)
{
	(void)t;
}

void
tickets_leave(const struct tickets *t)
{
	(void)t;
}

#endif

void
tickets_close(struct tickets *t)
{
	secret_free_all(&t->memory);
	t->secret = NULL;
}

struct ticket_secret *
tickets_inherit(struct tickets *t)
{
	if (t == NULL || t->secret == NULL)
		return NULL;
	advance_epoch(t);
	return t->secret;
}
