/*
 * Wildcards stand in the same sorted list, as "*.example.com".
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"

enum { LONGEST = 255 }; /* bytes of a name */

/* ---- at start ------------------------------------------------------------ */

static bool
has_name(const struct conf_certificate *c, const char *name)
{
	for (const char *const *n = c->names; *n != NULL; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

/* "RSA 2048" and "RSA 4096" are of one kind. */
static bool
is_same_kind(const struct conf_certificate *a, const struct conf_certificate *b)
{
	size_t len = strcspn(a->key_kind, " ");

	return strcspn(b->key_kind, " ") == len &&
	       memcmp(a->key_kind, b->key_kind, len) == 0;
}

static bool
has_kind(const struct tls_group *g, const struct conf_certificate *c)
{
	for (size_t i = 0; i < g->count; i++)
		if (is_same_kind(g->members[i], c))
			return true;
	return false;
}

/* Collects the certificates of a name, the first one of each kind. */
static struct tls_group
collect_group(const struct conf_certificates *list, const char *name)
{
	struct tls_group g = { .count = 0 };

	for (size_t i = 0; i < list->count; i++)
		if (has_name(&list->all[i], name) &&
			!has_kind(&g, &list->all[i]) && g.count < TLS_KINDS)
			g.members[g.count++] = &list->all[i];
	return g;
}

static size_t
add_group(struct tls_names *t, const struct tls_group *g)
{
	for (size_t i = 0; i < t->ngroups; i++)
		if (memcmp(&t->groups[i], g, sizeof(*g)) == 0)
			return i;
	t->groups =
		mem_reallocarray(t->groups, t->ngroups + 1, sizeof(*t->groups));
	t->groups[t->ngroups] = *g;
	return t->ngroups++;
}

static void
add_name(struct tls_names *t, const struct conf_certificates *list,
	const char *text)
{
	struct tls_group g = collect_group(list, text);

	t->names = mem_reallocarray(t->names, t->nnames + 1, sizeof(*t->names));
	t->names[t->nnames++] = (struct tls_name){ text, add_group(t, &g) };
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct tls_name *)a)->text,
		((const struct tls_name *)b)->text);
}

void
tls_names_init(struct tls_names *t, const struct conf_certificates *list)
{
	*t = (struct tls_names){ .nnames = 0 };
	for (size_t i = 0; i < list->count; i++)
		for (const char *const *n = list->all[i].names; *n != NULL; n++)
			add_name(t, list, *n);
	if (t->nnames > 0)
		qsort(t->names, t->nnames, sizeof(*t->names), compare_names);
}

void
tls_names_fini(struct tls_names *t)
{
	free(t->names);
	free(t->groups);
	*t = (struct tls_names){ .nnames = 0 };
}

/* ---- search -------------------------------------------------------------- */

static long
find_text(const struct tls_names *t, const char *text)
{
	const struct tls_name key = { text, 0 };
	const struct tls_name *name;

	if (t->nnames == 0)
		return -1;
	name = bsearch(
		&key, t->names, t->nnames, sizeof(*t->names), compare_names);
	return name == NULL ? -1 : (long)name->group;
}

/* "a.example.com" -> "*.example.com", in place. */
static long
find_wildcard(const struct tls_names *t, char *text)
{
	char *dot = strchr(text, '.');

	if (dot == NULL || dot == text)
		return -1;
	dot[-1] = '*';
	return find_text(t, dot - 1);
}

long
tls_names_find(const struct tls_names *t, struct span host)
{
	char text[LONGEST + 1];
	long group;

	if (host.len > 0 && host.at[host.len - 1] == '.')
		host.len--;
	if (host.len > 1 && host.at[0] == '[' && host.at[host.len - 1] == ']')
		host = (struct span){ host.at + 1, host.len - 2 };
	if (host.len == 0 || host.len > LONGEST ||
		memchr(host.at, '*', host.len) != NULL)
		return -1;
	for (size_t i = 0; i < host.len; i++)
		text[i] = (char)tolower((unsigned char)host.at[i]);
	text[host.len] = '\0';
	group = find_text(t, text);
	return group != -1 ? group : find_wildcard(t, text);
}
