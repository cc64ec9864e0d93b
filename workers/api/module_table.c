/*
 * SPDX-License-Identifier: MIT
 */
#include "api/module_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/abi2.h"
#include "api/prong.h"

bool
module_table_copy(void *to, size_t to_size, const void *from, size_t from_size)
{
	const char *bytes = from;

	memset(to, 0, to_size);
	memcpy(to, from, from_size < to_size ? from_size : to_size);
	for (size_t i = to_size; i < from_size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void
read_abi2(struct prong_module *to, const struct abi2_module *from)
{
	*to = (struct prong_module){
		.abi = 2,
		.size = sizeof(*from),
		.route_size = sizeof(struct abi2_route),
		.name = from->name,
		.routes = from->routes,
		.use = from->use,
		.start = from->start,
		.drain = from->drain,
		.stop = from->stop,
	};
}

/* The sizes that the first header with sizes has set are the least. */
static const char *
read_sized(struct prong_module *to, const struct prong_module *from)
{
	if (from->size < offsetof(struct prong_module, stop) ||
		from->route_size < sizeof(struct abi2_route) ||
		from->route_size % sizeof(void *) != 0)
		return "it has no sizes: define it with PRONG_MODULE()";
	if (!module_table_copy(to, sizeof(*to), from, from->size))
		return "it uses members of struct prong_module that this "
		       "server does not know: it needs a newer prong";
	return NULL;
}

/* The name stands in lines of the log. */
static bool
is_name(const char *name)
{
	enum { NAME_MOST = 64 };
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) &&
			strchr("-_.", name[i]) == NULL)
			return false;
	return len > 0 && len <= NAME_MOST;
}

int
module_table_read(struct prong_module *to, const struct prong_module *from,
	const char *name, char *why, size_t size)
{
	const char *fault = NULL;

	*to = (struct prong_module){ 0 };
	if (from == NULL) {
		fault = "it does not define PRONG_MODULE";
	} else if (from->abi == 2) {
		read_abi2(to, (const struct abi2_module *)from);
	} else if (from->abi != PRONG_ABI) {
		snprintf(why, size,
			"module \"%s\": built for ABI %d, this server has %d; "
			"build it again with this prong.h",
			name, from->abi, PRONG_ABI);
		return -1;
	} else {
		fault = read_sized(to, from);
	}
	if (fault == NULL && (to->name == NULL || to->routes == NULL))
		fault = "PRONG_MODULE needs .name and .routes";
	if (fault == NULL && to->abi > 2 && !is_name(to->name))
		fault = "its .name is not 1 to 64 letters, digits, '-', '_' "
			"and '.'";
	if (fault == NULL)
		return 0;
	snprintf(why, size, "module \"%s\": %s", name, fault);
	return -1;
}
