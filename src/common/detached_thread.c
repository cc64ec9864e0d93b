/*
 * SPDX-License-Identifier: MIT
 */
#include "common/detached_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

int
detached_thread_start(size_t stack, void *(*run)(void *), void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, old;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, stack);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attributes, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}
