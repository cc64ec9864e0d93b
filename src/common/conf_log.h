/*
 * The logs in the checked configuration.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONF_LOG_H
#define CONF_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "common/log.h"
#include "common/log_variable.h"
#include "common/span.h"

/* Where the lines go. */
struct conf_log_file {
	/* A file, "stdout", "stderr", "syslog", "syslog:..." or "off". */
	const char *path;
	int facility;                   /* for syslog */
	struct sockaddr_storage syslog; /* of "syslog:..." */
	socklen_t syslog_len;
	/* Of the file; NULL: as it is, and a new one 0640 of the master's
	 * group. */
	const char *mode_text, *group;
	mode_t mode;
	gid_t gid;
};

enum conf_log_format {
	CONF_LOG_COMBINED,
	CONF_LOG_JSON,
	CONF_LOG_OWN, /* conf_access_log.pieces */
};

/* A literal text, and the variable behind it. */
struct conf_log_piece {
	struct span text;
	enum log_variable variable; /* LOG_VARIABLES: none */
};

/* Which requests are logged: those with one of the statuses, those that took
 * longer, and a share of all others. */
struct conf_log_when {
	const char *const *statuses; /* "404", "5xx"; NULL at the end */
	int64_t slower;              /* milliseconds; 0: not by duration */
	double sample;               /* 0 to 1 */
};

struct conf_access_log {
	struct conf_log_file file;
	const char *name;        /* "log.access", "sites[1].log.access[0]" */
	const char *format_text; /* as in the file */
	enum conf_log_format format;
	const struct conf_log_piece *pieces; /* of CONF_LOG_OWN */
	size_t npieces;
	bool is_json; /* its lines are JSON, its values are escaped so */
	struct conf_log_when when;
	bool has_when;
	unsigned number; /* among all access logs, which are opened once */
};

struct conf_access_logs {
	struct conf_access_log *all; /* NULL: those of the server */
	size_t count;
};

struct conf_log {
	struct conf_access_logs access;
	/* Those and the ones of the sites, by number. */
	const struct conf_access_log *const *numbered;
	unsigned nnumbered;
	struct conf_log_file error;
	enum log_level error_level;
	int error_is_json;    /* index of its word */
	bool has_request_ids; /* every request gets one */
	int64_t recent;       /* bytes of the last requests of a worker */
};

struct sink;

/* Prepares an open sink for the file's kind of syslog; msgid: "error". */
void conf_log_file_apply(
	const struct conf_log_file *, struct sink *, const char *msgid);

#endif
