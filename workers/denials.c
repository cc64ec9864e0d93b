/*
 * libc has no argument for the worker, so there is one set of notes in the
 * process.
 * SPDX-License-Identifier: MIT
 */
#include "denials.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/log.h"
#include "worker.h"

enum { KINDS_MAX = 128, NEW_MAX = 16, CALL = 24, OBJECT = 256 };

struct denial {
	char call[CALL], object[OBJECT];
	enum denial_remedy remedy;
};

static struct {
	pthread_mutex_t lock; /* of all below */
	const struct conf *conf;
	bool is_on, is_denied;
	uint64_t seen[KINDS_MAX]; /* hashes */
	unsigned nseen;
	struct denial new[NEW_MAX]; /* not logged yet */
	unsigned nnew;
	bool has_more;   /* than KINDS_MAX */
	bool tells_more; /* a line in the log says so */
} notes = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
denials_start(struct worker *w, bool is_denied)
{
	notes.conf = w->conf;
	notes.is_denied = is_denied;
	__atomic_store_n(&notes.is_on, true, __ATOMIC_RELEASE);
}

bool
denials_are_noted(void)
{
	return __atomic_load_n(&notes.is_on, __ATOMIC_ACQUIRE);
}

/* ---- what is declared --------------------------------------------------- */

static bool
is_below(const char *path, const char *top)
{
	char real[PATH_MAX];
	size_t len;

	if (top == NULL || realpath(top, real) == NULL)
		return false;
	len = strlen(real);
	return strncmp(path, real, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/' || real[len - 1] == '/');
}

static bool
is_below_any(const char *path, const char *const *tops)
{
	for (; *tops != NULL; tops++)
		if (is_below(path, *tops))
			return true;
	return false;
}

static bool
is_declared_by(const struct conf_route *r, const char *path, bool is_write)
{
	const struct conf_sandbox *own = r->module.sandbox;

	if (r->kind == CONF_ROUTE_ROOT)
		return !is_write && is_below(path, r->files.root);
	return own != NULL &&
	       (is_below_any(path, own->write) ||
		       (!is_write && is_below_any(path, own->read)));
}

static bool
is_declared(const char *path, bool is_write)
{
	const struct conf *c = notes.conf;

	if (strncmp(path, "/dev/", 5) == 0 &&
		(strcmp(path + 5, "null") == 0 ||
			(!is_write &&
				(strcmp(path + 5, "zero") == 0 ||
					strcmp(path + 5, "urandom") == 0))))
		return true;
	if (is_below(path, c->paths.temp))
		return true;
	for (size_t i = 0; i < c->nsites; i++)
		for (size_t j = 0; j < c->sites[i].nroutes; j++)
			if (is_declared_by(
				    &c->sites[i].routes[j], path, is_write))
				return true;
	return false;
}

/* The path without links; of a file that is not there, with its name. */
static void
resolve_path(int dirfd, const char *path, char real[PATH_MAX])
{
	char whole[PATH_MAX], *slash;
	const char *name;
	size_t len;

	if (dirfd == AT_FDCWD || path[0] == '/')
		snprintf(whole, sizeof(whole), "%s", path);
	else
		snprintf(whole, sizeof(whole), "/proc/self/fd/%d/%s", dirfd,
			path);
	if (realpath(whole, real) != NULL)
		return;
	slash = strrchr(whole, '/');
	name = slash == NULL ? whole : slash + 1;
	if (slash != NULL)
		*slash = '\0';
	if (realpath(slash == NULL    ? "."
		     : *whole == '\0' ? "/"
				      : whole,
		    real) == NULL) {
		snprintf(real, PATH_MAX, "%s", path);
		return;
	}
	len = strlen(real);
	strncat(real, "/", PATH_MAX - len - 1);
	strncat(real, name, PATH_MAX - strlen(real) - 1);
}

/* ---- notes -------------------------------------------------------------- */

/* FNV-1a. */
static uint64_t
hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

/* With the lock held.  True if it was not seen before and there is room. */
static bool
is_new(const char *call, const char *object)
{
	uint64_t hash = hash_text(hash_text(0xcbf29ce484222325u, call), object);

	for (unsigned i = 0; i < notes.nseen; i++)
		if (notes.seen[i] == hash)
			return false;
	if (notes.nseen == KINDS_MAX)
		notes.has_more = true;
	if (notes.nseen == KINDS_MAX || notes.nnew == NEW_MAX)
		return false;
	notes.seen[notes.nseen++] = hash;
	return true;
}

void
denials_note(const char *call, const char *object, enum denial_remedy remedy)
{
	struct denial *d;
	int error = errno;

	if (!denials_are_noted())
		return;
	pthread_mutex_lock(&notes.lock);
	if (is_new(call, object)) {
		d = &notes.new[notes.nnew++];
		snprintf(d->call, sizeof(d->call), "%s", call);
		snprintf(d->object, sizeof(d->object), "%s", object);
		d->remedy = remedy;
	}
	pthread_mutex_unlock(&notes.lock);
	errno = error;
}

void
denials_note_path(const char *call, int dirfd, const char *path, bool is_write)
{
	char real[PATH_MAX];
	int error = errno;

	if (!denials_are_noted())
		return;
	resolve_path(dirfd, path, real);
	if (!is_declared(real, is_write))
		denials_note(call, real, is_write ? DENIAL_WRITE : DENIAL_READ);
	errno = error;
}

bool
denials_asks_to_write(uint64_t flags)
{
	return (flags & O_ACCMODE) != O_RDONLY ||
	       (flags & (O_CREAT | O_TRUNC)) != 0;
}

/* ---- the log ------------------------------------------------------------ */

static void
write_remedy(const struct denial *d, char *text, size_t size)
{
	if (d->remedy == DENIAL_READ || d->remedy == DENIAL_WRITE)
		snprintf(text, size,
			"\"sandbox\": {\"%s\": [\"%s\"]}, or a directory "
			"above,",
			d->remedy == DENIAL_READ ? "read" : "write", d->object);
	else
		snprintf(text, size, "\"sandbox\": {\"%s\": true}",
			d->remedy == DENIAL_CONNECT ? "connect" : "exec");
}

static void
log_denial(struct worker *w, const struct denial *d)
{
	char what[CALL + OBJECT + 1], remedy[OBJECT + 64];

	snprintf(what, sizeof(what), "%s%s%s", d->call,
		d->object[0] == '\0' ? "" : " ", d->object);
	write_remedy(d, remedy, sizeof(remedy));
	if (d->remedy == DENIAL_NONE)
		log_warnx(&w->log, "sandbox %s %s; no module should need it",
			notes.is_denied ? "denied" : "would deny", what);
	else if (notes.is_denied)
		log_warnx(&w->log,
			"sandbox denied %s; declare %s on the route of the "
			"module",
			what, remedy);
	else
		log_warnx(&w->log,
			"sandbox would deny %s; declare %s on the route of the "
			"module",
			what, remedy);
}

void
denials_log(struct worker *w)
{
	struct denial new[NEW_MAX];
	bool has_more;
	unsigned n;

	if (!denials_are_noted())
		return;
	pthread_mutex_lock(&notes.lock);
	n = notes.nnew;
	memcpy(new, notes.new, n * sizeof(*new));
	notes.nnew = 0;
	has_more = notes.has_more && !notes.tells_more;
	notes.tells_more = notes.has_more;
	pthread_mutex_unlock(&notes.lock);
	for (unsigned i = 0; i < n; i++)
		log_denial(w, &new[i]);
	if (has_more)
		log_warnx(&w->log, "sandbox: further calls are not logged");
}
