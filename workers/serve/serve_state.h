/*
 * What this folder keeps in a worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef SERVE_STATE_H
#define SERVE_STATE_H

#include "conn/worker_state.h"
#include "serve/access_logs.h"
#include "serve/listing.h"
#include "serve/password_check.h"
#include "serve/request_limits.h"
#include "serve/site.h"

struct module_service;

struct serve_state {
	const struct module_service *modules; /* NULL: no module is loaded */
	struct site_table sites;
	struct listings listings;
	struct password_checks passwords;
	struct access_logs access;
	struct request_limits limits;
};

#endif
