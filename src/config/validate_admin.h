/*
 * Reads the admin address of a configuration.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALIDATE_ADMIN_H
#define VALIDATE_ADMIN_H

#include <jansson.h>

struct conf;
struct reader;

/* The finish() of the table "admin": parses the address. */
void validate_admin(struct reader *, const json_t *object, void *base);

/* Adds the admin address to the addresses of "listen". */
void validate_admin_file(struct reader *, struct conf *);

#endif
