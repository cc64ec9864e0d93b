/*
 * What modules that were built for PRONG_ABI 2 define: without sizes, so these
 * structs never change.
 * SPDX-License-Identifier: MIT
 */
#ifndef ABI2_H
#define ABI2_H

#include "api/prong.h"

struct abi2_route {
	const char *method, *pattern;
	prong_handler *handler;
	prong_handler *const *use;
	const struct prong_route *group;
	unsigned flags;
	size_t body_most;
};

struct abi2_module {
	int abi;
	const char *name;
	const struct prong_route *routes;
	prong_handler *const *use;
	int (*start)(struct prong_instance *);
	void (*drain)(struct prong_instance *);
	void (*stop)(struct prong_instance *);
};

struct abi2_cookie_options {
	const char *path, *domain;
	int64_t max_age;
	const char *same_site;
	bool is_readable, is_insecure;
};

struct abi2_ws {
	void (*on_message)(struct prong_context *, enum prong_ws_kind,
		const char *bytes, size_t len, void *data);
	void (*on_close)(struct prong_context *, int code, void *data);
	const char *const *protocols;
	size_t message_most;
};

#endif
