/*
 * proc(5): /proc/PID/stat is one line, /proc/net/netstat pairs of lines with
 * names and numbers.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervise/generation.h"

enum { TEXT = 8192 /* bytes of either file */ };

/* False: it cannot be read. */
static bool
read_text(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return false;
	n = read(fd, text, TEXT - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* The name of the program, in brackets, may hold anything. */
bool
usage_parse_stat(const char *text, struct scoreboard_slot *s)
{
	const char *behind = strrchr(text, ')');
	unsigned long long user, system;
	long resident;

	if (behind == NULL ||
		sscanf(behind + 1,
			" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu "
			"%llu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
			&user, &system, &resident) != 3 ||
		resident < 0)
		return false;
	s->cpu_us = (user + system) * 1000000 /
		    (unsigned long long)sysconf(_SC_CLK_TCK);
	s->resident_bytes =
		(uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

uint64_t
usage_parse_netstat(const char *text)
{
	const char *names = strstr(text, "TcpExt: "), *numbers;
	const char *end;
	char *word;

	if (names == NULL || (numbers = strstr(names + 1, "TcpExt: ")) == NULL)
		return 0;
	end = numbers;
	while (names < end && numbers != NULL) {
		if (strncmp(names, "ListenOverflows", 15) == 0)
			return strtoull(numbers, &word, 10);
		names = strpbrk(names, " \n");
		numbers = strpbrk(numbers, " \n");
		if (names == NULL || numbers == NULL || *names == '\n')
			return 0;
		names++;
		numbers++;
	}
	return 0;
}

/* Since Linux 6.2 the size of the directory is the number of descriptors
 * (proc(5)). */
static uint64_t
count_open_files(pid_t pid)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	return stat(path, &st) == -1 ? 0 : (uint64_t)st.st_size;
}

static void
update_worker(struct scoreboard *sb, const struct proc *p, char *text)
{
	struct scoreboard_slot *s;
	char path[40];

	if (p->state == PROC_NONE)
		return;
	s = scoreboard_entry(sb, p->slot);
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)p->pid);
	if (read_text(path, text))
		usage_parse_stat(text, s);
	s->open_files = count_open_files(p->pid);
}

void
usage_update(struct scoreboard *sb, const struct generation *g)
{
	char text[TEXT];
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		sb->head->master.open_files_limit = limit.rlim_cur;
	for (; g != NULL; g = g->next)
		for (struct proc *p = generation_next(g, NULL); p != NULL;
			p = generation_next(g, p))
			update_worker(sb, p, text);
	if (read_text("/proc/net/netstat", text))
		sb->head->master.accept_overflows = usage_parse_netstat(text);
}
