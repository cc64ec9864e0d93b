/*
 * An address to listen on, from text to sockaddr.  No name is looked up.
 * SPDX-License-Identifier: MIT
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "common/conf.h"

/*
 * "HOST:PORT", "[v6]:PORT", "*:PORT" or "unix:PATH" into address and
 * address_len, 0 for "systemd:NAME"; dir: where a relative PATH starts.
 * "localhost" is 127.0.0.1 and "*" is 0.0.0.0.  NULL, or what is wrong with the
 * text.
 */
const char *address_parse(
	const char *text, const char *dir, struct conf_listen *);

#endif
