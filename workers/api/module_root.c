/*
 * A directory of prong_file() is to the file cache what the root of a route is.
 * SPDX-License-Identifier: MIT
 */
#include "api/module_root.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/instance.h"
#include "common/conf.h"
#include "common/mem.h"
#include "file/disk.h"
#include "file/docroot.h"
#include "serve/serve_state.h"
#include "serve/site.h"

/*
 * limit per instance: more directories mean that paths are made up per request
 */
enum {
	MOST = 64,
	FIRST_NUMBER = 1 << 20 /* higher than the numbers of routes */
};

struct module_root {
	struct module_root *next;
	struct conf_route conf;
	struct docroot docroot;
	char dir[];
};

static const char *const index_names[] = { "index.html", NULL };
static const struct conf_field encodings[] = { { SPAN(".svgz"),
	SPAN("gzip") } };

static void
init_folder_conf(struct module_root *f, const struct conf_route *conf)
{
	f->conf = *conf;
	f->conf.files.root = f->dir;
	f->conf.files.index = index_names;
	f->conf.files.precompressed = true;
	f->conf.files.encodings = (struct conf_fields){ encodings, 1 };
	f->conf.files.compress = 1u << CONF_CODING_ZSTD | 1u << CONF_CODING_BR |
				 1u << CONF_CODING_GZIP;
}

static const struct docroot *
open_folder(struct prong_instance *i, const struct route *r, const char *dir)
{
	struct worker *w = i->worker;
	struct module_root *f = mem_calloc(1, sizeof(*f) + strlen(dir) + 1);

	strcpy(f->dir, dir);
	init_folder_conf(f, i->conf);
	if (docroot_open(&f->docroot, &f->conf, w->conf->media_types,
		    FIRST_NUMBER + w->nmodule_roots,
		    &w->serve->sites.roots) == -1) {
		free(f);
		return NULL;
	}
	disk_add_device(w->disk, f->docroot.device);
	w->nmodule_roots++;
	f->docroot.headers = &r->headers;
	f->next = i->roots;
	i->roots = f;
	return &f->docroot;
}

const struct docroot *
module_root_find(
	struct prong_instance *i, const struct route *r, const char *dir)
{
	unsigned count = 0;

	for (struct module_root *f = i->roots; f != NULL; f = f->next) {
		if (strcmp(f->dir, dir) == 0)
			return &f->docroot;
		count++;
	}
	if (count >= MOST) {
		errno = ENFILE;
		return NULL;
	}
	return open_folder(i, r, dir);
}

void
module_root_close_all(struct prong_instance *i)
{
	struct module_root *f;

	while ((f = i->roots) != NULL) {
		i->roots = f->next;
		docroot_close(&f->docroot);
		free(f);
	}
}
