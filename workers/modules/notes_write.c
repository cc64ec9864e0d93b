/*
 * SPDX-License-Identifier: MIT
 */
#include "notes_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BUSY_MOST = 2000 /* milliseconds until a busy database is reported */
};

struct notes *
notes_of(struct prong_context *ctx)
{
	return prong_state(prong_instance(ctx));
}

/* ---- errors ------------------------------------------------------------- */

void
notes_answer_failure(
	struct prong_context *ctx, enum store_result result, const char *reason)
{
	switch (result) {
	case STORE_NONE:
		prong_problem(ctx, 404, "There is no note %s.",
			prong_param(ctx, "id"));
		break;
	case STORE_STALE:
		prong_problem(ctx, 412,
			"Note %s has changed since it was read.",
			prong_param(ctx, "id"));
		break;
	case STORE_BUSY:
		prong_set_field(ctx, "Retry-After", "1");
		prong_problem(
			ctx, 503, "The database is busy; try again later.");
		break;
	case STORE_FULL:
		prong_problem(ctx, 507, "The storage is full.");
		break;
	default:
		prong_log_ctx(ctx, PRONG_ERROR, "%s", reason);
		prong_problem(ctx, 500, "The database is not available.");
	}
}

/* ---- writing ------------------------------------------------------------ */

static void
free_write(void *data)
{
	struct notes_write *w = data;

	free(w->title);
	free(w->text);
	free(w);
}

static void
end_write(struct prong_context *ctx, enum prong_end why, void *data)
{
	struct notes_write *w = data;

	(void)ctx;
	(void)why;
	/* Its job frees it otherwise. */
	if (!w->is_running)
		free_write(w);
}

/* In a thread. */
static void
run_write(void *data)
{
	struct notes_write *w = data;

	pthread_mutex_lock(&w->notes->mutex);
	w->result = w->try(w->notes->writer, &w->note);
	if (w->result == STORE_FAILED)
		snprintf(w->reason, sizeof(w->reason), "%s",
			store_reason(w->notes->writer));
	pthread_mutex_unlock(&w->notes->mutex);
}

static void queue_write(struct prong_context *, void *data);

static void
finish_write(struct prong_context *ctx, void *data)
{
	struct notes_write *w = data;

	w->is_running = false;
	if (w->result == STORE_BUSY && w->waited < BUSY_MOST) {
		w->waited += w->pause;
		prong_after(ctx, w->pause, queue_write, w);
		if (w->pause < 50)
			w->pause *= 2;
	} else if (w->result == STORE_OK) {
		w->answer(ctx, &w->note);
	} else {
		notes_answer_failure(ctx, w->result, w->reason);
	}
}

static void
queue_write(struct prong_context *ctx, void *data)
{
	struct notes_write *w = data;

	w->is_running = true;
	if (prong_work_or_drop(ctx, run_write, finish_write, free_write, w) ==
		0)
		return;
	w->is_running = false;
	notes_answer_failure(ctx, STORE_BUSY, "");
}

void
notes_write_start(struct prong_context *ctx, const struct notes_write *what)
{
	struct notes_write *w = malloc(sizeof(*w));

	if (w == NULL) {
		prong_problem(ctx, 500, "Out of memory.");
		return;
	}
	*w = *what;
	w->pause = 1;
	w->notes = notes_of(ctx);
	if (w->note.title != NULL)
		w->note.title = w->title = strdup(w->note.title);
	if (w->note.text != NULL)
		w->note.text = w->text = strdup(w->note.text);
	prong_on_end(ctx, end_write, w);
	queue_write(ctx, w);
}
