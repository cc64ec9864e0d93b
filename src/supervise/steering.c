/*
 * The program, for live = { 0, 3, 2 }: of the sockets 0 to 3, 1 is left out.
 *
 *	A = random % 3
 *	if (A == 1) return 3
 *	return A
 *
 * SPDX-License-Identifier: MIT
 */
#include "supervise/steering.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/filter.h>
#endif

#include "supervise/generation.h"

#ifdef SO_ATTACH_REUSEPORT_CBPF

int
steering_attach(int fd, const unsigned *live, size_t nlive)
{
	struct sock_filter code[2 * STEERING_MOST + 3];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;

	assert(nlive > 0 && nlive <= STEERING_MOST);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(unsigned)(SKF_AD_OFF + SKF_AD_RANDOM));
	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_ALU | BPF_MOD | BPF_K, (unsigned)nlive);
	for (unsigned i = 0; i < nlive; i++) {
		if (live[i] == i)
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, i, 0, 1);
		code[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, live[i]);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
	program.len = n;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
		sizeof(program));
}

#else

int
steering_attach(int fd, const unsigned *live, size_t nlive)
{
	(void)fd;
	(void)live;
	(void)nlive;
	errno = ENOPROTOOPT;
	return -1;
}

#endif

static void
update_listener(const struct generation *g, const struct listener *l)
{
	unsigned live[STEERING_MOST];
	size_t n = 0;

	/* Sockets with higher numbers are from a time of more workers. */
	for (unsigned s = 0;
		s < g->nprocs && s < l->nlistening && s < STEERING_MOST; s++)
		if (proc_is_live(&g->procs[s]))
			live[n++] = s;
	if (n > 0 && steering_attach(l->fds[0], live, n) == -1)
		log_debug(g->env->log, "%s: not steered", l->text);
}

void
steering_update(const struct generation *g)
{
	if (g->state != GENERATION_CURRENT)
		return;
	for (size_t i = 0; i < g->conf->nlisten; i++)
		if (!g->listeners[i]->is_shared &&
			g->listeners[i]->nlistening > 0)
			update_listener(g, g->listeners[i]);
}
