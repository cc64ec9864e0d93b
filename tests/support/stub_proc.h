/*
 * One process of a master, which runs a stub in place of a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef STUB_PROC_H
#define STUB_PROC_H

#include "support/stub.h"

extern struct stub stub;
extern struct proc proc;
extern struct error_text how; /* how the process ended */
extern unsigned messages;     /* that the process has sent */

/* Without a process, which proc_start() forks. */
void stub_proc_open(void);
void stub_proc_close(void);

#endif
