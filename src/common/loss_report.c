/*
 * A full disk is the operator's to mend, so it is an error; a reader of a pipe
 * that is too slow is a warning.
 * SPDX-License-Identifier: MIT
 */
#include "common/loss_report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "common/sink.h"

static void
tell_begin(const struct loss_report *r, const struct sink *s, struct log *log)
{
	if (s->error == 0 || s->error == EAGAIN)
		log_warnx(log,
			"the access log %s takes lines too slowly: what does "
			"not fit into memory is lost",
			r->path);
	else
		log_errx(log,
			"cannot write the access log %s: %s; what does not "
			"fit into memory is lost",
			r->path, strerror(s->error));
}

void
loss_report_flush(struct loss_report *r, struct sink *s, struct log *log)
{
	bool has_lost, has_failed;

	sink_flush(s);
	has_lost = s->dropped > 0;
	has_failed = s->error != 0 && s->error != EAGAIN;
	if (!r->is_failing && (has_lost || has_failed || s->lost > r->lost)) {
		tell_begin(r, s, log);
		r->is_failing = true;
	} else if (r->is_failing && !has_lost && s->error == 0) {
		log_notice(log,
			"the access log %s is written again; lines lost: %ju",
			r->path, (uintmax_t)(s->lost - r->lost));
		r->is_failing = false;
		r->lost = s->lost;
	}
}

void
loss_report_end(const struct loss_report *r, struct sink *s, struct log *log)
{
	uintmax_t lines;

	sink_flush(s);
	lines = sink_count_unwritten(s);
	if (lines > 0)
		log_warnx(log, "lost %ju lines of the access log %s: %s", lines,
			r->path, strerror(s->error));
	sink_fini(s);
}
