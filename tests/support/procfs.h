/*
 * What /proc says about a process (proc(5)).
 * SPDX-License-Identifier: MIT
 */
#ifndef PROCFS_H
#define PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROC_CHILDREN = 64 };

/* The living children of a process, in the order of their birth; how many. */
size_t proc_children(pid_t, pid_t children[PROC_CHILDREN]);

/* Does its title begin with this text? */
bool proc_has_title(pid_t, const char *text);

/* True if its title is this text. */
bool proc_is_titled(pid_t, const char *text);

/* Open descriptors; -1 when the process is gone. */
int proc_descriptors(pid_t);

/* Those that are sockets; 0 when the process is gone. */
int proc_sockets(pid_t);

/* Running, that is: there, and no zombie. */
bool proc_is_alive(pid_t);

/* Stopped by SIGSTOP: it does nothing until SIGCONT. */
bool proc_is_halted(pid_t);

#endif
