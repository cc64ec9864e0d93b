/*
 * SPDX-License-Identifier: MIT
 */
#include "serve/access_logs.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/mem.h"

enum {
	SERVER_BUFFER = 256 * 1024, /* bytes */
	SITE_BUFFER = 64 * 1024,
};

static bool
is_of_server(const struct conf *conf, const struct conf_access_log *l)
{
	for (size_t i = 0; i < conf->log.access.count; i++)
		if (conf->log.access.all[i].number == l->number)
			return true;
	return false;
}

static void
open_log(struct access_log *l, const struct conf *conf, int fd)
{
	sink_init(&l->sink, sink_kind_of(l->conf->file.path, fd), fd,
		is_of_server(conf, l->conf) ? SERVER_BUFFER : SITE_BUFFER,
		false);
	l->sink.is_json = l->conf->is_json;
	conf_log_file_apply(&l->conf->file, &l->sink, "access");
}

static const struct conf_access_log recent_conf = {
	.name = "log.recent",
	.format = CONF_LOG_JSON,
	.is_json = true,
};

static void
open_recent(struct access_log *l, const struct recent *recent)
{
	if (recent->ring == NULL)
		return;
	l->conf = &recent_conf;
	sink_init(&l->sink, SINK_RECENT, -1, SERVER_BUFFER, true);
	l->sink.is_json = true;
	l->sink.recent = recent;
}

static void
select_logs(struct access_logs *logs, const struct conf_access_logs *conf,
	struct access_log_list *list)
{
	struct access_log *l;

	*list = (struct access_log_list){ 0 };
	list->all = mem_calloc(conf->count + 2, sizeof(struct access_log *));
	for (size_t i = 0; i < conf->count; i++) {
		l = &logs->all[conf->all[i].number];
		if (l->sink.kind != SINK_OFF)
			list->all[list->count++] = l;
	}
	if (logs->recent.sink.kind != SINK_OFF)
		list->all[list->count++] = &logs->recent;
}

void
access_logs_open(struct access_logs *logs, const struct heritage *h,
	const uint32_t *second, struct ev_loop *const *loop)
{
	const struct conf_log *conf = &h->conf->log;

	*logs = (struct access_logs){ .second = second,
		.loop = loop,
		.worker = h->index,
		.generation = h->generation,
		.master_log_lost =
			h->scoreboard.head == NULL
				? 0
				: h->scoreboard.head->master.lines_dropped,
		.count = conf->nnumbered };
	logs->all = mem_calloc(logs->count + 1, sizeof(*logs->all));
	for (size_t i = 0; i < logs->count; i++) {
		logs->all[i].conf = conf->numbered[i];
		logs->all[i].loss.path = conf->numbered[i]->file.path;
		open_log(&logs->all[i], h->conf,
			i < h->logs.naccess ? h->logs.access[i] : -1);
	}
	open_recent(&logs->recent, &h->recent);
	select_logs(logs, &conf->access, &logs->server);
	request_ids_init(&logs->ids);
	logs->chance = (uint64_t)getpid() * 0x9e3779b97f4a7c15u;
}

void
access_logs_close(struct access_logs *logs, struct log *log)
{
	struct access_log_list *list;

	for (size_t i = 0; i < logs->count; i++)
		loss_report_end(&logs->all[i].loss, &logs->all[i].sink, log);
	if (logs->recent.sink.kind != SINK_OFF)
		sink_fini(&logs->recent.sink);
	while ((list = logs->sites) != NULL) {
		logs->sites = list->next;
		free(list->all);
		free(list);
	}
	free(logs->all);
	free(logs->server.all);
	*logs = (struct access_logs){ 0 };
}

const struct access_log_list *
access_logs_of_site(struct access_logs *logs, const struct conf_site *conf)
{
	struct access_log_list *list;

	if (conf->access_logs.all == NULL)
		return &logs->server;
	list = mem_alloc(sizeof(*list));
	select_logs(logs, &conf->access_logs, list);
	list->next = logs->sites;
	logs->sites = list;
	return list;
}

void
access_logs_reopen(struct access_logs *logs, size_t number, int fd)
{
	if (number < logs->count && logs->all[number].sink.kind != SINK_OFF)
		sink_reopen(&logs->all[number].sink, fd);
	else
		close(fd);
}

void
access_logs_flush(struct access_logs *logs, struct log *log)
{
	for (size_t i = 0; i < logs->count; i++)
		if (logs->all[i].sink.kind != SINK_OFF)
			loss_report_flush(
				&logs->all[i].loss, &logs->all[i].sink, log);
}

static void
tell_lost(struct access_logs *logs, uint64_t *told, uint64_t lost)
{
	uint64_t more = lost - *told;

	*told = lost;
	if (more > 0 && logs->server.count > 0)
		sink_tell_error_log_lost(&logs->server.all[0]->sink, more);
}

void
access_logs_tell_error_log(struct access_logs *logs, uint64_t lost)
{
	tell_lost(logs, &logs->error_log_lost, lost);
}

void
access_logs_tell_master_log(struct access_logs *logs, uint64_t lost)
{
	tell_lost(logs, &logs->master_log_lost, lost);
}

uint64_t
access_logs_lost(const struct access_logs *logs)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < logs->count; i++)
		lines += logs->all[i].sink.lost;
	return lines;
}
