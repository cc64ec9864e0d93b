/*
 * Log files that root opens where another user may write.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/log_files.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/harness.h"

enum { NOBODY = 65534 };

static char dir[64], path[96], target[96];

static void
setup(void)
{
	strcpy(dir, "/tmp/check_log_files.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.log", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
}

static void
teardown(void)
{
	unlink(path);
	unlink(target);
	ck_assert_int_eq(rmdir(dir), 0);
}

static const struct {
	uid_t owner;
	mode_t mode;
	bool is_followed;
} rows[] = {
	{ 0, 0755, true },
	{ 0, 0775, false },
	{ 0, 01777, false },
	{ NOBODY, 0755, false },
};

static struct conf_access_log log_conf;

/* An access log with this path, and no error log. */
static struct conf_log
make_conf(const char *access_path)
{
	static const struct conf_access_log *const numbered[] = { &log_conf };

	log_conf = (struct conf_access_log){ .name = "log.access",
		.file.path = access_path };
	return (struct conf_log){
		.numbered = numbered, .nnumbered = 1, .error.path = "off"
	};
}

START_TEST(root_follows_a_link_only_where_root_alone_can_put_one)
{
	struct conf_log conf = make_conf(path);
	struct log_files files;
	struct error_text why;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(symlink("target", path), 0);
	ck_assert_int_eq(chown(dir, rows[_i].owner, (gid_t)-1), 0);
	ck_assert_int_eq(chmod(dir, rows[_i].mode), 0);
	ck_assert_int_eq(log_files_open(&files, &conf, &why),
		rows[_i].is_followed ? 0 : -1);
	ck_assert_int_eq(access(target, F_OK), rows[_i].is_followed ? 0 : -1);
	if (!rows[_i].is_followed)
		ck_assert(strstr(why.text, "symbolic link") != NULL);
	else
		log_files_close(&files);
}
END_TEST

START_TEST(a_plain_file_is_opened_anywhere)
{
	struct conf_log conf = make_conf(path);
	struct log_files files;
	struct error_text why;

	if (geteuid() == 0)
		ck_assert_int_eq(chown(dir, NOBODY, (gid_t)-1), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(log_files_open(&files, &conf, &why), 0);
		log_files_close(&files);
	}
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* As systemd starts a service: its output is a socket, which open(2) refuses
 * with ENXIO. */
static const struct {
	const char *path;
	int fd;
} standard[] = {
	{ "stdout", STDOUT_FILENO },
	{ "/dev/stdout", STDOUT_FILENO },
	{ "/dev/fd/1", STDOUT_FILENO },
	{ "/proc/self/fd/1", STDOUT_FILENO },
	{ "stderr", STDERR_FILENO },
	{ "/dev/stderr", STDERR_FILENO },
	{ "/dev/fd/2", STDERR_FILENO },
	{ "/proc/self/fd/2", STDERR_FILENO },
};

START_TEST(standard_output_may_be_a_socket)
{
	struct conf_log conf = make_conf(standard[_i].path);
	int ends[2], fd = standard[_i].fd, saved = dup(fd);
	struct log_files files;
	struct error_text why;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	dup2(ends[1], fd);
	ck_assert_int_eq(log_files_open(&files, &conf, &why), 0);
	ck_assert_uint_eq(files.naccess, 1);
	ck_assert_int_eq(files.access[0], fd);
	log_files_close(&files);
	dup2(saved, fd);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* A host may start this server before its syslog daemon. */
START_TEST(a_syslog_daemon_may_come_later)
{
	struct conf_log conf = make_conf("syslog:here");
	struct sockaddr_un *un = (struct sockaddr_un *)&log_conf.file.syslog;
	struct sink out, messages;
	struct log log = { .to = &messages, .level = LOG_LEVEL_WARN };
	struct log_files files;
	struct error_text why;
	char text[512] = "";
	FILE *told = tmpfile();
	int daemon = socket(AF_UNIX, SOCK_DGRAM, 0);

	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	log_conf.file.syslog_len = sizeof(*un);
	sink_init(&messages, SINK_FD, dup(fileno(told)), 4096, true);
	ck_assert_int_eq(log_files_open(&files, &conf, &why), 0);
	log_files_warn(&files, &conf, &log);
	rewind(told);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, told), 0);
	ck_assert_ptr_nonnull(strstr(
		text, "log.access.path syslog:here: no syslog daemon listens"));

	sink_init(&out, SINK_SYSLOG, files.access[0], 4096, false);
	strcpy(out.syslog_path, path);
	sink_write(&out, "line\n", 5);
	sink_flush(&out);
	ck_assert_int_eq(bind(daemon, (struct sockaddr *)un, sizeof(*un)), 0);
	sink_flush(&out);
	ck_assert_int_gt(recv(daemon, text, sizeof(text), MSG_DONTWAIT), 0);
	ck_assert_ptr_nonnull(strstr(text, "line"));
	sink_fini(&out);
	sink_fini(&messages);
	fclose(told);
	close(daemon);
	files.access[0] = -1;
	log_files_close(&files);
}
END_TEST

int
main(void)
{
	static const struct harness_fixture fixture = { .setup = setup,
		.teardown = teardown };
	const struct harness_test tests[] = {
		{ root_follows_a_link_only_where_root_alone_can_put_one,
			ROWS(rows) },
		{ a_plain_file_is_opened_anywhere, 0 },
		{ a_syslog_daemon_may_come_later, 0 },
		{ standard_output_may_be_a_socket, ROWS(standard) },
	};

	return harness_run_with(&fixture, "log_files", tests, ROWS(tests));
}
