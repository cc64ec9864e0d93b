/*
 * The kernel lists listening sockets with their inode, and the descriptors of
 * each process as links to "socket:[INODE]".
 * SPDX-License-Identifier: MIT
 */
#include "supervise/socket_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { INODES_MAX = 128, TCP_LISTEN = 0x0a };

struct inodes {
	unsigned long all[INODES_MAX];
	size_t n;
};

static void
add_inode(struct inodes *to, unsigned long inode)
{
	if (to->n < INODES_MAX && inode != 0)
		to->all[to->n++] = inode;
}

/* ---- the sockets of an address ------------------------------------------- */

static void
find_tcp(const char *file, unsigned port, struct inodes *to)
{
	unsigned at, state;
	unsigned long inode;
	char line[512];
	FILE *f = fopen(file, "re");

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line,
			    "%*d: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s "
			    "%lu",
			    &at, &state, &inode) == 3 &&
			at == port && state == TCP_LISTEN)
			add_inode(to, inode);
	fclose(f);
}

static void
find_unix(const char *path, struct inodes *to)
{
	char line[512], name[256];
	unsigned long inode;
	FILE *f = fopen("/proc/net/unix", "re");

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %255s", &inode,
			    name) == 2 &&
			strcmp(name, path) == 0)
			add_inode(to, inode);
	fclose(f);
}

static void
find_inodes(const struct sockaddr_storage *address, struct inodes *to)
{
	const void *at = address;
	const struct sockaddr_in *ip4 = at;
	const struct sockaddr_in6 *ip6 = at;
	const struct sockaddr_un *un = at;
	unsigned port;

	if (address->ss_family == AF_UNIX) {
		find_unix(un->sun_path, to);
		return;
	}
	port = ntohs(address->ss_family == AF_INET6 ? ip6->sin6_port
						    : ip4->sin_port);
	find_tcp("/proc/net/tcp", port, to);
	find_tcp("/proc/net/tcp6", port, to);
}

/* ---- the processes ------------------------------------------------------- */

static bool
is_one_of(const struct inodes *inodes, const char *link)
{
	unsigned long inode;

	if (sscanf(link, "socket:[%lu]", &inode) != 1)
		return false;
	for (size_t i = 0; i < inodes->n; i++)
		if (inodes->all[i] == inode)
			return true;
	return false;
}

static bool
holds_socket(long pid, const struct inodes *inodes)
{
	char path[64], link[64];
	const struct dirent *entry;
	bool holds = false;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	dir = opendir(path);
	if (dir == NULL)
		return false;
	while (!holds && (entry = readdir(dir)) != NULL) {
		len = readlinkat(
			dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		if (len <= 0)
			continue;
		link[len] = '\0';
		holds = is_one_of(inodes, link);
	}
	closedir(dir);
	return holds;
}

static void
read_name(long pid, char *name, size_t size)
{
	char path[64];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	f = fopen(path, "re");
	if (f != NULL) {
		len = fread(name, 1, size - 1, f);
		fclose(f);
	}
	while (len > 0 && name[len - 1] == '\0')
		len--;
	name[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)name[i]))
			name[i] = ' ';
}

static long
read_parent(long pid)
{
	char path[64], line[512];
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	/* "PID (NAME) STATE PARENT ..."; a name may contain anything. */
	if (fgets(line, sizeof(line), f) != NULL && strrchr(line, ')') != NULL)
		sscanf(strrchr(line, ')') + 1, " %*c %ld", &parent);
	fclose(f);
	return parent;
}

static bool
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* True for a child of a master that does not live any more. */
static bool
is_left_over(long pid, const char *name)
{
	static const char ours[] = "prong: ", master[] = "prong: master";
	char parent[64];

	if (!begins_with(name, ours) || begins_with(name, master))
		return false;
	read_name(read_parent(pid), parent, sizeof(parent));
	return !begins_with(parent, ours);
}

/* A worker that is stopped is replaced: its master is the one to stop.  Process
 * 1 has the sockets that it passes to services. */
static long
find_master(long pid, const struct inodes *inodes)
{
	long parent;

	while ((parent = read_parent(pid)) > 1 && holds_socket(parent, inodes))
		pid = parent;
	return pid;
}

enum socket_holder_result
socket_holder_find(
	const struct sockaddr_storage *address, struct socket_holder *holder)
{
	struct inodes inodes = { .n = 0 };
	const struct dirent *entry;
	DIR *dir = NULL;
	long pid;

	holder->pid = 0;
	find_inodes(address, &inodes);
	if (inodes.n > 0)
		dir = opendir("/proc");
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || !holds_socket(pid, &inodes))
			continue;
		pid = find_master(pid, &inodes);
		holder->pid = (pid_t)pid;
		read_name(pid, holder->name, sizeof(holder->name));
		holder->is_left_over = is_left_over(pid, holder->name);
		if (!holder->is_left_over)
			break;
	}
	if (dir != NULL)
		closedir(dir);
	if (holder->pid != 0)
		return SOCKET_HOLDER_FOUND;
	return inodes.n > 0 ? SOCKET_HOLDER_HIDDEN : SOCKET_HOLDER_NONE;
}
