/*
 * /status of the admin address for people: a page that asks for the JSON of the
 * same path once a second.
 * SPDX-License-Identifier: MIT
 */
#ifndef STATUS_PAGE_H
#define STATUS_PAGE_H

#include <stdbool.h>

struct exchange;

/* True if the client prefers HTML, as browsers do, to JSON. */
bool status_page_is_wanted(struct exchange *);

/* Sends the page. */
void status_page_send(struct exchange *);

#endif
