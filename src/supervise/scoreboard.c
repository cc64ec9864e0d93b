/*
 * The pages behind the slots are given out by a book of the master's own, first
 * fit: to a generation for the numbers of its sites, to a worker for what it
 * counts.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/read_once.h"

/* ---- the memory --------------------------------------------------------- */

static size_t
round_up(size_t n, size_t page)
{
	return (n + page - 1) / page * page;
}

static void
set_layout(struct scoreboard *sb, size_t nslots)
{
	sb->page = (size_t)sysconf(_SC_PAGESIZE);
	sb->view.segment =
		round_up(sizeof(struct scoreboard_segment), sb->page);
	sb->view.segments = round_up(sizeof(struct scoreboard_head), sb->page);
	sb->pages_at = sb->view.segments + nslots * sb->view.segment;
	sb->size = sb->pages_at + SCOREBOARD_PAGES * sb->page;
}

/* Kernels before 5.1 know no F_SEAL_FUTURE_WRITE; a worker's maps for reading
 * then come from a descriptor for reading, which is as good. */
static int
seal_memory(int fd)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == -1)
		return -1;
#ifdef F_SEAL_FUTURE_WRITE
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == -1 &&
		errno != EINVAL)
		return -1;
#endif
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL);
}

/* A descriptor that nothing can be written by. */
static int
reopen_for_reading(int fd)
{
	char path[40];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again == -1)
		return fd;
	close(fd);
	return again;
}

/* 0, or -1 with errno. */
static int
map_memory(struct scoreboard *sb)
{
	void *memory;

	sb->fd = memfd_create(
		"prong-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (sb->fd == -1 || ftruncate(sb->fd, (off_t)sb->size) == -1)
		return -1;
	memory = mmap(
		NULL, sb->size, PROT_READ | PROT_WRITE, MAP_SHARED, sb->fd, 0);
	if (memory == MAP_FAILED)
		return -1;
	sb->head = memory;
	sb->view.head = memory;
	if (seal_memory(sb->fd) == -1 ||
		madvise(memory, sb->size, MADV_DONTFORK) == -1)
		return -1;
	/* A core dump would read all of it. */
	madvise(memory, sb->size, MADV_DONTDUMP);
	sb->fd = reopen_for_reading(sb->fd);
	return 0;
}

int
scoreboard_open(struct scoreboard *sb, size_t nslots)
{
	struct timespec now;
	int error;

	*sb = (struct scoreboard){ .fd = -1 };
	set_layout(sb, nslots);
	sb->is_taken = calloc(nslots, sizeof(*sb->is_taken));
	sb->used = calloc(SCOREBOARD_PAGES, sizeof(*sb->used));
	if (sb->is_taken == NULL || sb->used == NULL || map_memory(sb) == -1) {
		error = errno;
		scoreboard_close(sb);
		errno = error;
		return -1;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	sb->head->nslots = (uint32_t)nslots;
	sb->head->nsites = 1;
	strcpy(sb->head->names[0], SCOREBOARD_NO_SITE);
	sb->head->master.started = (uint64_t)now.tv_sec;
	sb->head->master.started_ns = (uint64_t)now.tv_nsec;
	return 0;
}

void
scoreboard_close(struct scoreboard *sb)
{
	if (sb->head != NULL)
		munmap(sb->head, sb->size);
	if (sb->fd != -1)
		close(sb->fd);
	free(sb->is_taken);
	free(sb->used);
	*sb = (struct scoreboard){ .fd = -1 };
}

/* ---- pages -------------------------------------------------------------- */

static size_t
count_pages(const struct scoreboard *sb, size_t bytes)
{
	return (bytes + sb->page - 1) / sb->page;
}

/* The offset of cleared memory; 0: there is no room, or none is needed. */
static uint64_t
take_pages(struct scoreboard *sb, size_t bytes)
{
	size_t n = count_pages(sb, bytes), run = 0, first;
	uint64_t offset;

	for (size_t i = 0; i < SCOREBOARD_PAGES && n > 0; i++) {
		run = sb->used[i] ? 0 : run + 1;
		if (run < n)
			continue;
		first = i + 1 - n;
		memset(sb->used + first, true, n);
		offset = sb->pages_at + first * sb->page;
		memset((char *)sb->head + offset, 0, n * sb->page);
		return offset;
	}
	return 0;
}

static void
give_pages(struct scoreboard *sb, uint64_t offset, size_t bytes)
{
	if (offset != 0)
		memset(sb->used + (offset - sb->pages_at) / sb->page, false,
			count_pages(sb, bytes));
}

/* ---- sites -------------------------------------------------------------- */

static const char *
name_site(const struct conf_site *site)
{
	return site->hosts == NULL || site->hosts[0] == NULL ? "*"
							     : site->hosts[0];
}

uint32_t
scoreboard_find_site(struct scoreboard *sb, const char *name)
{
	struct scoreboard_head *h = sb->head;

	for (uint32_t i = 0; i < h->nsites; i++)
		if (strcmp(h->names[i], name) == 0)
			return i;
	if (h->nsites == SCOREBOARD_SITES || strlen(name) >= SCOREBOARD_NAME)
		return 0;
	strcpy(h->names[h->nsites], name);
	return h->nsites++;
}

bool
scoreboard_add_sites(struct scoreboard *sb, const struct conf *conf,
	struct scoreboard_sites *sites)
{
	bool have_room = true;
	uint32_t *indices;

	*sites = (struct scoreboard_sites){ .n = conf->nsites };
	sites->indices = take_pages(sb, conf->nsites * sizeof(*indices));
	if (sites->indices == 0) {
		sites->n = 0;
		return conf->nsites == 0;
	}
	indices = (uint32_t *)(void *)((char *)sb->head + sites->indices);
	for (size_t i = 0; i < conf->nsites; i++) {
		indices[i] =
			scoreboard_find_site(sb, name_site(&conf->sites[i]));
		have_room &= indices[i] != 0;
	}
	return have_room;
}

void
scoreboard_remove_sites(struct scoreboard *sb, struct scoreboard_sites *sites)
{
	give_pages(sb, sites->indices, sites->n * sizeof(uint32_t));
	*sites = (struct scoreboard_sites){ .n = 0 };
}

/* ---- slots -------------------------------------------------------------- */

static struct scoreboard_segment *
segment_of(const struct scoreboard *sb, size_t i)
{
	return (struct scoreboard_segment *)(void *)((char *)sb->head +
						     sb->view.segments +
						     i * sb->view.segment);
}

static size_t
index_of(const struct scoreboard *sb, const struct slot *s)
{
	return (size_t)((const char *)s - (const char *)sb->head -
			(ptrdiff_t)sb->view.segments) /
	       sb->view.segment;
}

static size_t
site_bytes(const struct scoreboard_slot *s)
{
	return s->nsites * sizeof(struct site_counters);
}

static void
take_sites(struct scoreboard *sb, struct scoreboard_slot *s,
	const struct scoreboard_sites *sites)
{
	s->nsites = 0;
	s->resident_bytes = s->cpu_us = s->open_files = 0;
	if (sites == NULL || sites->n == 0)
		return;
	s->nsites = (uint32_t)sites->n;
	s->indices = sites->indices;
	s->sites = take_pages(sb, site_bytes(s));
	if (s->sites == 0)
		s->nsites = 0;
}

static struct slot *
fill_slot(struct scoreboard *sb, size_t i, const struct scoreboard_sites *sites)
{
	struct scoreboard_segment *segment = segment_of(sb, i);

	sb->is_taken[i] = true;
	/* Not the series: the worker writes each before it counts it. */
	memset(segment, 0, offsetof(struct scoreboard_segment, metrics));
	segment->metrics.n = segment->routes.n = 0;
	segment->metrics.refused = segment->routes.refused = 0;
	segment->slot.state = SLOT_STARTING;
	take_sites(sb, &sb->head->slots[i], sites);
	if (++sb->last_serial == 0)
		sb->last_serial = 1;
	/* Readers count it from now on. */
	sb->head->slots[i].serial = sb->last_serial;
	if (i >= sb->head->nslots_used)
		sb->head->nslots_used = (uint32_t)i + 1;
	return &segment->slot;
}

struct slot *
scoreboard_take(struct scoreboard *sb, const struct scoreboard_sites *sites)
{
	for (size_t i = 0; i < sb->head->nslots; i++)
		if (!sb->is_taken[i])
			return fill_slot(sb, i, sites);
	return NULL;
}

struct scoreboard_slot *
scoreboard_entry(struct scoreboard *sb, const struct slot *s)
{
	return &sb->head->slots[index_of(sb, s)];
}

struct slot_inflight *
scoreboard_inflight(const struct scoreboard *sb, const struct slot *s)
{
	return &segment_of(sb, index_of(sb, s))->inflight;
}

static struct site_counters *
counters_at(const struct scoreboard *sb, uint64_t offset)
{
	return (struct site_counters *)(void *)((char *)sb->head + offset);
}

struct site_counters *
scoreboard_site_counters(const struct scoreboard *sb, const struct slot *s)
{
	const struct scoreboard_slot *of = &sb->head->slots[index_of(sb, s)];

	return of->nsites == 0 ? NULL : counters_at(sb, of->sites);
}

static const uint32_t *
indices_of(const struct scoreboard *sb, const struct scoreboard_slot *s)
{
	return (uint32_t *)(void *)((char *)sb->head + s->indices);
}

static void
add_slot(struct scoreboard *sb, size_t i, const struct slot *s)
{
	const struct scoreboard_slot *of = &sb->head->slots[i];
	const struct site_counters *sites = counters_at(sb, of->sites);
	const struct scoreboard_segment *segment = segment_of(sb, i);
	struct scoreboard_past *past = scoreboard_next_past(sb);

	totals_add(&past->totals, s);
	past->totals.workers++;
	site_counters_add(&past->sites[0], &s->no_site);
	for (uint32_t k = 0; k < of->nsites; k++)
		site_counters_add(
			&past->sites[indices_of(sb, of)[k]], &sites[k]);
	module_metrics_add(&past->metrics, &segment->metrics, false);
	module_metrics_add(&past->metrics, &segment->routes, false);
	past->serials[i] = of->serial;
}

/* The copy that readers have left gets what was added to the other one. */
static void
copy_slot(struct scoreboard *sb, size_t i)
{
	const struct scoreboard_slot *of = &sb->head->slots[i];
	const struct scoreboard_segment *segment = segment_of(sb, i);
	const struct scoreboard_past *from = scoreboard_past(sb);
	struct scoreboard_past *to = scoreboard_next_past(sb);
	uint32_t site;

	to->totals = from->totals;
	to->serials[i] = from->serials[i];
	to->sites[0] = from->sites[0];
	if (segment->metrics.n > 0 || segment->routes.n > 0)
		module_metrics_copy(&to->metrics, &from->metrics);
	for (uint32_t k = 0; k < of->nsites; k++) {
		site = indices_of(sb, of)[k];
		to->sites[site] = from->sites[site];
	}
}

void
scoreboard_give_back(struct scoreboard *sb, struct slot *s)
{
	size_t i = index_of(sb, s);
	struct scoreboard_slot *of = &sb->head->slots[i];

	add_slot(sb, i, s);
	scoreboard_exchange_past(sb);
	copy_slot(sb, i);
	give_pages(sb, of->sites, site_bytes(of));
	of->serial = 0;
	s->state = SLOT_EMPTY;
	sb->is_taken[i] = false;
}

struct module_metrics *
scoreboard_metrics(const struct scoreboard *sb, const struct slot *s)
{
	return &segment_of(sb, index_of(sb, s))->metrics;
}

struct module_metrics *
scoreboard_routes(const struct scoreboard *sb, const struct slot *s)
{
	return &segment_of(sb, index_of(sb, s))->routes;
}

/* ---- the fork ----------------------------------------------------------- */

pid_t
scoreboard_fork(const struct scoreboard *sb)
{
	pid_t pid;

	if (madvise(sb->head, sb->size, MADV_DOFORK) == -1)
		return -1;
	pid = fork();
	if (pid != 0)
		madvise(sb->head, sb->size, MADV_DONTFORK);
	return pid;
}

/* Maps what is between two offsets anew, for reading only. */
static int
protect_range(const struct scoreboard *sb, size_t from, size_t to)
{
	void *at = (char *)sb->head + from;

	if (from >= to)
		return 0;
	if (mmap(at, to - from, PROT_READ, MAP_SHARED | MAP_FIXED, sb->fd,
		    (off_t)from) == MAP_FAILED)
		return -1;
	madvise(at, to - from, MADV_DONTDUMP);
	return 0;
}

int
scoreboard_keep_own(const struct scoreboard *sb, const struct slot *s)
{
	size_t i = index_of(sb, s);
	const struct scoreboard_slot *of = &sb->head->slots[i];
	size_t own = sb->view.segments + i * sb->view.segment;
	size_t end = own + sb->view.segment, sites = end, sites_end = end;

	if (of->nsites > 0) {
		sites = of->sites;
		sites_end = sites + count_pages(sb, site_bytes(of)) * sb->page;
	}
	if (protect_range(sb, 0, own) == -1 ||
		protect_range(sb, end, sites) == -1 ||
		protect_range(sb, sites_end, sb->size) == -1)
		return -1;
	return close(sb->fd);
}

/* ---- reading ------------------------------------------------------------ */

static uint64_t
read_bounded(const uint64_t *from)
{
	uint64_t n = READ_ONCE(*from);

	return n < INT32_MAX ? n : INT32_MAX;
}

uint64_t
scoreboard_connections(const struct slot *s)
{
	return read_bounded(&s->connections);
}

uint64_t
scoreboard_load(const struct slot *s)
{
	uint64_t load = read_bounded(&s->connections) +
			read_bounded(&s->gauges.http2_load);

	return load < INT32_MAX ? load : INT32_MAX;
}

uint64_t
scoreboard_http2_connections(const struct slot *s)
{
	return read_bounded(&s->gauges.http2_connections);
}

uint64_t
scoreboard_cpu_us(const struct slot *s)
{
	return read_bounded(&s->gauges.cpu_us);
}

static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '\\';
}

const char *
scoreboard_line(const struct slot_request *r, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(r->head); i++) {
		unsigned char c = (unsigned char)r->head[i];

		if (c == '\0' || c == '\r' || c == '\n' || used + 5 > size)
			break;
		if (is_plain(c))
			text[used++] = (char)c;
		else
			used += (size_t)snprintf(
				text + used, size - used, "\\x%02x", c);
	}
	text[used] = '\0';
	return text;
}
