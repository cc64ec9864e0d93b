/*
 * The host names of the sites, sorted, with wildcards beside exact names.
 * SPDX-License-Identifier: MIT
 */
#include "serve/site_host.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "serve/site.h"

static int
compare_hosts(const void *a, const void *b)
{
	return span_compare(((const struct site_host *)a)->name,
		((const struct site_host *)b)->name);
}

/* "*.example.com" is stored as ".example.com", "example.*" as "example.". */
void
site_host_add(struct site_table *t, const struct site *s, const char *text)
{
	struct span name = span_of(*text == '*' ? text + 1 : text);

	if (name.len > 0 && name.at[name.len - 1] == '*')
		name.len--;
	t->hosts = mem_reallocarray(t->hosts, t->nhosts + 1, sizeof(*t->hosts));
	t->hosts[t->nhosts++] = (struct site_host){ name, text, s };
}

void
site_hosts_sort(struct site_table *t)
{
	if (t->nhosts > 0)
		qsort(t->hosts, t->nhosts, sizeof(*t->hosts), compare_hosts);
}

/* ---- for each request --------------------------------------------------- */

static const struct site_host *
find_exact_host(const struct site_table *t, struct span name)
{
	struct site_host key = { .name = name };

	return bsearch(
		&key, t->hosts, t->nhosts, sizeof(*t->hosts), compare_hosts);
}

/* Tries "www.example.com", ".example.com" and ".com". */
static const struct site_host *
find_suffix_host(const struct site_table *t, struct span name)
{
	const struct site_host *h = find_exact_host(t, name);

	while (h == NULL && name.len > 1) {
		const char *dot = memchr(name.at + 1, '.', name.len - 1);

		if (dot == NULL)
			break;
		name = (struct span){ dot, name.len - (size_t)(dot - name.at) };
		h = find_exact_host(t, name);
	}
	return h;
}

/* Tries "www.example." and "www.". */
static const struct site_host *
find_prefix_host(const struct site_table *t, struct span name)
{
	const struct site_host *h = NULL;

	while (h == NULL && name.len > 1) {
		const char *dot = memrchr(name.at, '.', name.len - 1);

		if (dot == NULL)
			break;
		name.len = (size_t)(dot - name.at) + 1;
		h = find_exact_host(t, name);
	}
	return h;
}

const struct site_host *
site_host_find(const struct site_table *t, struct span host)
{
	enum { LONGEST = 255 };
	const struct site_host *h;
	char lower[LONGEST];
	struct span rest = { lower, host.len };

	if (t->nhosts == 0 || host.len > LONGEST)
		return NULL;
	for (size_t i = 0; i < host.len; i++)
		lower[i] = host.at[i] >= 'A' && host.at[i] <= 'Z'
				   ? (char)(host.at[i] | 0x20)
				   : host.at[i];
	/* A host name may end in a dot; "." alone matches no host. */
	if (rest.len > 1 && lower[rest.len - 1] == '.')
		rest.len--;
	h = find_suffix_host(t, rest);
	return h != NULL ? h : find_prefix_host(t, rest);
}

const struct site *
site_find(const struct site_table *t, struct span host)
{
	const struct site_host *h = site_host_find(t, host);

	return h == NULL ? t->any : h->site;
}
