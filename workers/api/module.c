/*
 * What has to be right before any function of a module is called.
 * SPDX-License-Identifier: MIT
 */
#include "api/module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/context.h"
#include "api/export_symbols.h"
#include "api/form.h"
#include "api/instance.h"
#include "api/module_body.h"
#include "api/module_library.h"
#include "api/module_table.h"
#include "common/conf.h"
#include "common/mem.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "serve/module_service.h"
#include "serve/site.h"

struct module {
	void (*const *export_symbols)(void); /* there for it to call */
	struct prong_module self;
	struct prong_instance instance;
};

/* ---- loading ------------------------------------------------------------ */

static void
unload_module(struct module *m)
{
	if (m == NULL)
		return;
	instance_fini(&m->instance);
	/* The library stays: threads may still run its code, and what reports
	 * leaks at the end finds its symbols. */
	free(m);
}

struct module *
module_make(struct worker *w, const struct conf_route *conf,
	const struct prong_module *self, char *why, size_t size)
{
	struct module *m = mem_alloc(sizeof(*m));

	m->self = *self;
	m->export_symbols = export_symbols;
	if (instance_init(&m->instance, w, conf, &m->self, why, size) == 0)
		return m;
	unload_module(m);
	return NULL;
}

static struct module *
load_module(struct worker *w, const struct conf_route *conf,
	const struct heritage_file *copy, char *why, size_t size)
{
	struct prong_module self;
	void *library = module_library_open(
		w->conf->paths.modules, conf->module.name, copy, why, size);

	if (library == NULL)
		return NULL;
	if (module_table_read(&self, dlsym(library, "prong_module"),
		    conf->module.name, why, size) == -1) {
		dlclose(library);
		return NULL;
	}
	return module_make(w, conf, &self, why, size);
}

void
module_drain(struct module *m)
{
	if (m != NULL)
		instance_drain(&m->instance);
}

void
module_force_end(struct module *m)
{
	if (m != NULL)
		context_force_end_all(&m->instance);
}

static void
answer_request(struct exchange *x)
{
	context_run(x, &x->route->module->instance);
}

static void
expect_content(struct exchange *x)
{
	context_expect_content(x, &x->route->module->instance);
}

const struct module_service module_service = {
	.load = load_module,
	.unload = unload_module,
	.expect_content = expect_content,
	.take_content = module_body_take,
	.free_form = form_free,
	.answer = answer_request,
};

struct prong_instance *
module_instance(struct module *m)
{
	return &m->instance;
}
