/*
 * The master's log.
 * SPDX-License-Identifier: MIT
 */
#include "error_log.h"

#include <string.h>
#include <unistd.h>

enum { BUFFER = 16 * 1024 }; /* bytes; the master writes line by line */

void
error_log_open_stderr(struct error_log *e)
{
	sink_init(&e->sink, SINK_FD, STDERR_FILENO, BUFFER, true);
	e->log = (struct log){
		.to = &e->sink, .level = LOG_LEVEL_NOTICE, .who = "master"
	};
}

void
error_log_open(struct error_log *e, const struct log_files *files,
	const struct conf_log *conf)
{
	e->log.level = conf->error_level;
	if (log_files_sink(files, conf, &e->sink) == -1)
		log_err(&e->log,
			"the master's lines go to the error log that was open "
			"before");
}

void
error_log_close(struct error_log *e)
{
	sink_fini(&e->sink);
}

bool
error_log_is_stderr(const struct error_log *e)
{
	return e->sink.kind == SINK_FD && e->sink.fd == STDERR_FILENO;
}

void
error_log_lines(struct error_log *e, const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > 0)
			log_errx(&e->log, "%.*s", (int)len, text);
	}
}
