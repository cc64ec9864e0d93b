/*
 * A worker may write anything into its slot, also while it is read.
 * SPDX-License-Identifier: MIT
 */
#include "common/slot.h"

#include "common/read_once.h"

static const char *const names[] = {
	[SLOT_EMPTY] = "empty",
	[SLOT_STARTING] = "starting",
	[SLOT_READY] = "ready",
	[SLOT_SERVING] = "serving",
	[SLOT_DRAINING] = "draining",
	[SLOT_ENDING] = "draining",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == SLOT_STATES,
	"every state of a slot has a name");

static const char *const call_names[] = {
	[SLOT_CALL_NONE] = "",
	[SLOT_CALL_TIMER] = "in a timer",
	[SLOT_CALL_WATCH] = "in a watch",
	[SLOT_CALL_JOB] = "at the end of a job",
	[SLOT_CALL_MESSAGE] = "in on_message",
	[SLOT_CALL_DRAIN] = "in drain",
	[SLOT_CALL_STOP] = "in stop",
	[SLOT_CALL_STREAM] = "in on_drain",
	[SLOT_CALL_WEBSOCKET] = "for a WebSocket",
};

_Static_assert(sizeof(call_names) / sizeof(call_names[0]) == SLOT_CALLS,
	"each call has a name");

static const char *const step_names[] = {
	[SLOT_STEP_NONE] = "",
	[SLOT_STEP_FORGET] = "closing the files of the master",
	[SLOT_STEP_SCOREBOARD] = "mapping the scoreboard",
	[SLOT_STEP_USER] = "changing user and groups",
	[SLOT_STEP_DUMPABLE] = "forbidding core dumps and tracing",
	[SLOT_STEP_LOOP] = "preparing its event loop",
	[SLOT_STEP_ROOTS] = "opening document roots and reading users",
	[SLOT_STEP_KEYS] = "reading keys and certificates",
	[SLOT_STEP_MODULES] = "loading modules",
	[SLOT_STEP_CONNECTIONS] = "making room for connections",
	[SLOT_STEP_SANDBOX] = "entering its sandbox",
	[SLOT_STEP_CANARY] = "answering a request of its own",
};

static const char *const layers[] = {
	[SLOT_SANDBOX_CAPABILITIES] = "capabilities",
	[SLOT_SANDBOX_NO_NEW_PRIVS] = "no_new_privs",
	[SLOT_SANDBOX_LANDLOCK] = "landlock",
	[SLOT_SANDBOX_SCOPE] = "landlock_scope",
	[SLOT_SANDBOX_SECCOMP] = "seccomp",
	[SLOT_SANDBOX_SECCOMP_DENY] = "seccomp_deny",
	[SLOT_SANDBOX_LOG] = "log",
};

static const char *const refusals[] = {
	[SLOT_REFUSED_HEAD_TIMEOUT] = "head_timeout",
	[SLOT_REFUSED_BODY_TIMEOUT] = "body_timeout",
	[SLOT_REFUSED_HANDLER_TIMEOUT] = "handler_timeout",
	[SLOT_REFUSED_WRITE_TIMEOUT] = "write_timeout",
	[SLOT_REFUSED_BAD_REQUEST] = "bad_request",
	[SLOT_REFUSED_TOO_LARGE] = "too_large",
	[SLOT_REFUSED_LIMIT] = "limit",
	[SLOT_REFUSED_MEMORY] = "memory",
	[SLOT_REFUSED_RATE] = "rate",
	[SLOT_REFUSED_IN_FLIGHT] = "in_flight",
	[SLOT_REFUSED_CLIENT_GONE] = "client_gone",
	[SLOT_REFUSED_MAINTENANCE] = "maintenance",
	[SLOT_REFUSED_CLIENT_CONNECTIONS] = "client_connections",
	[SLOT_REFUSED_CLIENT_IN_FLIGHT] = "client_in_flight",
	[SLOT_REFUSED_QUEUE] = "queue",
};

static const char *const crashes[] = {
	[SLOT_CRASH_SIGNAL] = "signal",
	[SLOT_CRASH_WATCHDOG] = "watchdog",
	[SLOT_CRASH_START] = "start",
	[SLOT_CRASH_EXIT] = "exit",
};

static const char *const recycles[] = {
	[SLOT_RECYCLE_REQUESTS] = "requests",
	[SLOT_RECYCLE_MEMORY] = "memory",
	[SLOT_RECYCLE_ROUTES] = "routes",
};

static const char *const logs[] = {
	[SLOT_LOG_ERROR] = "error",
	[SLOT_LOG_ACCESS] = "access",
};

static const char *const conns[] = {
	[SLOT_CONN_IDLE] = "idle",
	[SLOT_CONN_READING] = "reading",
	[SLOT_CONN_WAITING] = "waiting",
	[SLOT_CONN_WRITING] = "writing",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
_Static_assert(
	LENGTH(step_names) == SLOT_STEPS, "every step of a start has a name");
_Static_assert(LENGTH(layers) == SLOT_SANDBOX_LAYERS,
	"every layer of the sandbox has a name");
_Static_assert(LENGTH(refusals) == SLOT_REFUSALS &&
		       LENGTH(crashes) == SLOT_CRASHES &&
		       LENGTH(recycles) == SLOT_RECYCLES &&
		       LENGTH(logs) == SLOT_LOGS && LENGTH(conns) == SLOT_CONNS,
	"every reason has a name");
_Static_assert(
	sizeof(struct slot) % sizeof(read_once_word) == 0 &&
		sizeof(struct slot_inflight) % sizeof(read_once_word) == 0,
	"slots are copied by words");

const char *
slot_state_name(uint32_t state)
{
	return state < SLOT_STATES ? names[state] : "unknown";
}

const char *
slot_call_name(uint32_t call)
{
	return call < SLOT_CALLS ? call_names[call] : "";
}

const char *
slot_step_name(uint32_t step)
{
	return step < SLOT_STEPS ? step_names[step] : "";
}

const char *
slot_sandbox_name(enum slot_sandbox layer)
{
	return layers[layer];
}

const char *
slot_refusal_name(enum slot_refusal reason)
{
	return refusals[reason];
}

const char *
slot_crash_name(enum slot_crash how)
{
	return crashes[how];
}

const char *
slot_recycle_name(enum slot_recycle why)
{
	return recycles[why];
}

const char *
slot_log_name(enum slot_log log)
{
	return logs[log];
}

const char *
slot_conn_name(enum slot_conn state)
{
	return conns[state];
}

static void
terminate_text(struct slot_request *r)
{
	r->id[SLOT_ID - 1] = '\0';
	r->head[SLOT_HEAD - 1] = '\0';
}

void
slot_read(struct slot *to, const struct slot *from)
{
	read_once_copy(to, from, sizeof(*to));
	terminate_text(&to->current);
}

void
slot_read_inflight(struct slot_inflight *to, const struct slot_inflight *from)
{
	read_once_copy(to, from, sizeof(*to));
	for (size_t i = 0; i < SLOT_INFLIGHT; i++)
		terminate_text(&to->all[i]);
}
