/*
 * The order of the last layers: Landlock opens the declared paths, which
 * seccomp might not allow.
 * SPDX-License-Identifier: MIT
 */
#include "sandbox.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "capabilities.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/log.h"
#include "common/sanitized.h"
#include "common/slot.h"
#include "denials.h"
#include "landlock.h"
#include "sandbox_learn.h"
#include "seccomp_filter.h"
#include "worker.h"

enum { REASON = 512 };

/* ---- the needs ---------------------------------------------------------- */

static void
add_needs(struct sandbox_needs *n, const struct conf_route *route,
	enum conf_sandbox_mode mode)
{
	const struct conf_sandbox *own = route->module.sandbox;

	n->has_modules = true;
	if (own == NULL && mode == CONF_SANDBOX_AUTO && n->undeclared == NULL)
		n->undeclared = route;
	if (own != NULL && own->exec && n->exec == NULL)
		n->exec = route;
	n->files |= own != NULL && (*own->read != NULL || *own->write != NULL);
	n->connect |= own != NULL && own->connect;
}

static struct sandbox_needs
find_needs(const struct conf *conf)
{
	const char *preload = getenv("LD_PRELOAD");
	struct sandbox_needs n = {
		.preload = conf->sandbox == CONF_SANDBOX_AUTO &&
			   preload != NULL && *preload != '\0',
	};

	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++)
			if (conf->sites[i].routes[j].kind == CONF_ROUTE_MODULE)
				add_needs(&n, &conf->sites[i].routes[j],
					conf->sandbox);
	return n;
}

/* ---- the log ------------------------------------------------------------ */

static void
say_layers(struct worker *w)
{
	char text[256] = "";
	size_t len = 0;

	for (int i = 0; i < SLOT_SANDBOX_LAYERS; i++)
		if (w->slot->sandbox & 1u << i)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"%s%s", len == 0 ? "" : ", ",
				slot_sandbox_name(i));
	if (heritage_tells_for_all(w->heritage))
		log_notice(&w->log, "sandbox: %s", len == 0 ? "none" : text);
}

static void
say_limits(struct worker *w, const struct sandbox_needs *n)
{
	const struct conf_route *route =
		n->exec != NULL ? n->exec : n->undeclared;
	char text[CONF_ROUTE_TEXT];

	if (route == NULL && n->preload)
		log_notice(&w->log,
			"sandbox: files, connections and programs are not "
			"limited: LD_PRELOAD is set; \"sandbox\": \"on\" "
			"limits "
			"them all the same");
	if (route == NULL)
		return;
	log_notice(&w->log,
		n->exec != NULL
			? "sandbox: files, connections and programs are not "
			  "limited: route %s, module \"%s\", declares exec"
			: "sandbox: files, connections and programs are not "
			  "limited: route %s, module \"%s\", declares no "
			  "needs; add \"sandbox\": {} to the route, or what "
			  "the module needs (prong-module(3))",
		conf_route_text(route, text, sizeof(text)), route->module.name);
}

/* A layer is missing: 0, or -1 with the reason if all are required. */
static int
do_without(struct worker *w, const char *layer, const char *reason, char *why,
	size_t size)
{
	if (w->conf->sandbox == CONF_SANDBOX_REQUIRE) {
		snprintf(why, size,
			"\"sandbox\": \"require\", but there is no %s: %s",
			layer, reason);
		return -1;
	}
	if (heritage_tells_for_all(w->heritage))
		log_notice(&w->log, "sandbox: no %s: %s", layer, reason);
	return 0;
}

/* ---- the layers --------------------------------------------------------- */

static int
note_privileges(struct worker *w, char *why, size_t size)
{
	uint32_t mask = 0;

	if (capabilities_are_dropped())
		mask |= 1u << SLOT_SANDBOX_CAPABILITIES;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		mask |= 1u << SLOT_SANDBOX_NO_NEW_PRIVS;
	w->slot->sandbox = mask;
	if (w->conf->sandbox == CONF_SANDBOX_OFF)
		return 0;
	if ((mask & 1u << SLOT_SANDBOX_CAPABILITIES) == 0 &&
		do_without(w, "empty capability set",
			"the kernel refused capset(2)", why, size) == -1)
		return -1;
	if ((mask & 1u << SLOT_SANDBOX_NO_NEW_PRIVS) == 0)
		return do_without(w, "no_new_privs",
			"the kernel refused PR_SET_NO_NEW_PRIVS", why, size);
	return 0;
}

static int
enter_landlock(
	struct worker *w, const struct sandbox_needs *n, char *why, size_t size)
{
	char reason[REASON];
	int layers = -1;

	if (IS_SANITIZED)
		snprintf(reason, sizeof(reason), "built with sanitizers");
	else
		layers = landlock_enter(w, n, reason, sizeof(reason));
	if (layers == -1)
		return do_without(w, "Landlock", reason, why, size);
	w->slot->sandbox |= (uint32_t)layers;
	return 0;
}

static int
enter_seccomp(
	struct worker *w, const struct sandbox_needs *n, char *why, size_t size)
{
	char reason[REASON];
	int layers = -1;

	if (IS_SANITIZED)
		snprintf(reason, sizeof(reason), "built with sanitizers");
	else if (w->conf->sandbox == CONF_SANDBOX_AUTO &&
		 w->conf->disk.mode == CONF_DISK_IO_URING)
		snprintf(reason, sizeof(reason),
			"\"disk\": {\"mode\": \"io_uring\"} evades it");
	else
		layers = seccomp_enter(w, n, reason, sizeof(reason));
	if (layers == -1)
		return do_without(w, "seccomp", reason, why, size);
	w->slot->sandbox |= (uint32_t)layers;
	return 0;
}

static int
enter_layers(
	struct worker *w, const struct sandbox_needs *n, char *why, size_t size)
{
	if (enter_landlock(w, n, why, size) == -1 ||
		enter_seccomp(w, n, why, size) == -1)
		return -1;
	if (sandbox_is_strict(n))
		denials_start(w, true);
	return 0;
}

static int
start_log(
	struct worker *w, const struct sandbox_needs *n, char *why, size_t size)
{
	char reason[REASON];

	if (!sandbox_is_strict(n))
		return 0;
	if (IS_SANITIZED)
		snprintf(reason, sizeof(reason), "built with sanitizers");
	else if (sandbox_learn(w, n, reason, sizeof(reason)) == 0) {
		w->slot->sandbox |= 1u << SLOT_SANDBOX_LOG;
		return 0;
	}
	return do_without(w, "log of what would be denied", reason, why, size);
}

int
sandbox_enter(struct worker *w, char *why, size_t size)
{
	struct sandbox_needs needs = find_needs(w->conf);
	int got;

	if (note_privileges(w, why, size) == -1)
		return -1;
	if (w->conf->sandbox == CONF_SANDBOX_OFF) {
		say_layers(w);
		return 0;
	}
	/* glibc keeps what it has read of /etc/localtime. */
	tzset();
	got = w->conf->sandbox == CONF_SANDBOX_LOG
		      ? start_log(w, &needs, why, size)
		      : enter_layers(w, &needs, why, size);
	if (got == -1)
		return -1;
	if (heritage_tells_for_all(w->heritage))
		say_limits(w, &needs);
	say_layers(w);
	return 0;
}
