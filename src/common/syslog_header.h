/*
 * What precedes a line in a datagram to a syslog daemon: RFC 3164 to the daemon
 * of this machine, RFC 5424 to one that the configuration names.
 * SPDX-License-Identifier: MIT
 */
#ifndef SYSLOG_HEADER_H
#define SYSLOG_HEADER_H

#include <stdbool.h>
#include <stddef.h>

enum { SYSLOG_HEADER_SIZE = 384, SYSLOG_DAEMON = 3 };

struct syslog_style {
	bool is_5424;
	int facility;      /* RFC 5424 6.2.1 */
	const char *msgid; /* "error", "access"; of RFC 5424 */
};

/* Returns the severity (RFC 5424 6.2.1) that a line of the error log states, as
 * text or JSON; that of information for any other line. */
int syslog_severity(const char *line, size_t len);

/* Writes the header of a line; returns its length. */
size_t syslog_header(const struct syslog_style *, const char *line, size_t len,
	char to[SYSLOG_HEADER_SIZE]);

#endif
