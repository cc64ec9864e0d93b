/*
 * Parses an address to listen on.  No name is looked up.
 * SPDX-License-Identifier: MIT
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>

#include "common/conf.h"

/*
 * Parses "HOST:PORT", "[IPV6]:PORT", "*:PORT" or "unix:PATH" into address and
 * address_len; "systemd:NAME" leaves address_len 0.  A relative PATH starts
 * from dir.  "localhost" is 127.0.0.1 and "*" is 0.0.0.0.  Returns NULL, or an
 * error message.
 */
const char *address_parse(
	const char *text, const char *dir, struct conf_listen *);

/* True if both have the same address, or, of systemd, the same name; false
 * where a text was in error (NULL). */
bool address_is_same(const struct conf_listen *, const struct conf_listen *);

#endif
