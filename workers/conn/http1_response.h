/*
 * The heads of responses in HTTP/1.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_RESPONSE_H
#define HTTP1_RESPONSE_H

#include <stdbool.h>

#include "common/span.h"

struct exchange;
struct file;
struct response_head;

/* Of struct exchange_protocol. */
void http1_send_head(struct exchange *, const struct response_head *);
bool http1_send_file_head(struct exchange *, struct file *);
void http1_send_interim(struct exchange *, int status, struct span fields);
void http1_send_switch(struct exchange *, struct span fields);

#endif
