/*
 * Checks addresses and their TLS as a whole, beyond the single value.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALIDATE_TLS_H
#define VALIDATE_TLS_H

#include <jansson.h>

struct reader;

/* The finish() functions of the tables of a certificate, of the certificates of
 * clients, of TLS and of an address. */
void validate_certificate(struct reader *, const json_t *object, void *base);
void validate_tls_client(struct reader *, const json_t *, void *client);
void validate_tls(struct reader *, const json_t *, void *tls);
void validate_listen(struct reader *, const json_t *, void *listen);

#endif
