/*
 * The admin address is bound, inherited and shared like any other; only what
 * answers there differs.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_admin.h"

#include <string.h>

#include "config/address.h"
#include "config/read.h"

void
validate_admin(struct reader *r, const json_t *object, void *base)
{
	struct conf_listen *l = base;
	const char *wrong;

	(void)object;
	if (l->text == NULL)
		return;
	l->is_admin = true;
	wrong = address_parse(l->text, r->dir, l);
	if (wrong == NULL)
		return;
	reader_report_at(r, "listen", "%s", wrong);
	l->text = NULL;
}

void
validate_admin_file(struct reader *r, struct conf *conf)
{
	struct conf_listen *all;

	if (conf->admin.text == NULL)
		return;
	all = reader_alloc(r, conf->nlisten + 1, sizeof(*all));
	for (size_t i = 0; i < conf->nlisten; i++) {
		all[i] = conf->listen[i];
		if (!address_is_same(&all[i], &conf->admin))
			continue;
		reader_enter(r, "admin");
		reader_report_at(
			r, "listen", "the same address as listen[%zu]", i);
		reader_leave(r);
	}
	all[conf->nlisten++] = conf->admin;
	conf->listen = all;
}
