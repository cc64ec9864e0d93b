/*
 * SPDX-License-Identifier: MIT
 */
#include "api/foreign_call.h"

#include "common/log.h"

static void
report_foreign_call(struct ev_loop *loop, ev_async *wake, int revents)
{
	struct foreign_call *f = wake->data;
	const char *function = atomic_exchange(&f->function, NULL);

	(void)loop;
	(void)revents;
	if (function != NULL)
		log_errx(f->log,
			"a module called %s() in a thread of its own: only the "
			"worker's thread, which calls the module's functions, "
			"may call prong's; the call failed",
			function);
}

void
foreign_call_init(struct foreign_call *f, struct ev_loop *loop, struct log *log)
{
	f->loop = loop;
	f->log = log;
	f->function = NULL;
	ev_async_init(&f->wake, report_foreign_call);
	f->wake.data = f;
	ev_async_start(loop, &f->wake);
	ev_unref(loop);
}

void
foreign_call_fini(struct foreign_call *f)
{
	ev_ref(f->loop);
	ev_async_stop(f->loop, &f->wake);
}

void
foreign_call_note(struct foreign_call *f, const char *function)
{
	atomic_store(&f->function, function);
	ev_async_send(f->loop, &f->wake);
}
