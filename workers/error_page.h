/*
 * What a person sees when something is wrong.
 * SPDX-License-Identifier: MIT
 */
#ifndef ERROR_PAGE_H
#define ERROR_PAGE_H

#include "common/span.h"

struct exchange;

/*
 * Answers with status and the site's page for it, or a small one that says
 * what it means; nothing of the request stands in it.  Below a module, who does
 * not prefer HTML gets a problem in JSON.  fields: more field lines, each ended
 * by CRLF, like Allow, in its memory.  It may be answered later, when the page
 * was read.
 */
void error_page_send(struct exchange *, int status, struct span fields);

/* The same, at once: with the small one if the page must be waited for. */
void error_page_send_now(struct exchange *, int status, struct span fields);

#endif
