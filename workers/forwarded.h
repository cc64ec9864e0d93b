/*
 * Who asks: the other end of the connection, or the client that a trusted
 * proxy there says it speaks for.
 * SPDX-License-Identifier: MIT
 */
#ifndef FORWARDED_H
#define FORWARDED_H

struct exchange;

/*
 * Sets the exchange's client and whether it came by TLS.  Of the field that
 * conf->trusted_field names, the addresses are read from the last to the first
 * as long as the one before is of a trusted proxy; what is no address ends it.
 * From others than trusted proxies no field counts.
 */
void forwarded_find(struct exchange *);

#endif
