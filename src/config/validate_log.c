/*
 * Compiles the formats, and gives each access log a number: logs that are equal
 * have one, so that a log that a thousand sites name is opened once.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_log.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "common/conf.h"
#include "common/template.h"
#include "config/address.h"
#include "config/read.h"
#include "config/validate.h"

/* ---- texts --------------------------------------------------------------- */

const char *
validate_log_mode(const char *text)
{
	size_t len = strlen(text);

	if (len < 3 || len > 4 || strspn(text, "01234567") != len ||
		(len == 4 && *text != '0'))
		return "must be the permissions of a file in octal digits, "
		       "like \"0640\"";
	return NULL;
}

const char *
validate_log_status(const char *text)
{
	if (strlen(text) == 3 && *text >= '1' && *text <= '5' &&
		(strcmp(text + 1, "xx") == 0 ||
			strspn(text + 1, "0123456789") == 2))
		return NULL;
	return "must be a status like \"404\", or \"5xx\"";
}

/* ---- mode and group ------------------------------------------------------ */

static void
find_group(struct reader *r, struct conf_log_file *f)
{
	const struct group *group;

	f->gid = (gid_t)-1;
	if (f->group == NULL || r->is_alone)
		return;
	errno = 0;
	group = getgrnam(f->group);
	if (group != NULL) {
		f->gid = group->gr_gid;
		return;
	}
	if (errno != 0 && errno != ENOENT && errno != ESRCH)
		reader_report_at(r, "group", "cannot look up \"%s\": %s",
			f->group, strerror(errno));
	else
		reader_report_at(r, "group",
			"there is no group \"%s\"; create it or correct the "
			"name",
			f->group);
}

/* ---- syslog -------------------------------------------------------------- */

/* Returns an error message, or NULL. */
static const char *
parse_syslog_path(struct conf_log_file *f, const char *path)
{
	void *at = &f->syslog;
	struct sockaddr_un *un = at;

	if (strlen(path) >= sizeof(un->sun_path))
		return "is too long for the path of a socket";
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	f->syslog_len = sizeof(*un);
	return NULL;
}

static const char *
parse_syslog_address(
	struct reader *r, struct conf_log_file *f, const char *text)
{
	static const char shape[] = "must be \"syslog\", \"syslog:/PATH\" or "
				    "\"syslog:ADDRESS:PORT\"";
	struct conf_listen l = { 0 };

	if (*text == '*' || address_parse(text, r->dir, &l) != NULL ||
		l.address_len == 0 || l.address.ss_family == AF_UNIX)
		return shape;
	f->syslog = l.address;
	f->syslog_len = l.address_len;
	return NULL;
}

static void
find_syslog(struct reader *r, struct conf_log_file *f)
{
	static const char prefix[] = "syslog:";
	const char *text = f->path, *wrong;

	if (text == NULL || strncmp(text, prefix, strlen(prefix)) != 0)
		return;
	text += strlen(prefix);
	wrong = *text == '/' ? parse_syslog_path(f, text)
			     : parse_syslog_address(r, f, text);
	if (wrong != NULL)
		reader_report_at(r, "path", "%s", wrong);
}

static void
finish_file(struct reader *r, struct conf_log_file *f)
{
	find_syslog(r, f);
	if (f->mode_text != NULL)
		f->mode = (mode_t)strtoul(f->mode_text, NULL, 8);
	find_group(r, f);
}

/* ---- formats ------------------------------------------------------------- */

static void
report_unknown_variable(struct reader *r, struct span name)
{
	char text[480];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text),
		name.len == 0 ? "a '$' without a name%.*s; write \"$$\" for a "
				"dollar sign; there are"
			      : "unknown variable \"$%.*s\"; there are",
		(int)(name.len < 40 ? name.len : 40), name.at);
	for (int i = 0; i < LOG_VARIABLES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " $%s",
			log_variable_name((enum log_variable)i));
	reader_report_at(r, "format", "%s", text);
}

static size_t
count_pieces(const char *format)
{
	struct span rest = span_of(format);
	struct template_piece piece;
	size_t n = 0;

	while (template_next(&rest, &piece))
		n++;
	return n;
}

static void
compile_format(struct reader *r, struct conf_access_log *l)
{
	size_t n = count_pieces(l->format_text);
	struct conf_log_piece *all = reader_alloc(r, n + 1, sizeof(*all));
	struct span rest = span_of(l->format_text);
	struct template_piece piece;

	l->format = CONF_LOG_OWN;
	l->is_json = *l->format_text == '{';
	for (l->npieces = 0; template_next(&rest, &piece); l->npieces++) {
		struct conf_log_piece *p = &all[l->npieces];

		p->text = piece.text;
		p->variable = LOG_VARIABLES;
		if (piece.kind == TEMPLATE_TEXT)
			continue;
		p->text = SPAN("");
		p->variable = log_variable_find(piece.text);
		if (p->variable == LOG_VARIABLES)
			report_unknown_variable(r, piece.text);
	}
	l->pieces = all;
}

static void
find_format(struct reader *r, struct conf_access_log *l)
{
	const char *text = l->format_text;

	if (text == NULL)
		return;
	if (strcmp(text, "json") == 0) {
		l->format = CONF_LOG_JSON;
		l->is_json = true;
	} else if (strchr(text, '$') != NULL) {
		compile_format(r, l);
	} else if (strcmp(text, "combined") != 0) {
		reader_report_at(r, "format",
			"must be \"combined\", \"json\", or a format with "
			"variables like \"$client $status\"; this is "
			"\"%.60s\"",
			text);
	}
}

/* ---- the tables ---------------------------------------------------------- */

void
validate_access_log(struct reader *r, const json_t *object, void *base)
{
	struct conf_access_log *l = base;

	(void)object;
	find_format(r, l);
	finish_file(r, &l->file);
	l->has_when =
		(l->when.statuses != NULL && l->when.statuses[0] != NULL) ||
		l->when.slower > 0 || l->when.sample > 0;
}

void
validate_error_log(struct reader *r, const json_t *object, void *base)
{
	struct conf_log *log = base;

	(void)object;
	finish_file(r, &log->error);
}

/* ---- numbers ------------------------------------------------------------- */

static int
compare_texts(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int
compare_statuses(const char *const *a, const char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return strcmp(*a, *b);
	return (*a != NULL) - (*b != NULL);
}

static int
compare_logs(const void *left, const void *right)
{
	const struct conf_access_log *a =
		*(const struct conf_access_log *const *)left;
	const struct conf_access_log *b =
		*(const struct conf_access_log *const *)right;
	int order = compare_texts(a->file.path, b->file.path);

	if (order == 0)
		order = compare_texts(a->format_text, b->format_text);
	if (order == 0)
		order = compare_texts(a->file.mode_text, b->file.mode_text);
	if (order == 0)
		order = compare_texts(a->file.group, b->file.group);
	if (order == 0)
		order = a->file.facility - b->file.facility;
	if (order == 0)
		order = (a->when.slower > b->when.slower) -
			(a->when.slower < b->when.slower);
	if (order == 0)
		order = (a->when.sample > b->when.sample) -
			(a->when.sample < b->when.sample);
	if (order == 0)
		order = compare_statuses(a->when.statuses, b->when.statuses);
	return order;
}

/* prefix: "" or "sites[1]." */
static void
collect_logs(struct reader *r, const char *prefix,
	struct conf_access_logs *logs, struct conf_access_log **all, size_t *n)
{
	for (size_t i = 0; i < logs->count; i++) {
		struct conf_access_log *l = &logs->all[i];

		l->name =
			logs->count == 1
				? arena_printf(r->arena, "%slog.access", prefix)
					  .at
				: arena_printf(r->arena, "%slog.access[%zu]",
					  prefix, i)
					  .at;
		all[(*n)++] = l;
	}
}

static size_t
count_logs(const struct conf *conf)
{
	size_t n = conf->log.access.count;

	for (size_t i = 0; i < conf->nsites; i++)
		n += conf->sites[i].access_logs.count;
	return n;
}

/* A list with an element that was in error has no statuses, say: such a
 * configuration is not used. */
static bool
is_complete(const struct conf_access_log *l)
{
	return l->file.path != NULL && l->when.statuses != NULL;
}

static size_t
collect_all(struct reader *r, struct conf *conf, struct conf_access_log **all)
{
	size_t n = 0;
	char prefix[32];

	collect_logs(r, "", &conf->log.access, all, &n);
	for (size_t i = 0; i < conf->nsites; i++) {
		struct conf_access_logs logs = conf->sites[i].access_logs;

		snprintf(prefix, sizeof(prefix), "sites[%zu].", i);
		collect_logs(r, prefix, &logs, all, &n);
	}
	return n;
}

void
validate_logs(struct reader *r, struct conf *conf)
{
	size_t n = count_logs(conf);
	struct conf_access_log **all = reader_alloc(r, n + 1, sizeof(*all));
	const struct conf_access_log **kept =
		reader_alloc(r, n + 1, sizeof(*kept));

	n = collect_all(r, conf, all);
	for (size_t i = 0; i < n; i++)
		if (!is_complete(all[i]))
			return;
	qsort(all, n, sizeof(*all), compare_logs);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || compare_logs(&all[i - 1], &all[i]) != 0)
			kept[conf->log.nnumbered++] = all[i];
		all[i]->number = conf->log.nnumbered - 1;
	}
	conf->log.numbered = kept;
}
