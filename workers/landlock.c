/*
 * landlock(7), by system calls: glibc has no functions for them, and the
 * kernel's header may be older than the kernel.
 * SPDX-License-Identifier: MIT
 */
#include "landlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/slot.h"
#include "sandbox.h"
#include "serve/serve_state.h"
#include "worker.h"

/* The same on all architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

/* linux/landlock.h: LANDLOCK_ACCESS_FS_x. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_BLOCK = 1 << 11,
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */

	/* All that apply to a file that is no directory. */
	FS_OF_FILE = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE |
		     FS_IOCTL_DEV,
	FS_READ = FS_READ_FILE | FS_READ_DIR,
	FS_TEMPORARY = FS_READ_FILE | FS_WRITE_FILE | FS_MAKE_REG |
		       FS_REMOVE_FILE | FS_TRUNCATE,
};

enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };     /* ABI 4 */
enum { SCOPE_ABSTRACT_UNIX = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* ABI 6 */

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct path_beneath_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

struct ruleset {
	int fd;
	struct ruleset_attr attr;
	struct worker *w;
};

/* ---- the kernel --------------------------------------------------------- */

static int
find_abi(char *reason, size_t size)
{
	int abi = (int)syscall(
		SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	if (abi >= 1)
		return abi;
	snprintf(reason, size, "%s",
		errno == ENOSYS
			? "the kernel does not have it, or a "
			  "container forbids it (CONFIG_SECURITY_LANDLOCK)"
		: errno == EOPNOTSUPP
			? "it is off; add landlock to the kernel parameter lsm="
			: strerror(errno));
	return -1;
}

/* All accesses to files that the ABI knows.  FS_TRUNCATE is one of them
 * although a worker opens its roots for reading only, and the kernel walks from
 * each file to the top for it: open(2) with O_RDONLY | O_TRUNC needs only the
 * right to read otherwise, and seccomp(2) cannot see the flags of openat2(2).
 */
static uint64_t
list_fs(int abi)
{
	static const uint64_t newer[] = {
		[2] = FS_REFER, [3] = FS_TRUNCATE, [5] = FS_IOCTL_DEV
	};
	uint64_t all = FS_REFER - 1;

	for (int i = 2; i < 6 && i <= abi; i++)
		all |= newer[i];
	return all;
}

static struct ruleset_attr
choose_attr(int abi, const struct sandbox_needs *n)
{
	struct ruleset_attr attr = { 0 };
	bool is_strict = sandbox_is_strict(n);

	if (is_strict)
		attr.fs = list_fs(abi);
	if (is_strict && !n->connect && abi >= 4)
		attr.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 6)
		attr.scoped = SCOPE_SIGNAL;
	if (is_strict && !n->connect && abi >= 6)
		attr.scoped |= SCOPE_ABSTRACT_UNIX;
	return attr;
}

/* An older kernel knows the first members only. */
static size_t
attr_size(int abi)
{
	return abi < 4   ? offsetof(struct ruleset_attr, net)
	       : abi < 6 ? offsetof(struct ruleset_attr, scoped)
			 : sizeof(struct ruleset_attr);
}

/* ---- the rules ---------------------------------------------------------- */

static int
add_rule(const struct ruleset *r, int fd, uint64_t access)
{
	struct path_beneath_attr attr = { .fd = fd,
		.access = access & r->attr.fs };

	return (int)syscall(
		SYS_landlock_add_rule, r->fd, RULE_PATH_BENEATH, &attr, 0);
}

/* The type of a file does not change: its file system is not asked again. */
static int
add_file_or_directory(const struct ruleset *r, int fd, uint64_t access)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
		    &st) == -1)
		return -1;
	if (!S_ISDIR(st.stx_mode))
		access &= FS_OF_FILE;
	return add_rule(r, fd, access);
}

/* 0, or -1 with errno. */
static int
add_path(const struct ruleset *r, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC), got, error;

	if (fd == -1)
		return -1;
	got = add_file_or_directory(r, fd, access);
	error = errno;
	close(fd);
	errno = error;
	return got;
}

static void
add_declared(const struct ruleset *r, const struct conf_route *route,
	const char *const *paths, uint64_t access, const char *key)
{
	for (size_t i = 0; paths[i] != NULL; i++)
		if (add_path(r, paths[i], access) == -1 &&
			r->w->heritage->index == 0)
			log_warn(&r->w->log,
				"sites[%u].routes[%u].sandbox.%s[%zu]: %s "
				"cannot be used until the next reload",
				route->site, route->number, key, i, paths[i]);
}

/* Devices of the node are no part of the programs that a module executes, nor
 * named pipes: they need not be made. */
static void
add_module(const struct ruleset *r, const struct conf_route *route)
{
	const struct conf_sandbox *own = route->module.sandbox;
	uint64_t write = r->attr.fs &
			 ~(uint64_t)(FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_BLOCK);

	if (own == NULL)
		return;
	add_declared(r, route, own->read, FS_READ, "read");
	add_declared(r, route, own->write, write, "write");
}

/* A root is a directory; nothing is asked of its disk, which may hang. */
static int
add_routes(const struct ruleset *r)
{
	const struct site_table *t = &r->w->serve->sites;

	for (size_t i = 0; i < t->nsites; i++)
		for (size_t j = 0; j < t->sites[i].nroutes; j++) {
			const struct route *route = &t->sites[i].routes[j];
			int fd = route->docroot.root.fd;

			if (route->conf->kind == CONF_ROUTE_MODULE)
				add_module(r, route->conf);
			else if (fd != -1 && add_rule(r, fd, FS_READ) == -1)
				return -1;
		}
	return 0;
}

/* Libraries open the devices that hold nothing. */
static void
add_common(const struct ruleset *r, const struct sandbox_needs *n)
{
	const char *temp = r->w->conf->paths.temp;

	add_path(r, "/dev/null", FS_READ_FILE | FS_WRITE_FILE);
	add_path(r, "/dev/zero", FS_READ_FILE);
	add_path(r, "/dev/urandom", FS_READ_FILE);
	if (n->has_modules && temp != NULL)
		add_path(r, temp, FS_TEMPORARY);
}

/* ---- the thread --------------------------------------------------------- */

static void
warn_of_threads(struct worker *w)
{
	struct stat st;

	/* A link for each, and two of the directory itself. */
	if (stat("/proc/self/task", &st) == 0 && st.st_nlink > 3 &&
		w->heritage->index == 0)
		log_notice(&w->log,
			"sandbox: Landlock does not hold threads that a module "
			"started before it");
}

static int
restrict_self(const struct ruleset *r, const struct sandbox_needs *n)
{
	if (r->attr.fs != 0) {
		if (add_routes(r) == -1)
			return -1;
		add_common(r, n);
	}
	return (int)syscall(SYS_landlock_restrict_self, r->fd, 0);
}

int
landlock_enter(struct worker *w, const struct sandbox_needs *n, char *reason,
	size_t size)
{
	int abi = find_abi(reason, size), got;
	struct ruleset r = { .w = w };

	if (abi == -1)
		return -1;
	r.attr = choose_attr(abi, n);
	if (r.attr.fs == 0 && r.attr.scoped == 0)
		return 0;
	r.fd = (int)syscall(
		SYS_landlock_create_ruleset, &r.attr, attr_size(abi), 0);
	got = r.fd == -1 ? -1 : restrict_self(&r, n);
	if (got == -1)
		snprintf(reason, size, "the kernel refused the rules: %s",
			strerror(errno));
	if (r.fd != -1)
		close(r.fd);
	if (got == -1)
		return -1;
	warn_of_threads(w);
	return (r.attr.fs != 0 ? 1 << SLOT_SANDBOX_LANDLOCK : 0) |
	       (r.attr.scoped != 0 ? 1 << SLOT_SANDBOX_SCOPE : 0);
}
