/*
 * Macros for the rows of directive tables.  JSON() makes the text of a default.
 * SPDX-License-Identifier: MIT
 */
#ifndef DIRECTIVE_ROW_H
#define DIRECTIVE_ROW_H

#include <stddef.h>

#include "config/directive.h"

#define JSON(...)       #__VA_ARGS__
#define ROWS(rows)      (rows), sizeof(rows) / sizeof((rows)[0])
#define AT(type, field) .offset = offsetof(struct type, field)
#define WHOLE           .offset = 0

#define BETWEEN(least, most) .min = (least), .max = (most)
#define K(n)                 ((n)*INT64_C(1024))
#define M(n)                 K((n)*INT64_C(1024))
#define G(n)                 M((n)*INT64_C(1024))
#define SECONDS(n)           ((n)*INT64_C(1000))
#define HOURS(n)             SECONDS((n)*INT64_C(3600))

enum { LIST_MAX = 65536, ACCESS_LOGS_MAX = 16 };

/* The table of a site; it fills a struct conf_site. */
extern const struct directive_table directive_site;

/* The table of an access log; it fills a struct conf_access_log. */
extern const struct directive_table directive_access_log;

/* The table of a check; it fills a struct conf_check. */
extern const struct directive_table directive_check;

/* The table of an address; it fills a struct conf_listen. */
extern const struct directive_table directive_listen;

#endif
