/*
 * By subject, each in alphabetic order.
 * SPDX-License-Identifier: MIT
 */
#include "seccomp_lists.h"

#include <stddef.h>

// clang-format off

const char *const seccomp_allowed[] = {
	/* files */
	"access", "chdir", "close", "close_range",
	"copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat",
	"faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod",
	"fchown", "fdatasync",
	"fgetxattr", "flock", "fstat", "fstatfs", "fsync", "ftruncate",
	"getcwd", "getdents", "getdents64", "getxattr",
	"lgetxattr", "link", "linkat", "lseek", "lstat", "mkdir",
	"mkdirat", "newfstatat", "open", "openat", "openat2", "pipe",
	"pipe2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
	"pwritev2", "read", "readahead", "readlink", "readlinkat",
	"readv", "rename", "renameat", "renameat2", "rmdir", "sendfile",
	"splice", "stat", "statfs", "statx", "symlink", "symlinkat",
	"sync_file_range", "tee", "truncate", "umask", "unlink",
	"unlinkat", "write", "writev",
	/* memory */
	"brk", "get_mempolicy", "madvise", "membarrier", "memfd_create",
	"mincore", "mlock", "mlock2", "mmap", "mprotect", "mremap",
	"msync", "munlock", "munmap", "pkey_alloc", "pkey_free",
	"pkey_mprotect",
	/* threads and signals */
	"alarm", "exit", "exit_group", "futex", "futex_requeue",
	"futex_wait", "futex_waitv", "futex_wake", "get_robust_list",
	"getcpu", "getitimer", "gettid", "pause", "restart_syscall",
	"rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_yield", "set_robust_list",
	"set_tid_address", "setitimer", "sigaltstack", "wait4",
	"waitid",
	/* events and time */
	"clock_getres", "clock_gettime", "clock_nanosleep",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd",
	"eventfd2", "gettimeofday",
	"nanosleep", "poll",
	"ppoll", "pselect6", "select", "signalfd", "signalfd4", "time",
	"timer_create", "timer_delete", "timer_getoverrun",
	"timer_gettime", "timer_settime", "timerfd_create",
	"timerfd_gettime", "timerfd_settime", "times",
	/* sockets that are open */
	"accept", "accept4", "getpeername", "getsockname", "getsockopt",
	"recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg",
	"sendto", "setsockopt", "shutdown",
	/* what it is */
	"capget", "getegid", "geteuid", "getgid", "getgroups",
	"getpgid", "getpgrp", "getpid", "getppid", "getpriority",
	"getrandom", "getresgid", "getresuid", "getrlimit", "getrusage",
	"getsid", "getuid", "sysinfo", "uname",
	NULL,
};

const char *const seccomp_files[] = {
	"chmod", "fchmodat", "fchownat", "futimesat", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "utime",
	"utimensat", "utimes", NULL,
};

const char *const seccomp_connect[] = {
	"bind", "connect",
	NULL,
};

const char *const seccomp_denied[] = {
	/* other processes */
	"kcmp", "pidfd_getfd", "pidfd_send_signal", "process_madvise",
	"process_mrelease", "process_vm_readv", "process_vm_writev",
	"ptrace",
	/* the kernel */
	"acct", "adjtimex", "bpf", "clock_adjtime", "clock_settime",
	"create_module", "delete_module", "finit_module", "init_module",
	"ioperm", "iopl", "kexec_file_load", "kexec_load",
	"lookup_dcookie", "nfsservctl", "perf_event_open", "quotactl",
	"quotactl_fd", "reboot", "setdomainname", "sethostname",
	"settimeofday", "swapoff", "swapon", "syslog", "uselib",
	"userfaultfd", "vhangup", "vm86", "vm86old",
	/* what evades the filter */
	"io_uring_enter", "io_uring_register", "io_uring_setup",
	/* keys of the kernel */
	"add_key", "keyctl", "request_key",
	/* mounts and namespaces */
	"chroot", "fanotify_init", "fsconfig", "fsmount", "fsopen",
	"fspick", "mount", "mount_setattr", "move_mount",
	"name_to_handle_at", "open_by_handle_at", "open_tree",
	"pivot_root", "setns", "umount", "umount2", "unshare",
	NULL,
};

// clang-format on
