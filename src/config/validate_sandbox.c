/*
 * "require" promises what "exec" takes away.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_sandbox.h"

#include "common/conf.h"
#include "config/read.h"

static void
report_exec(struct reader *r, const struct conf_route *route)
{
	reader_enter(r, "sites");
	reader_enter_index(r, route->site);
	reader_enter(r, "routes");
	reader_enter_index(r, route->number);
	reader_enter(r, "sandbox");
	reader_enter(r, "exec");
	reader_report(r, JSON_POSITION_VALUE,
		"must be false with \"sandbox\": \"require\": what a program "
		"does that a module executes is not limited; use \"on\"");
	for (int i = 0; i < 6; i++)
		reader_leave(r);
}

void
validate_sandbox(struct reader *r, const struct conf *conf)
{
	if (conf->sandbox != CONF_SANDBOX_REQUIRE)
		return;
	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++) {
			const struct conf_route *route =
				&conf->sites[i].routes[j];

			if (route->module.sandbox != NULL &&
				route->module.sandbox->exec)
				report_exec(r, route);
		}
}
