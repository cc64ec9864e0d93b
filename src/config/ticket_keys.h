/*
 * The file of keys for TLS session tickets, which the machines of a fleet
 * share.
 * SPDX-License-Identifier: MIT
 */
#ifndef TICKET_KEYS_H
#define TICKET_KEYS_H

struct conf_tls;
struct reader;

/*
 * Reads the keys: one in a line, 80 bytes in base64; empty lines and those that
 * begin with '#' are left out.  Every fault is reported at "ticket_keys".  The
 * reader is at the object "tls".
 */
void ticket_keys_load(struct reader *, struct conf_tls *);

#endif
