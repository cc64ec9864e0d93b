/*
 * Reference counting of a configuration; src/ builds it.
 * SPDX-License-Identifier: MIT
 */
#include "common/conf.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/secret.h"
#include "common/sink.h"

struct conf_stamp
conf_stamp_of(const struct stat *st)
{
	return (struct conf_stamp){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime = st->st_mtim.tv_sec,
		.mtime_ns = st->st_mtim.tv_nsec,
	};
}

const char *
conf_route_text(const struct conf_route *r, char *text, size_t size)
{
	struct span path = r->pattern.at != NULL ? r->pattern : r->path;

	snprintf(text, size, "%.*s%s", (int)path.len, path.at,
		r->pattern.at == NULL && r->is_prefix ? "*" : "");
	return text;
}

bool
conf_has_tls(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nlisten; i++)
		if (conf->listen[i].tls != NULL)
			return true;
	return false;
}

int64_t
conf_handover_limit(const struct conf *conf)
{
	const struct conf_timeouts *t = &conf->timeouts;

	return conf_has_tls(conf) && t->idle > t->drain ? t->idle : t->drain;
}

struct conf *
conf_hold(struct conf *conf)
{
	conf->holds++;
	return conf;
}

void
conf_free(struct conf *conf)
{
	struct arena arena;

	if (conf == NULL)
		return;
	if (conf->holds > 0) {
		conf->holds--;
		return;
	}
	secret_free_all(&conf->secrets);
	/* The arena contains the conf that holds it, so it is freed through
	 * a copy. */
	arena = conf->arena;
	arena_fini(&arena);
}

void
conf_log_file_apply(
	const struct conf_log_file *f, struct sink *s, const char *msgid)
{
	const void *at = &f->syslog;
	const struct sockaddr_un *un = at;

	s->syslog = (struct syslog_style){ .is_5424 = f->syslog_len > 0,
		.facility = f->facility,
		.msgid = msgid };
	s->is_udp = f->syslog_len > 0 && f->syslog.ss_family != AF_UNIX;
	s->syslog_path[0] = '\0';
	if (f->syslog_len > 0 && !s->is_udp)
		snprintf(s->syslog_path, sizeof(s->syslog_path), "%s",
			un->sun_path);
}
