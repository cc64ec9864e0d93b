/*
 * Error pages.
 * SPDX-License-Identifier: MIT
 */
#ifndef ERROR_PAGE_H
#define ERROR_PAGE_H

#include "common/span.h"

struct exchange;

/*
 * Responds with status and the page that the site configures for it, or else a
 * small built-in page that explains it and contains nothing of the request. For
 * a module, a client that does not prefer HTML gets application/problem+json
 * instead. fields: further field lines, each ended by CRLF, such as Allow; they
 * must live as long as the exchange. The response may be sent later, when the
 * page had to be read from disk.
 */
void error_page_send(struct exchange *, int status, struct span fields);

/*
 * Responds at once: with the built-in page when the site's page would have to
 * be read from disk.
 */
void error_page_send_now(struct exchange *, int status, struct span fields);

#endif
