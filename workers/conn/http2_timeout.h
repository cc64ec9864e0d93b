/*
 * What happens when a connection of HTTP/2, or a stream of it, has waited long
 * enough; called by its deadline.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_TIMEOUT_H
#define HTTP2_TIMEOUT_H

struct deadline;

void http2_on_idle_due(struct deadline *);
void http2_on_head_due(struct deadline *);
void http2_on_settings_due(struct deadline *);
void http2_on_ping_due(struct deadline *);
void http2_on_body_due(struct deadline *);
void http2_on_handler_due(struct deadline *);
void http2_on_write_due(struct deadline *);

#endif
