/*
 * Two filters: of a worker whose modules all declare their needs, a list of
 * what is allowed; of any other, a list of what is denied.
 * SPDX-License-Identifier: MIT
 */
#include "seccomp_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/sanitized.h"
#include "common/slot.h"
#include "sandbox.h"
#include "seccomp_lists.h"
#include "serve/serve_state.h"
#include "worker.h"

bool
seccomp_is_wanted(const struct conf *conf)
{
#ifdef HAVE_SECCOMP
	if (conf->sandbox == CONF_SANDBOX_OFF ||
		conf->sandbox == CONF_SANDBOX_LOG || IS_SANITIZED)
		return false;
	if (conf->sandbox == CONF_SANDBOX_AUTO &&
		conf->disk.mode == CONF_DISK_IO_URING)
		return false;
	/* EINVAL: a kernel without it. */
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != -1;
#else
	(void)conf;
	return false;
#endif
}

#ifdef HAVE_SECCOMP

#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FIRST_UNKNOWN = 450, /* system calls newer than Linux 5.17 */
	LAST_UNKNOWN = 547,
	NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
		     CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
};

struct filter {
	scmp_filter_ctx ctx;
	int error;                /* the first one, 0: none */
	const char *const *asked; /* not in the list of what is allowed */
};

/* ---- rules -------------------------------------------------------------- */

/* A call that the architecture or the library does not know is no error. */
static void
add_rule(struct filter *f, uint32_t action, const char *name, unsigned n,
	const struct scmp_arg_cmp *args)
{
	int number = seccomp_syscall_resolve_name(name), got;

	if (number < 0)
		return;
	got = seccomp_rule_add_array(f->ctx, action, number, n, args);
	if (got < 0 && f->error == 0)
		f->error = -got;
}

static bool
is_in(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static void
add_list(struct filter *f, uint32_t action, const char *const *names)
{
	for (; *names != NULL; names++)
		if (!is_in(*names, f->asked))
			add_rule(f, action, *names, 0, NULL);
}

/* Allows a call if its first argument, masked, has this value. */
static void
allow_first(struct filter *f, const char *name, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp arg =
		SCMP_A0(SCMP_CMP_MASKED_EQ, mask, value);

	add_rule(f, SCMP_ACT_ALLOW, name, 1, &arg);
}

static void
allow_second(struct filter *f, const char *name, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp arg =
		SCMP_A1(SCMP_CMP_MASKED_EQ, mask, value);

	add_rule(f, SCMP_ACT_ALLOW, name, 1, &arg);
}

/* An int is in the lower half of its register. */
static const uint64_t whole = UINT32_MAX;

/* libc falls back to clone(2), whose flags can be seen. */
static void
hide_unknown(struct filter *f)
{
	int got;

	add_rule(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
	for (int i = FIRST_UNKNOWN; i <= LAST_UNKNOWN; i++) {
		got = seccomp_rule_add(f->ctx, SCMP_ACT_ERRNO(ENOSYS), i, 0);
		if (got < 0 && got != -EDOM && got != -EEXIST && f->error == 0)
			f->error = -got;
	}
}

/* ---- the list of what is allowed ---------------------------------------- */

static void
allow_ioctls(struct filter *f)
{
	static const unsigned long requests[] = { FIONREAD, FIONBIO, FIOASYNC,
		FIOCLEX, FIONCLEX, SIOCOUTQ, TCGETS, TIOCGWINSZ };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		allow_second(f, "ioctl", whole, requests[i]);
}

static void
allow_prctls(struct filter *f)
{
	static const int options[] = { PR_SET_NAME, PR_GET_NAME,
		PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP,
		PR_CAPBSET_READ, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK,
		0x53564d41 /* PR_SET_VMA: malloc(3) names its arenas */ };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		allow_first(f, "prctl", whole, (uint64_t)options[i]);
}

/* Not F_SETOWN: the signals of another process. */
static void
allow_fcntls(struct filter *f)
{
	static const int commands[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,
		F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
		F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETOWN, F_GETPIPE_SZ,
		F_SETPIPE_SZ, F_GET_SEALS, F_ADD_SEALS };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		allow_second(f, "fcntl", whole, (uint64_t)commands[i]);
}

/* Signals, limits and priorities of its own. */
static void
allow_own(struct filter *f)
{
	uint64_t pid = (uint64_t)getpid();

	allow_first(f, "kill", whole, pid);
	allow_first(f, "tgkill", whole, pid);
	allow_first(f, "rt_sigqueueinfo", whole, pid);
	allow_first(f, "rt_tgsigqueueinfo", whole, pid);
	allow_first(f, "prlimit64", whole, 0);
	allow_first(f, "sched_setattr", whole, 0);
	allow_first(f, "sched_setaffinity", whole, 0);
	allow_second(f, "setpriority", whole, 0);
	allow_first(f, "clone", CLONE_THREAD, CLONE_THREAD);
}

/* Not of datagrams: they could be sent to any socket that has a path. */
static void
allow_pairs(struct filter *f)
{
	enum { TYPE = 0xf };

	allow_second(f, "socketpair", TYPE, SOCK_STREAM);
	allow_second(f, "socketpair", TYPE, SOCK_SEQPACKET);
}

static void
allow_connect(struct filter *f)
{
	static const int families[] = { AF_INET, AF_INET6, AF_UNIX,
		AF_NETLINK /* getaddrinfo(3) */ };

	add_list(f, SCMP_ACT_ALLOW, seccomp_connect);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		allow_first(f, "socket", whole, (uint64_t)families[i]);
	allow_second(f, "socketpair", 0xf, SOCK_DGRAM);
}

/* A log that is sent to a daemon, which may be restarted: sink.c. */
static void
allow_log(struct filter *f, const struct sink *s)
{
	if (s->kind == SINK_SYSLOG)
		allow_first(f, "connect", whole, (uint64_t)s->fd);
}

static void
allow_logs(struct filter *f, const struct worker *w)
{
	const struct access_logs *logs = &w->serve->access;

	allow_log(f, &w->error_sink);
	for (size_t i = 0; i < logs->count; i++)
		if (logs->all[i].sink.fd != w->error_sink.fd)
			allow_log(f, &logs->all[i].sink);
}

static void
add_allowed(struct filter *f, struct worker *w, const struct sandbox_needs *n)
{
	add_list(f, SCMP_ACT_ALLOW, seccomp_allowed);
	allow_ioctls(f);
	allow_prctls(f);
	allow_fcntls(f);
	if (n->files)
		add_list(f, SCMP_ACT_ALLOW, seccomp_files);
	allow_own(f);
	allow_pairs(f);
	if (n->connect) {
		allow_connect(f);
		return;
	}
	allow_logs(f, w);
}

/* ---- the list of what is denied ----------------------------------------- */

static void
deny_call(struct filter *f, const char *name, struct scmp_arg_cmp arg)
{
	add_rule(f, SCMP_ACT_ERRNO(EPERM), name, 1, &arg);
}

static void
add_denied(struct filter *f)
{
	add_list(f, SCMP_ACT_ERRNO(EPERM), seccomp_denied);
	/* Input of the terminal that the server was started on. */
	deny_call(f, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, whole, TIOCSTI));
	deny_call(f, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, whole, TIOCLINUX));
	deny_call(f, "prctl",
		SCMP_A0(SCMP_CMP_MASKED_EQ, whole, PR_SET_DUMPABLE));
	for (uint64_t bit = 1; bit <= NAMESPACES; bit <<= 1)
		if (bit & NAMESPACES)
			deny_call(f, "clone",
				SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit));
}

/* ---- the filter --------------------------------------------------------- */

/* A filter at no address: EFAULT if the kernel would take one. */
static bool
is_supported(void)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 &&
	       errno == EFAULT;
}

/* 0, or -1 with the reason. */
static int
open_filter(struct filter *f, uint32_t action, char *reason, size_t size)
{
	f->ctx = is_supported() ? seccomp_init(action) : NULL;
	if (f->ctx == NULL) {
		snprintf(reason, size,
			"the kernel does not have it, or a container forbids "
			"it (CONFIG_SECCOMP_FILTER)");
		return -1;
	}
	/* No mitigations that slow the whole worker down (before Linux
	 * 5.16). */
	seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_SSB, 1);
	/* A tree, not a list that is searched; errors of the kernel. */
	seccomp_attr_set(f->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	seccomp_attr_set(f->ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	return 0;
}

static int
load_filter(struct filter *f, char *reason, size_t size)
{
	int got = f->error != 0 ? -f->error : seccomp_load(f->ctx);

	if (got == 0)
		return 0;
	snprintf(reason, size, "%s", strerror(-got));
	return -1;
}

int
seccomp_enter(struct worker *w, const struct sandbox_needs *n, char *reason,
	size_t size)
{
	bool is_strict = sandbox_is_strict(n);
	struct filter f = { 0 };
	int got;

	if (open_filter(&f, is_strict ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW,
		    reason, size) == -1)
		return -1;
	/* Threads of modules, too. */
	seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (is_strict)
		add_allowed(&f, w, n);
	else
		add_denied(&f);
	hide_unknown(&f);
	got = load_filter(&f, reason, size);
	seccomp_release(f.ctx);
	return got == -1   ? -1
	       : is_strict ? 1 << SLOT_SANDBOX_SECCOMP
			   : 1 << SLOT_SANDBOX_SECCOMP_DENY;
}

int
seccomp_ask(struct worker *w, const struct sandbox_needs *n,
	const char *const *names, char *reason, size_t size)
{
	struct filter f = { .asked = names };
	int fd = -1;

	if (open_filter(&f, SCMP_ACT_NOTIFY, reason, size) == -1)
		return -1;
	add_allowed(&f, w, n);
	/* Of the thread that answers. */
	add_rule(&f, SCMP_ACT_ALLOW, "ioctl", 0, NULL);
	hide_unknown(&f);
	if (load_filter(&f, reason, size) == 0)
		fd = seccomp_notify_fd(f.ctx);
	seccomp_release(f.ctx);
	return fd;
}

void
seccomp_call_name(int number, char *name, size_t size)
{
	char *found =
		seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

	if (found == NULL)
		snprintf(name, size, "system call %d", number);
	else
		snprintf(name, size, "%s", found);
	free(found);
}

#else

int
seccomp_enter(struct worker *w, const struct sandbox_needs *n, char *reason,
	size_t size)
{
	(void)w;
	(void)n;
	snprintf(reason, size, "built without libseccomp");
	return -1;
}

int
seccomp_ask(struct worker *w, const struct sandbox_needs *n,
	const char *const *names, char *reason, size_t size)
{
	(void)names;
	return seccomp_enter(w, n, reason, size);
}

void
seccomp_call_name(int number, char *name, size_t size)
{
	snprintf(name, size, "system call %d", number);
}

#endif
