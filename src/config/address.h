/*
 * Parses an address to listen on.  No name is looked up.
 * SPDX-License-Identifier: MIT
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "common/conf.h"

/*
 * Parses "HOST:PORT", "[IPV6]:PORT", "*:PORT" or "unix:PATH" into address and
 * address_len; "systemd:NAME" leaves address_len 0.  A relative PATH starts
 * from dir.  "localhost" is 127.0.0.1 and "*" is 0.0.0.0.  Returns NULL, or an
 * error message.
 */
const char *address_parse(
	const char *text, const char *dir, struct conf_listen *);

#endif
