/*
 * SPDX-License-Identifier: MIT
 */
#include "support/bus_numbers.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test_deadline.h"
#include "support/ws_client.h"

struct bus_seen bus_seen[BUS_WORKERS];

void
bus_numbers_start(struct server *s)
{
	server_init(s);
	server_shell(s, "mkdir seen");
	server_start(s, BUS_SEEN_CONF("seen"));
}

int
bus_numbers_publish(struct server *s, int from, int count)
{
	struct response r;
	struct client c;
	char text[128];

	snprintf(text, sizeof(text),
		"POST /range?from=%d&n=%d HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 0\r\nConnection: close\r\n\r\n",
		from, count);
	client_open(&c, s->port);
	client_say(&c, text);
	if (client_try_recv(&c, &r, false) == CLIENT_OK) {
		count = atoi(r.body);
		response_free(&r);
	}
	client_close(&c);
	return from + count;
}

static void
read_process(const char *path, struct bus_seen *seen)
{
	bool has[BUS_NUMBERS] = { false };
	FILE *f = fopen(path, "r");
	char line[64];
	int n;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "lost ", 5) == 0) {
			seen->lost += atoi(line + 5);
			continue;
		}
		n = atoi(line);
		ck_assert_int_lt(n, BUS_NUMBERS);
		ck_assert_msg(!has[n], "%s: %d twice", path, n);
		has[n] = seen->has[n] = true;
	}
	fclose(f);
}

void
bus_numbers_read(struct server *s)
{
	struct dirent *entry;
	char path[512];
	unsigned index;
	DIR *d;

	memset(bus_seen, 0, sizeof(bus_seen));
	snprintf(path, sizeof(path), "%s/seen", s->dir);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d)) != NULL) {
		if (sscanf(entry->d_name, "%u.", &index) != 1)
			continue;
		ck_assert_uint_lt(index, BUS_WORKERS);
		snprintf(path, sizeof(path), "%s/seen/%s", s->dir,
			entry->d_name);
		read_process(path, &bus_seen[index]);
	}
	closedir(d);
}

void
bus_numbers_settle(struct server *s, int *next)
{
	int64_t deadline = deadline_in(BUS_PATIENCE);
	bool have_all;

	do {
		*next = bus_numbers_publish(s, *next, 1);
		bus_numbers_read(s);
		have_all = true;
		for (int i = 0; i < BUS_WORKERS; i++)
			have_all &= bus_seen[i].has[*next - 1];
		ck_assert_msg(deadline_now() < deadline && *next < BUS_NUMBERS,
			"not all hear of %d", *next - 1);
	} while (!have_all && server_tick(s, deadline));
}

int
bus_missed(int index, int count)
{
	int missed = 0;

	for (int n = 0; n < count; n++) {
		bool is_seen = false;

		for (int i = 0; i < BUS_WORKERS; i++)
			is_seen |= bus_seen[i].has[n];
		missed += is_seen && !bus_seen[index].has[n];
	}
	return missed;
}

void
bus_numbers_expect(struct client *c, int count)
{
	bool has[BUS_NUMBERS] = { false };
	struct ws_frame f;
	int n;

	ck_assert_int_le(count, BUS_NUMBERS);
	for (int i = 0; i < count; i++) {
		ws_recv(c, &f);
		ck_assert_msg(f.first == WS_TEXT &&
				      sscanf(f.bytes, "bus %d", &n) == 1,
			"%s", f.bytes);
		ck_assert_int_lt(n, count);
		ck_assert_msg(!has[n], "%d came twice", n);
		has[n] = true;
		free(f.bytes);
	}
}
