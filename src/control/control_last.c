/*
 * A worker may have written anything into its ring: its lines are passed on
 * without being read, but for the ID that is searched.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_last.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"
#include "control/control_orders.h"
#include "supervise/crash_report.h"
#include "supervise/generation_list.h"
#include "supervise/recent_rings.h"

enum {
	FOUND_MAX = 16, /* requests of one ID: a client may send it again */
	ID_MAX = 128,   /* REQUEST_ID_MOST of the workers */
};

struct answer {
	const char *id;
	char needles[2][ID_MAX + 24]; /* the member of a line */
	FILE *out;
	unsigned nfound;
};

/* The characters that a worker accepts in an ID need no escape in JSON. */
static bool
is_id(const char *id)
{
	size_t len = strlen(id);

	for (const char *c = id; *c != '\0'; c++)
		if ((*c & 0x80) != 0 ||
			(!isalnum(*c) && strchr("-_.:/+=@~", *c) == NULL))
			return false;
	return len > 0 && len <= ID_MAX;
}

/* ---- requests that have ended -------------------------------------------- */

static bool
is_plain_line(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ')
			return false;
	return len > 2 && line[0] == '{' && line[len - 1] == '}';
}

static bool
has_id(const struct answer *a, const char *line, size_t len)
{
	for (int i = 0; i < 2; i++)
		if (memmem(line, len, a->needles[i], strlen(a->needles[i])) !=
			NULL)
			return is_plain_line(line, len);
	return false;
}

static void
search_lines(struct answer *a, const char *text, size_t len)
{
	const char *end = text + len, *newline;

	for (; text < end && a->nfound < FOUND_MAX; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			return;
		if (!has_id(a, text, (size_t)(newline - text)))
			continue;
		fprintf(a->out, "%s%.*s", a->nfound++ == 0 ? "" : ",",
			(int)(newline - text), text);
	}
}

/* Returns 0, or -1 if there is no memory. */
static int
search_rings(struct answer *a, const struct recent_rings *rings)
{
	for (const struct recent_owned *o = rings->first; o != NULL;
		o = o->next) {
		char *copy = malloc(o->recent.size);

		if (copy == NULL)
			return -1;
		search_lines(a, copy, recent_copy(&o->recent, copy));
		free(copy);
	}
	return 0;
}

/* ---- requests that a worker has yet to end ------------------------------- */

/* The slot keeps only the start of a long ID. */
static bool
is_request(const struct answer *a, const struct slot_request *r)
{
	return r->head[0] != '\0' && strncmp(r->id, a->id, SLOT_ID - 1) == 0;
}

static bool
find_in_worker(
	const struct answer *a, const struct proc *p, struct error_text *what)
{
	struct slot_inflight f;
	struct slot s;

	slot_read(&s, p->slot);
	if (is_request(a, &s.current))
		return crash_report_describe(&s.current, p->generation, what);
	slot_read_inflight(
		&f, scoreboard_inflight(p->env->scoreboard, p->slot));
	for (int i = 0; i < SLOT_INFLIGHT; i++)
		if (is_request(a, &f.all[i]))
			return crash_report_describe(
				&f.all[i], p->generation, what);
	return false;
}

static const struct proc *
find_worker(const struct answer *a, const struct control_env *env,
	struct error_text *what)
{
	for (struct generation *g = env->generations->first; g != NULL;
		g = g->next)
		for (struct proc *p = generation_next(g, NULL); p != NULL;
			p = generation_next(g, p))
			if (p->state != PROC_NONE && find_in_worker(a, p, what))
				return p;
	return NULL;
}

/* ---- the answer ---------------------------------------------------------- */

static void
refuse_id(const struct control_env *env, struct control_client *c,
	const struct answer *a)
{
	const struct generation *current = env->generations->current;
	struct error_text what, why;
	const struct proc *p = find_worker(a, env, &what);

	if (p != NULL)
		error_text_set(&why,
			"request ID %s is in flight: worker %u (pid %ld) has "
			"it: %s",
			a->id, p->index, (long)p->pid, what.text);
	else if (current != NULL && current->conf->log.recent == 0)
		error_text_set(&why,
			"no worker remembers its requests: \"log.recent\" of "
			"the configuration is 0");
	else
		error_text_set(&why,
			"no worker remembers request ID %s: it has not ended, "
			"is older than \"log.recent\" has room for, or its "
			"route is \"quiet\"",
			a->id);
	control_orders_answer(c, false, why.text, "");
}

static void
init_answer(struct answer *a, const char *id)
{
	static const char *const members[] = { "request_id", "trace_id" };

	*a = (struct answer){ .id = id };
	for (int i = 0; i < 2; i++)
		snprintf(a->needles[i], sizeof(a->needles[i]), "\"%s\":\"%s\"",
			members[i], id);
}

/* Returns the answer on the heap, or NULL if there is no memory. */
static char *
make_answer(struct answer *a, const struct recent_rings *rings)
{
	char *text = NULL;
	size_t size = 0;
	int rc;

	a->out = open_memstream(&text, &size);
	if (a->out == NULL)
		return NULL;
	fputs("{\"ok\":true,\"requests\":[", a->out);
	rc = search_rings(a, rings);
	fputs("]}\n", a->out);
	if (ferror(a->out))
		rc = -1;
	if (fclose(a->out) == EOF || rc == -1) {
		free(text);
		return NULL;
	}
	return text;
}

void
control_last_answer(
	const struct control_env *env, struct control_client *c, const char *id)
{
	struct answer a;
	char *text;

	if (!is_id(id)) {
		control_orders_answer(c, false,
			"not a request ID: it has 1 to 128 letters, digits and "
			"-_.:/+=@~",
			"");
		return;
	}
	init_answer(&a, id);
	text = make_answer(&a, env->recent);
	if (text == NULL || a.nfound > 0) {
		control_answer_line(c, text);
		return;
	}
	free(text);
	refuse_id(env, c, &a);
}
