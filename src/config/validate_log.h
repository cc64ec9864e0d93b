/*
 * Rules for the logs.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_VALIDATE_LOG_H
#define CONFIG_VALIDATE_LOG_H

#include <jansson.h>

struct conf;
struct reader;

/* Return an error message, or NULL if the text is valid. */
const char *validate_log_mode(const char *);   /* "0640" */
const char *validate_log_status(const char *); /* "404", "5xx" */

/* The finish() of a table that fills a struct conf_access_log. */
void validate_access_log(struct reader *, const json_t *, void *);

/* The finish() of the table of the error log, which fills a struct conf_log. */
void validate_error_log(struct reader *, const json_t *, void *);

/* Numbers the access logs of the server and of all sites. */
void validate_logs(struct reader *, struct conf *);

#endif
