/*
 * Rules for texts in the configuration.  Each function returns an error
 * message, or NULL if the text is valid.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONFIG_VALIDATE_H
#define CONFIG_VALIDATE_H

const char *validate_text(const char *); /* not empty, no control bytes */
const char *validate_field_value(const char *); /* RFC 9110 5.5 */
const char *validate_field_add(const char *);   /* the name of a field to add */
const char *validate_field_set(
	const char *); /* the name of a field to replace */
const char *validate_field_remove(
	const char *);                     /* the name of a field to remove */
const char *validate_realm(const char *);  /* may be quoted without escapes */
const char *validate_token(const char *);  /* RFC 9110 5.6.2 */
const char *validate_origin(const char *); /* "*", "https://x.example:1" */
const char *validate_extension(const char *);  /* ".foo", "name" */
const char *validate_coding(const char *);     /* RFC 9110 8.4.1 */
const char *validate_media_type(const char *); /* RFC 9110 8.3.1 */
const char *validate_media_range(
	const char *);                    /* also of all subtypes, or "*" */
const char *validate_host(const char *);  /* "example.com", "*.example.com" */
const char *validate_index(const char *); /* a file name */
const char *validate_url_path(const char *);   /* "/404.html" */
const char *validate_try(const char *);        /* "$path", "/x", "=404" */
const char *validate_route_path(const char *); /* a route's "path" */

#endif
