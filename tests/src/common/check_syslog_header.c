/*
 * The severity and the header of lines for syslog.
 * SPDX-License-Identifier: MIT
 */
#include "common/syslog_header.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/harness.h"

static const struct {
	const char *line;
	int severity;
} lines[] = {
	{ "T error master[1]: a", 3 },
	{ "T warn master[1]: a", 4 },
	{ "T notice master[1]: a error b", 5 },
	{ "T info master[1]: a", 6 },
	{ "T debug master[1]: a", 7 },
	{ "T", 6 },
	{ "", 6 },
	{ "{\"time\":\"T\",\"level\":\"error\",\"event\":\"a\"}", 3 },
	{ "{\"time\":\"T\",\"level\":\"debug\",\"event\":\"a\"}", 7 },
	{ "{\"time\":\"T\",\"client\":\"c\",\"level\":\"error\"}", 6 },
};

START_TEST(a_line_states_its_severity)
{
	ck_assert_int_eq(
		syslog_severity(lines[_i].line, strlen(lines[_i].line)),
		lines[_i].severity);
}
END_TEST

START_TEST(rfc_5424_has_its_header)
{
	struct syslog_style style = {
		.is_5424 = true, .facility = 16, .msgid = "access"
	};
	char header[SYSLOG_HEADER_SIZE], host[256] = "", rest[320];
	size_t len = syslog_header(&style, "x", 1, header);

	gethostname(host, sizeof(host) - 1);
	snprintf(rest, sizeof(rest), "Z %s prong %ld access - ", host,
		(long)getpid());
	ck_assert_uint_eq(len, strlen(header));
	ck_assert_int_eq(strncmp(header, "<134>1 20", 9), 0);
	ck_assert_str_eq(
		header + strlen("<134>1 2026-11-23T04:01:00.123"), rest);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ a_line_states_its_severity, ROWS(lines) },
		{ rfc_5424_has_its_header, 0 },
	};

	return harness_run("syslog_header", tests, ROWS(tests));
}
