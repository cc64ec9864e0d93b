/*
 * Directive types of TLS.
 * SPDX-License-Identifier: MIT
 */
#ifndef TYPE_TLS_H
#define TYPE_TLS_H

#include <jansson.h>

struct directive;
struct reader;

/* DIRECTIVE_TLS and DIRECTIVE_TLS_CLIENT: objects that may be missing. */
void type_read_tls(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *type_show_tls(const struct directive *, const void *at);
void type_read_tls_client(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *type_show_tls_client(const struct directive *, const void *at);

/* DIRECTIVE_CERTIFICATES: a list of objects. */
void type_read_certificates(
	struct reader *, const struct directive *, json_t *, void *at);
json_t *type_show_certificates(const struct directive *, const void *at);

#endif
