/*
 * The admin address of a configuration.
 * SPDX-License-Identifier: MIT
 */
#ifndef ADMIN_H
#define ADMIN_H

#include <jansson.h>

struct conf;
struct reader;

/* Of the table "admin": the address behind its text. */
void admin_finish(struct reader *, const json_t *object, void *base);

/* Of the file: the admin address becomes one more of "listen". */
void admin_finish_file(struct reader *, struct conf *);

#endif
