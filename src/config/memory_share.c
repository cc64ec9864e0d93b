/*
 * A worker whose cache fills the memory of its container is killed with all of
 * its requests, so the caches of all workers leave room for the rest.
 * SPDX-License-Identifier: MIT
 */
#include "config/memory_share.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/conf.h"
#include "config/cgroup.h"
#include "config/directive.h"
#include "config/read.h"

enum {
	DEFAULT_SHARE = 64 * 1024 * 1024, /* bytes */
	PART = 4, /* of the limit, over all workers, for each use */
};

/* A limit in bytes; cgroup v1 writes no limit as a number near 2^63. */
static bool
parse_bytes(const char *line, double *bytes)
{
	char *end;

	*bytes = strtod(line, &end);
	return end != line && *bytes >= 0 && *bytes < (double)(INT64_MAX / 2);
}

double
memory_share_limit(const char *root, const char *membership, const char **file)
{
	char group[PATH_MAX], v1_root[PATH_MAX];
	double limit = 0, v1_limit;

	*file = "memory.max";
	cgroup_find(membership, NULL, group, sizeof(group));
	if (!cgroup_find_limit(root, group, *file, parse_bytes, &limit))
		limit = 0;
	if (!cgroup_find(membership, "memory", group, sizeof(group)))
		return limit;
	snprintf(v1_root, sizeof(v1_root), "%s/memory", root);
	if (!cgroup_find_limit(v1_root, group, "memory.limit_in_bytes",
		    parse_bytes, &v1_limit) ||
		(limit > 0 && limit <= v1_limit))
		return limit;
	*file = "memory.limit_in_bytes";
	return v1_limit;
}

static void
explain_share(struct conf *conf, double limit, const char *file)
{
	const double mib = 1024 * 1024;

	conf->limits.memory_why = arena_printf(&conf->arena,
		"each worker (of %lld) caches up to %.3g MiB of files "
		"(limits.cache) and keeps up to %.3g MiB of request "
		"bodies (limits.body_memory): the cgroup allows %.4g "
		"MiB of memory (%s)",
		(long long)conf->workers, (double)conf->limits.cache / mib,
		(double)conf->limits.body_memory / mib, limit / mib, file)
					  .at;
}

void
memory_share_resolve(
	struct conf *conf, const char *root, const char *membership)
{
	struct conf_limits *l = &conf->limits;
	int64_t share = DEFAULT_SHARE;
	const char *file;
	double limit;

	if (l->cache != DIRECTIVE_AUTO && l->body_memory != DIRECTIVE_AUTO)
		return;
	limit = memory_share_limit(root, membership, &file);
	if (limit > 0 && limit / PART / (double)conf->workers < DEFAULT_SHARE)
		share = (int64_t)(limit / PART / (double)conf->workers);
	if (l->cache == DIRECTIVE_AUTO)
		l->cache = share;
	if (l->body_memory == DIRECTIVE_AUTO)
		l->body_memory = share > l->body ? share : l->body;
	if (share < DEFAULT_SHARE)
		explain_share(conf, limit, file);
}

static void
validate_worker_memory(struct reader *r, const struct conf_limits *l)
{
	if (l->worker_memory == 0 || l->cache == DIRECTIVE_AUTO ||
		l->worker_memory > l->cache)
		return;
	reader_report_at(r, "worker_memory",
		"must be more than limits.cache, which is %lld: a worker whose "
		"cache is full would be replaced",
		(long long)l->cache);
}

void
memory_share_validate(struct reader *r, const json_t *object, void *base)
{
	const struct conf_limits *l = base;

	(void)object;
	validate_worker_memory(r, l);
	if (l->body_memory == DIRECTIVE_AUTO || l->body_memory >= l->body)
		return;
	reader_report_at(r, "body_memory",
		"must not be less than limits.body, which is %lld",
		(long long)l->body);
}
