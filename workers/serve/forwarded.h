/*
 * Determines the client of a request: the peer of the connection, or the client
 * for which a trusted proxy forwards.
 * SPDX-License-Identifier: MIT
 */
#ifndef FORWARDED_H
#define FORWARDED_H

struct exchange;

/*
 * Sets the exchange's client and is_https. The addresses of the field that
 * conf->trusted_field names are read from the last to the first, as long as the
 * address before belongs to a trusted proxy; an element that is not an address
 * ends the search. From any other peer the fields are ignored.
 */
void forwarded_find(struct exchange *);

#endif
