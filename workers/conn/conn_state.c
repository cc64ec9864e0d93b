/*
 * conn.c has the picture.
 * SPDX-License-Identifier: MIT
 */
#include "conn/conn_state.h"

#include <ev.h>

#include "conn/conn.h"
#include "conn/conn_table.h"

#define TO(state) (1u << CONN_##state)
#define HTTP2                                                                  \
	(TO(HTTP2) | TO(HTTP2_IDLE) | TO(HTTP2_HEAD) | TO(HTTP2_SEND) |        \
		TO(HTTP2_LEAVE) | TO(LINGER) | TO(CLOSED))
#define WORK                                                                   \
	(TO(IDLE) | TO(READ_PROXY) | TO(READ_HEAD) | TO(READ_BODY) |           \
		TO(HANDLE) | TO(TUNNEL) | TO(WAIT_DISK) | TO(RESPOND) | HTTP2)

// clang-format off
const struct conn_step conn_steps[CONN_STATES] = {
	[CONN_ACCEPTED] = {
		.doing = "reading from a new connection",
		.shown = SLOT_CONN_READING,
		.wait = CONN_WAITS,
		.next = WORK | TO(HANDSHAKE),
	},
	[CONN_HANDSHAKE] = {
		.doing = "performing the TLS handshake",
		.shown = SLOT_CONN_READING,
		.events = EV_READ,
		.wait = CONN_WAIT_HANDSHAKE,
		.is_busy = true,
		.next = WORK | TO(HANDSHAKE),
	},
	[CONN_IDLE] = {
		.doing = "waiting for a request",
		.shown = SLOT_CONN_IDLE,
		.events = EV_READ,
		.wait = CONN_WAIT_IDLE,
		.rearms = true,
		.next = WORK,
	},
	[CONN_READ_PROXY] = {
		.doing = "waiting for the PROXY header",
		.shown = SLOT_CONN_READING,
		.events = EV_READ,
		.wait = CONN_WAIT_HEAD,
		.is_busy = true,
		.next = WORK | TO(HANDSHAKE),
	},
	[CONN_READ_HEAD] = {
		.doing = "reading the request head",
		.shown = SLOT_CONN_READING,
		.events = EV_READ,
		.wait = CONN_WAIT_HEAD,
		.is_busy = true,
		.next = WORK,
	},
	[CONN_READ_BODY] = {
		.doing = "reading the request body",
		.shown = SLOT_CONN_READING,
		.events = EV_READ,
		.wait = CONN_WAIT_BODY,
		.is_busy = true,
		.next = WORK,
	},
	[CONN_HANDLE] = {
		.doing = "handling the request",
		.shown = SLOT_CONN_WAITING,
		.events = EV_READ,
		.wait = CONN_WAIT_HANDLER,
		.is_busy = true,
		.next = WORK,
	},
	[CONN_TUNNEL] = {
		.doing = "speaking another protocol",
		.shown = SLOT_CONN_WAITING,
		.events = EV_READ,
		.wait = CONN_WAITS,
		.is_busy = true,
		.next = WORK,
	},
	[CONN_WAIT_DISK] = {
		.doing = "reading the file",
		.shown = SLOT_CONN_WAITING,
		.wait = CONN_WAIT_HANDLER,
		.rearms = true,
		.is_busy = true,
		.next = WORK,
	},
	[CONN_RESPOND] = {
		.doing = "sending the response",
		.shown = SLOT_CONN_WRITING,
		.events = EV_WRITE,
		.wait = CONN_WAIT_WRITE,
		.is_busy = true,
		.next = WORK,
	},
	[CONN_HTTP2] = {
		.doing = "serving streams of HTTP/2",
		.shown = SLOT_CONN_WAITING,
		.events = EV_READ,
		.wait = CONN_WAITS,
		.is_busy = true,
		.next = HTTP2,
	},
	[CONN_HTTP2_IDLE] = {
		.doing = "waiting for a request of HTTP/2",
		.shown = SLOT_CONN_IDLE,
		.events = EV_READ,
		.wait = CONN_WAIT_HTTP2_IDLE,
		.next = HTTP2,
	},
	[CONN_HTTP2_HEAD] = {
		.doing = "reading a field block of HTTP/2",
		.shown = SLOT_CONN_READING,
		.events = EV_READ,
		.wait = CONN_WAIT_HTTP2_HEAD,
		.is_busy = true,
		.next = HTTP2,
	},
	[CONN_HTTP2_SEND] = {
		.doing = "sending frames of HTTP/2",
		.shown = SLOT_CONN_WRITING,
		.events = EV_READ | EV_WRITE,
		.wait = CONN_WAIT_WRITE,
		.is_busy = true,
		.next = HTTP2,
	},
	[CONN_HTTP2_LEAVE] = {
		.doing = "waiting for another worker to take it over",
		.shown = SLOT_CONN_IDLE,
		.wait = CONN_WAIT_HTTP2_LEAVE,
		.next = HTTP2,
	},
	[CONN_LINGER] = {
		.doing = "lingering after the last response",
		.shown = SLOT_CONN_WRITING,
		.events = EV_READ,
		.wait = CONN_WAIT_LINGER,
		.next = TO(CLOSED),
	},
	[CONN_CLOSED] = {
		.doing = "closed",
		.shown = SLOT_CONN_CLOSED,
		.wait = CONN_WAITS,
	},
};
// clang-format on

const char *
conn_doing(const struct conn *c)
{
	return conn_steps[c->state].doing;
}
