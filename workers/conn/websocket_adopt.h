/*
 * WebSockets that another worker hands over.  The head of the handshake is
 * processed as a request again: it finds its site and its route, is authorised,
 * and passes the middleware of the module.  The handler that restores the
 * WebSocket accepts it, and the client notices nothing; any other answer
 * becomes a close frame with 1001.
 * SPDX-License-Identifier: MIT
 */
#ifndef WEBSOCKET_ADOPT_H
#define WEBSOCKET_ADOPT_H

#include <stdbool.h>

#include "common/span.h"

struct conn;
struct conn_record_websocket;
struct exchange;
struct file;
struct response_head;

/* Continues with the WebSocket on a connection that is new to this worker. */
void websocket_adopt(struct conn *, const struct conn_record_websocket *);

/* ---- of struct exchange_protocol, for http1_conn.c ---- */

void websocket_adopt_refuse(struct exchange *, const struct response_head *);
bool websocket_adopt_refuse_file(struct exchange *, struct file *);
void websocket_adopt_skip_interim(
	struct exchange *, int status, struct span fields);
void websocket_adopt_skip_switch(struct exchange *, struct span fields);

#endif
