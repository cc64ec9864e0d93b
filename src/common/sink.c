/*
 * The buffer holds whole lines, except that the start of the first may have
 * been written already.  What cannot be written stays in it.  When the buffer
 * is full, lines are dropped until half of it is free again, and then the
 * number of dropped lines is written.
 * SPDX-License-Identifier: MIT
 */
#include "common/sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/recent_ring.h"

enum { NOTICE_MAX = 128, SIZE_MIN = 4 * NOTICE_MAX };

enum sink_kind
sink_kind_of(const char *path, int fd)
{
	if (fd == -1)
		return SINK_OFF;
	return strncmp(path, "syslog", strlen("syslog")) == 0 ? SINK_SYSLOG
							      : SINK_FD;
}

static bool
is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* systemd names the stream that the journal reads (systemd.exec(5)). */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char text[64];
	struct stat st;

	if (stream == NULL || fstat(fd, &st) == -1)
		return false;
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
		(uintmax_t)st.st_ino);
	return strcmp(stream, text) == 0;
}

static void
look_at(struct sink *s)
{
	s->is_file = s->kind == SINK_FD && is_regular(s->fd);
	s->is_journal = s->kind == SINK_FD && is_journal(s->fd);
}

void
sink_init(struct sink *s, enum sink_kind kind, int fd, size_t size,
	bool line_by_line)
{
	*s = (struct sink){ .kind = kind, .fd = fd };
	if (kind == SINK_OFF)
		return;
	assert(size >= SIZE_MIN);
	s->syslog.facility = SYSLOG_DAEMON;
	look_at(s);
	s->line_by_line = line_by_line;
	s->size = size;
	s->bytes = malloc(size);
	assert(s->bytes != NULL);
}

/* Standard output and standard error are shared and stay open. */
static void
close_fd(int fd)
{
	if (fd != -1 && fd != STDOUT_FILENO && fd != STDERR_FILENO)
		close(fd);
}

void
sink_fini(struct sink *s)
{
	sink_flush(s);
	close_fd(s->fd);
	free(s->bytes);
	*s = (struct sink){ .kind = SINK_OFF, .fd = -1 };
}

/* The sandbox of a worker knows by its number which socket may be connected
 * again. */
static int
keep_number(struct sink *s, int fd)
{
	if (s->kind != SINK_SYSLOG || s->fd <= STDERR_FILENO ||
		fd <= STDERR_FILENO || fd == s->fd)
		return fd;
	sink_flush(s);
	if (dup3(fd, s->fd, O_CLOEXEC) == -1)
		return fd;
	close(fd);
	return s->fd;
}

void
sink_reopen(struct sink *s, int fd)
{
	sink_switch(s, s->kind, keep_number(s, fd));
}

void
sink_switch(struct sink *s, enum sink_kind kind, int fd)
{
	assert(s->bytes != NULL);
	sink_flush(s);
	if (s->fd != fd)
		close_fd(s->fd);
	s->fd = fd;
	s->kind = kind;
	look_at(s);
}

static size_t
free_bytes(const struct sink *s)
{
	return s->size - s->used;
}

/*
 * Returns whether there is room for a line, after a flush if necessary; if not,
 * the line is counted as dropped.  While lines are dropped, the line with their
 * number must come before any other.
 */
static bool
make_room(struct sink *s, size_t len)
{
	if (s->dropped == 0 && len <= free_bytes(s))
		return true;
	sink_flush(s);
	if (s->dropped == 0 && len <= free_bytes(s))
		return true;
	s->dropped++;
	s->lost++;
	return false;
}

void
sink_write(struct sink *s, const char *bytes, size_t len)
{
	const char *newline;
	size_t n;

	if (s->kind == SINK_OFF)
		return;
	for (; len > 0; bytes += n, len -= n) {
		newline = memchr(bytes, '\n', len);
		n = newline == NULL ? len : (size_t)(newline - bytes) + 1;
		if (!make_room(s, n))
			continue;
		memcpy(s->bytes + s->used, bytes, n);
		s->used += n;
	}
	if (s->line_by_line)
		sink_flush(s);
}

char *
sink_reserve(struct sink *s, size_t len)
{
	if (s->kind == SINK_OFF || !make_room(s, len))
		return NULL;
	return s->bytes + s->used;
}

void
sink_commit(struct sink *s, size_t len)
{
	if (s->kind == SINK_OFF)
		return;
	assert(len <= free_bytes(s));
	s->used += len;
	if (s->line_by_line)
		sink_flush(s);
}

/*
 * Writes without waiting, or returns -1 with EAGAIN.  Another process may fill
 * the pipe after poll(2) reported room, so pwritev2(2) is asked not to wait
 * either, where the kernel supports that.  O_NONBLOCK would change the pipe for
 * all processes that share it.
 */
static ssize_t
write_ready(int fd, const char *bytes, size_t len)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	if (poll(&ready, 1, 0) == -1)
		return -1;
	if ((ready.revents & POLLOUT) == 0) {
		errno = EAGAIN;
		return -1;
	}
#ifdef RWF_NOWAIT
	struct iovec iov = { (void *)bytes, len };
	ssize_t n = pwritev2(fd, &iov, 1, -1, RWF_NOWAIT);

	if (n != -1 || (errno != EOPNOTSUPP && errno != ENOSYS))
		return n;
#endif
	return write(fd, bytes, len);
}

/*
 * Returns how many bytes to write to a pipe at once: writes of several
 * processes do not mix as long as each is at most PIPE_BUF (pipe(7)), and for
 * whole lines to stay together a write ends at a line end.
 */
static size_t
pipe_length(const char *bytes, size_t len)
{
	size_t n = len < PIPE_BUF ? len : PIPE_BUF;
	const char *newline = memrchr(bytes, '\n', n);

	return newline == NULL ? n : (size_t)(newline - bytes) + 1;
}

/* The daemon has ended: its socket has no reader any more. */
static bool
is_disconnected(int error)
{
	return error == ECONNREFUSED || error == ENOTCONN ||
	       error == ECONNRESET || error == EPIPE;
}

/* Connects to the daemon that has the address now, on the descriptor that all
 * processes share.  errno is preserved where that fails. */
static bool
reconnect_syslog(const struct sink *s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int error = errno;

	/* UDP has told of an earlier datagram. */
	if (s->is_udp)
		return true;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s",
		s->syslog_path[0] == '\0' ? SINK_SYSLOG_PATH : s->syslog_path);
	if (connect(s->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	errno = error;
	return false;
}

/*
 * Sends one line as a datagram.  Returns the bytes it takes in the buffer, or 0
 * to keep it for later.
 */
static size_t
send_datagram(struct sink *s, const char *line, size_t len)
{
	const char *newline = memchr(line, '\n', len);
	size_t n = newline == NULL ? len : (size_t)(newline - line);
	char header[SYSLOG_HEADER_SIZE];
	struct iovec iov[] = {
		{ header, syslog_header(&s->syslog, line, n, header) },
		{ (void *)line, n },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t sent;

	do
		sent = sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && is_disconnected(errno) && reconnect_syslog(s))
		sent = sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == -1 && errno != EMSGSIZE)
		return 0;
	if (sent == -1) { /* else it would block all lines behind it */
		s->dropped++;
		s->lost++;
	}
	return newline == NULL ? n : n + 1;
}

/* Returns the number of bytes written; 0 if nothing can be written now. */
static size_t
write_some(struct sink *s, const char *bytes, size_t len)
{
	ssize_t n;

	if (s->kind == SINK_SYSLOG)
		return send_datagram(s, bytes, len);
	if (s->kind == SINK_RECENT) {
		recent_put(s->recent, bytes, len);
		return len;
	}
	do
		n = s->is_file ? write(s->fd, bytes, len)
			       : write_ready(
					 s->fd, bytes, pipe_length(bytes, len));
	while (n == -1 && errno == EINTR);
	return n == -1 ? 0 : (size_t)n;
}

static void
write_buffer(struct sink *s)
{
	size_t done = 0, n = 1;

	while (done < s->used && n > 0) {
		n = write_some(s, s->bytes + done, s->used - done);
		done += n;
	}
	s->error = done < s->used ? errno : 0;
	s->used -= done;
	memmove(s->bytes, s->bytes + done, s->used);
}

/* Writes the number of lines that a log has lost, as a line of this one;
 * is_other: it is the error log's. */
static int
format_notice(const struct sink *s, char *to, size_t size, uint64_t lines,
	bool is_other)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	if (!s->is_json)
		return snprintf(to, size,
			"%s%" PRIu64 "%s log line%s dropped\n",
			s->kind == SINK_SYSLOG ? "" : "prong: ", lines,
			is_other ? " error" : "", lines == 1 ? "" : "s");
	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return snprintf(to, size,
		"{\"time\":\"%s\",\"event\":\"%s\",\"lines\":%" PRIu64 "}\n",
		text, is_other ? "error_log_dropped" : "dropped", lines);
}

void
sink_tell_error_log_lost(struct sink *s, uint64_t lines)
{
	char text[NOTICE_MAX];
	int n = format_notice(s, text, sizeof(text), lines, true);

	sink_write(s, text, (size_t)n);
}

/*
 * Puts the number of dropped lines into the buffer.  Waits for half of the
 * buffer to be free, or there would be such a line between any two others.
 */
static void
put_dropped(struct sink *s)
{
	int n;

	if (s->used > s->size / 2)
		return;
	n = format_notice(
		s, s->bytes + s->used, free_bytes(s), s->dropped, false);
	assert(n > 0 && n < NOTICE_MAX);
	s->used += (size_t)n;
	s->dropped = 0;
}

void
sink_flush(struct sink *s)
{
	int error = errno;

	if (s->kind == SINK_OFF)
		return;
	write_buffer(s);
	if (s->dropped > 0) {
		put_dropped(s);
		write_buffer(s);
	}
	errno = error;
}

uint64_t
sink_count_unwritten(const struct sink *s)
{
	uint64_t lines = s->dropped;

	for (size_t i = 0; i < s->used; i++)
		lines += s->bytes[i] == '\n';
	return lines;
}
