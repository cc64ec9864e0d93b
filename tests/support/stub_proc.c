/*
 * SPDX-License-Identifier: MIT
 */
#include "support/stub_proc.h"

#include <check.h>

struct stub stub;
struct proc proc;
struct error_text how;
unsigned messages;

static void
on_child(struct stub *s, pid_t pid, int status)
{
	(void)s;
	if (pid == proc.pid)
		proc_reap(&proc, status, &how);
	else
		ck_assert_int_eq(status, 0); /* it has closed descriptors */
}

static void
on_message(struct proc *p, const struct channel_message *m)
{
	(void)p;
	(void)m;
	messages++;
}

static void
on_timer(struct proc *p)
{
	proc_kill(p);
}

static const struct proc_events events = { on_message, on_timer };

void
stub_proc_open(void)
{
	stub_open(&stub, on_child);
	proc_init(&proc, &stub.env, NULL, 3, &events);
	messages = 0;
}

void
stub_proc_close(void)
{
	stub_close(&stub);
}
