/*
 * Lines of the error log for an instance: its own, and those about its
 * mistakes.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "api/context.h"
#include "api/instance.h"
#include "common/log.h"
#include "conn/worker_state.h"

bool
instance_check_call(struct prong_instance *i, const char *function)
{
	if (!context_is_own_thread(function))
		return false;
	if (i != NULL)
		return true;
	context_report_null(function);
	return false;
}

int
instance_misuse(
	struct prong_instance *i, const char *function, const char *what)
{
	log_errx(&i->worker->log, "module %s: %s(): %s", i->self->name,
		function, what);
	errno = EINVAL;
	return -1;
}

void
prong_log(struct prong_instance *i, enum prong_level level, const char *format,
	...)
{
	static const enum log_level levels[] = {
		[PRONG_ERROR] = LOG_LEVEL_ERROR,
		[PRONG_WARNING] = LOG_LEVEL_WARN,
		[PRONG_NOTICE] = LOG_LEVEL_NOTICE,
		[PRONG_INFO] = LOG_LEVEL_INFO,
		[PRONG_DEBUG] = LOG_LEVEL_DEBUG,
	};
	enum { LINE = 1024 };
	enum log_level at = LOG_LEVEL_NOTICE; /* of any other number */
	char text[LINE];
	va_list args;

	if (!instance_check_call(i, __func__))
		return;
	if (format == NULL) {
		instance_misuse(i, __func__, "the format is NULL");
		return;
	}
	if ((size_t)level < sizeof(levels) / sizeof(levels[0]))
		at = levels[level];
	if (!log_wants(&i->worker->log, at))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_at(&i->worker->log, at, false, "module %s: %s", i->self->name,
		text);
}
