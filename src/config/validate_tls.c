/*
 * Suites and groups are checked against lists of this file: those that are
 * left out have no forward secrecy or no authenticated encryption, which HTTP/2
 * forbids (RFC 9113 9.2.2).
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_tls.h"

#include <stdbool.h>
#include <string.h>

#include "common/conf.h"
#include "config/certificates.h"
#include "config/read.h"
#include "config/ticket_keys.h"

static const char *const cipher_names[] = {
	"TLS_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384",
	"TLS_CHACHA20_POLY1305_SHA256",
	"ECDHE-ECDSA-AES128-GCM-SHA256",
	"ECDHE-ECDSA-AES256-GCM-SHA384",
	"ECDHE-ECDSA-CHACHA20-POLY1305",
	"ECDHE-RSA-AES128-GCM-SHA256",
	"ECDHE-RSA-AES256-GCM-SHA384",
	"ECDHE-RSA-CHACHA20-POLY1305",
	NULL,
};
static const char *const group_names[] = { "X25519", "X448", "P-256", "P-384",
	"P-521", NULL };

static bool
is_known(const char *name, size_t len, const char *const *known)
{
	for (; *known != NULL; known++)
		if (strlen(*known) == len && memcmp(*known, name, len) == 0)
			return true;
	return false;
}

/* Returns the known names, for a message. */
static const char *
list_known(struct reader *r, const char *const *known)
{
	struct span all = SPAN("");

	for (; *known != NULL; known++)
		all = arena_printf(r->arena, "%s%s%s", all.at,
			all.len == 0 ? "" : ", ", *known);
	return all.at;
}

static void
check_names(struct reader *r, const char *key, const char *text,
	const char *const *known)
{
	size_t len;

	reader_enter(r, key);
	for (; text != NULL; text = text[len] == ':' ? text + len + 1 : NULL) {
		len = strcspn(text, ":");
		if (!is_known(text, len, known))
			reader_report(r, JSON_POSITION_VALUE,
				"\"%.*s\" is not supported; known are %s",
				(int)len, text, list_known(r, known));
	}
	reader_leave(r);
}

void
validate_certificate(struct reader *r, const json_t *object, void *base)
{
	(void)object;
	if (!r->is_alone)
		certificates_load(r, base);
}

void
validate_tls_client(struct reader *r, const json_t *object, void *base)
{
	(void)object;
	if (!r->is_alone)
		certificates_load_client(r, base);
}

/* ---- certificates that are never used ------------------------------------ */

static bool
has_name(const struct conf_certificate *c, const char *name)
{
	for (const char *const *n = c->names; *n != NULL; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

/* True if every name of b is one of a. */
static bool
covers_names(const struct conf_certificate *a, const struct conf_certificate *b)
{
	for (const char *const *n = b->names; *n != NULL; n++)
		if (!has_name(a, *n))
			return false;
	return true;
}

/* The first word of the kind: "RSA" of "RSA 2048". */
static bool
is_same_kind(const struct conf_certificate *a, const struct conf_certificate *b)
{
	size_t len = strcspn(a->key_kind, " ");

	return strncmp(a->key_kind, b->key_kind, len + 1) == 0 ||
	       (strncmp(a->key_kind, b->key_kind, len) == 0 &&
		       strcspn(b->key_kind, " ") == len);
}

static bool
is_complete(const struct conf_certificate *c)
{
	return c->names != NULL && c->key_kind != NULL;
}

static void
check_unused(struct reader *r, const struct conf_certificates *list)
{
	const struct conf_certificate *all = list->all;

	reader_enter(r, "certificates");
	for (size_t i = 1; i < list->count; i++)
		for (size_t j = 0; j < i; j++) {
			if (!is_complete(&all[i]) || !is_complete(&all[j]) ||
				!is_same_kind(&all[i], &all[j]) ||
				!covers_names(&all[j], &all[i]))
				continue;
			reader_enter_index(r, i);
			reader_report(r, JSON_POSITION_VALUE,
				"is never used: certificates[%zu] has its "
				"names and a key of the same kind",
				j);
			reader_leave(r);
			break;
		}
	reader_leave(r);
}

void
validate_tls(struct reader *r, const json_t *object, void *base)
{
	struct conf_tls *tls = base;

	(void)object;
	check_names(r, "ciphers", tls->ciphers, cipher_names);
	check_names(r, "groups", tls->groups, group_names);
	check_unused(r, &tls->certificates);
	if (!r->is_alone)
		ticket_keys_load(r, tls);
}

/* ---- an address ---------------------------------------------------------- */

/* What this program can speak. */
static unsigned
built_protocols(void)
{
#ifdef HAVE_NGHTTP2
	return 1u << CONF_HTTP_1 | 1u << CONF_HTTP_2;
#else
	return 1u << CONF_HTTP_1;
#endif
}

void
validate_listen(struct reader *r, const json_t *object, void *base)
{
	struct conf_listen *l = base;

	if (!reader_has(object, "protocols"))
		l->protocols =
			l->tls != NULL ? built_protocols() : 1u << CONF_HTTP_1;
	if ((l->protocols & ~built_protocols()) == 0)
		return;
	reader_report_at(r, "protocols",
		"HTTP/2 is not built into this prong; build it with "
		"--with-nghttp2");
}
