/*
 * Debuggers: a worker that one has stopped does not hang.
 * SPDX-License-Identifier: MIT
 */
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <sys/types.h>

/* True while another process traces this one (ptrace(2)). */
bool tracer_is_attached(pid_t);

#endif
