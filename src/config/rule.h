/*
 * Rules for texts in the configuration.  Each function returns an error
 * message, or NULL if the text is valid.
 * SPDX-License-Identifier: MIT
 */
#ifndef RULE_H
#define RULE_H

const char *rule_text(const char *);        /* not empty, no control bytes */
const char *rule_field_value(const char *); /* RFC 9110 5.5 */
const char *rule_field_add(const char *);   /* the name of a field to add */
const char *rule_field_set(const char *);   /* the name of a field to replace */
const char *rule_field_remove(const char *); /* the name of a field to remove */
const char *rule_realm(const char *);        /* may be quoted without escapes */
const char *rule_token(const char *);        /* RFC 9110 5.6.2 */
const char *rule_origin(const char *);       /* "*", "https://x.example:1" */
const char *rule_extension(const char *);    /* ".foo" */
const char *rule_media_type(const char *);   /* RFC 9110 8.3.1 */
const char *rule_media_range(const char *);  /* also of all subtypes, or "*" */
const char *rule_host(const char *);     /* "example.com", "*.example.com" */
const char *rule_index(const char *);    /* a file name */
const char *rule_url_path(const char *); /* "/404.html" */
const char *rule_try(const char *);      /* "$path", "/x", "=404" */
const char *rule_route(const char *);    /* a route's "path" */

#endif
