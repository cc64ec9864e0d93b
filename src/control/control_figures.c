/*
 * SPDX-License-Identifier: MIT
 */
#include "control/control_figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/scoreboard_json.h"
#include "control/control_orders.h"
#include "reconfig/lifecycle.h"
#include "supervise/generation_list.h"
#include "supervise/scoreboard.h"

static const struct conf *
find_conf(void *arg, uint32_t generation)
{
	const struct control_env *env = arg;

	for (const struct generation *g = env->generations->first; g != NULL;
		g = g->next)
		if (g->number == generation)
			return g->conf;
	return NULL;
}

static int
write_figures(FILE *f, const struct control_env *env)
{
	struct scoreboard_confs confs = { find_conf, (void *)env };
	int rc;

	fprintf(f, "{\"ok\":true,\"pid\":%ld,\"version\":", (long)getpid());
	scoreboard_json_text(f, env->version);
	fprintf(f, ",\"configuration\":");
	scoreboard_json_text(f, env->what);
	fprintf(f, ",\"state\":\"%s\",\"uptime_ms\":%" PRId64 ",",
		lifecycle_phase_name(env->life->phase),
		clock_now_ms() - env->life->started);
	rc = scoreboard_json_write(f, &env->scoreboard->view, &confs);
	fprintf(f, "}\n");
	return rc;
}

char *
control_figures(const struct control_env *env)
{
	char *line = NULL;
	size_t size;
	FILE *f = open_memstream(&line, &size);
	int rc;

	if (f == NULL)
		return NULL;
	rc = write_figures(f, env);
	if (fclose(f) != 0 || rc == -1) {
		free(line);
		return NULL;
	}
	return line;
}
