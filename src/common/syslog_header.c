/*
 * SPDX-License-Identifier: MIT
 */
#include "common/syslog_header.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SEVERITY_INFO = 6, START = 64 /* bytes that may state a level */ };

/* The words of the error log, whose lines begin "TIME LEVEL " or
 * {"time":"TIME","level":"LEVEL". */
static const struct {
	const char *text, *json;
	int severity;
} severities[] = {
	{ " error ", ",\"level\":\"error\"", 3 },
	{ " warn ", ",\"level\":\"warn\"", 4 },
	{ " notice ", ",\"level\":\"notice\"", 5 },
	{ " debug ", ",\"level\":\"debug\"", 7 },
};

static bool
begins_with(const char *at, size_t left, const char *text)
{
	return left >= strlen(text) && memcmp(at, text, strlen(text)) == 0;
}

int
syslog_severity(const char *line, size_t len)
{
	char end = *line == '{' ? ',' : ' ';
	const char *at = memchr(line, end, len < START ? len : START);

	for (size_t i = 0;
		at != NULL && i < sizeof(severities) / sizeof(severities[0]);
		i++)
		if (begins_with(at, (size_t)(line + len - at),
			    end == ',' ? severities[i].json
				       : severities[i].text))
			return severities[i].severity;
	return SEVERITY_INFO;
}

/* "<27>1 2026-11-23T04:01:00.123Z HOST prong PID MSGID - " */
static size_t
put_5424(const struct syslog_style *style, int priority, char *to)
{
	char host[256] = "-", second[32];
	struct timespec now;
	struct tm tm;

	if (gethostname(host, sizeof(host) - 1) == -1 || host[0] == '\0')
		strcpy(host, "-");
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &tm);
	return (size_t)snprintf(to, SYSLOG_HEADER_SIZE,
		"<%d>1 %s.%03dZ %s prong %ld %s - ", priority, second,
		(int)(now.tv_nsec / 1000000), host, (long)getpid(),
		style->msgid);
}

size_t
syslog_header(const struct syslog_style *style, const char *line, size_t len,
	char to[SYSLOG_HEADER_SIZE])
{
	int priority = style->facility * 8 + syslog_severity(line, len);

	if (style->is_5424)
		return put_5424(style, priority, to);
	return (size_t)snprintf(
		to, SYSLOG_HEADER_SIZE, "<%d>prong: ", priority);
}
