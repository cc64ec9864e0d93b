/*
 * Formats one message as one line.  Much of a message may come from a client,
 * so the whole of it is escaped: no client can end a line or move the cursor of
 * a terminal.
 * SPDX-License-Identifier: MIT
 */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/utf8.h"

/* Bytes after escaping, without the three of "...". */
enum { MESSAGE_MAX = 2048, CONTEXT_MAX = 512, HEAD_MAX = 128, ERRNO_MAX = 128 };

enum {
	/* Each byte of a message may be escaped in JSON. */
	LINE_MAX_BYTES =
		2 * (HEAD_MAX + MESSAGE_MAX + CONTEXT_MAX + ERRNO_MAX + 32),
};

struct line {
	size_t used;
	char bytes[LINE_MAX_BYTES];
};

const char *const log_level_names[LOG_LEVELS + 1] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static void
put_time(char *to, size_t size)
{
	struct timespec now;
	struct tm tm;
	char second[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(to, size, "%s.%03dZ", second, (int)(now.tv_nsec / 1000000));
}

/* The severity for the journal (sd-daemon(3)). */
static int
put_severity(struct line *line, const struct log *log, enum log_level level)
{
	enum { FIRST = 3 }; /* of LOG_LEVEL_ERROR */

	if (!log->to->is_journal)
		return 0;
	return snprintf(line->bytes, HEAD_MAX, "<%d>", FIRST + (int)level);
}

static void
put_head(struct line *line, const struct log *log, enum log_level level)
{
	int n = put_severity(line, log, level);
	char now[48];

	put_time(now, sizeof(now));
	n += snprintf(line->bytes + n, HEAD_MAX - (size_t)n,
		"%s %s %.47s[%ld]: ", now, log_level_names[level], log->who,
		(long)getpid());
	line->used = (size_t)n;
}

/* Appends the escaped text, at most max bytes of it. */
static void
put_text(struct line *line, const char *text, size_t max)
{
	size_t end = line->used + max, n;
	char escaped[8];
	const char *piece;

	while (*text != '\0') {
		piece = text;
		n = utf8_shown_length(text, strnlen(text, UTF8_LENGTH_MAX));
		text += n > 0 ? n : 1;
		if (n == 0) {
			n = (size_t)snprintf(escaped, sizeof(escaped),
				"\\x%02x", (unsigned char)*piece);
			piece = escaped;
		}
		if (line->used + n > end) {
			piece = "...";
			n = 3;
			text = "";
		}
		memcpy(line->bytes + line->used, piece, n);
		line->used += n;
	}
}

static void
put_context(struct line *line, const struct log *log)
{
	char text[CONTEXT_MAX] = "";

	if (log->context == NULL)
		return;
	log->context(log->context_arg, text, sizeof(text));
	if (text[0] == '\0')
		return;
	put_text(line, " while ", CONTEXT_MAX);
	put_text(line, text, CONTEXT_MAX);
}

/* Appends text that put_text() has escaped, as the rest of a JSON string. */
static void
put_json_text(struct line *line, const struct line *text)
{
	for (size_t i = 0; i < text->used; i++) {
		if (text->bytes[i] == '"' || text->bytes[i] == '\\')
			line->bytes[line->used++] = '\\';
		line->bytes[line->used++] = text->bytes[i];
	}
}

/* {"time":...,"level":"warn","event":MESSAGE,"pid":812,"worker":3} */
static void
write_json(struct log *log, enum log_level level, const struct line *message)
{
	static const char worker[] = "worker ";
	bool is_worker = strncmp(log->who, worker, strlen(worker)) == 0;
	struct line line;
	char now[48];
	int n = put_severity(&line, log, level);

	put_time(now, sizeof(now));
	n += snprintf(line.bytes + n, HEAD_MAX - (size_t)n,
		"{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"", now,
		log_level_names[level]);
	line.used = (size_t)n;
	put_json_text(&line, message);
	line.used += (size_t)snprintf(line.bytes + line.used, HEAD_MAX,
		"\",\"pid\":%ld,\"worker\":%s}\n", (long)getpid(),
		is_worker ? log->who + strlen(worker) : "null");
	sink_write(log->to, line.bytes, line.used);
}

void
log_write(struct log *log, enum log_level level, bool errno_text,
	const char *fmt, ...)
{
	int error = errno;
	/* one more than fits, so that put_text() appends "..." */
	char text[MESSAGE_MAX + 2];
	struct line line;
	va_list ap;

	line.used = 0;
	if (!log->to->is_json)
		put_head(&line, log, level);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_text(&line, text, MESSAGE_MAX);
	if (errno_text) {
		put_text(&line, ": ", ERRNO_MAX);
		put_text(&line, strerror(error), ERRNO_MAX);
	}
	put_context(&line, log);
	if (log->to->is_json) {
		write_json(log, level, &line);
	} else {
		line.bytes[line.used++] = '\n';
		sink_write(log->to, line.bytes, line.used);
	}
	errno = error;
}

static unsigned
take_limited(struct log_limit *limit, int64_t now_ms, int64_t silence_ms)
{
	unsigned count = ++limit->count;

	if (limit->last_ms != 0 && now_ms - limit->last_ms < silence_ms)
		return 0;
	limit->last_ms = now_ms;
	limit->count = 0;
	return count;
}

unsigned
log_limit_take(struct log_limit *limit, int64_t now_ms)
{
	return take_limited(limit, now_ms, 10000);
}

unsigned
log_limit_take_minutely(struct log_limit *limit, int64_t now_ms)
{
	return take_limited(limit, now_ms, 60000);
}
