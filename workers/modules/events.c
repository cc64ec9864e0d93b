/*
 * Live events:
 *    GET /events          a clock, as server-sent events
 *    GET /chat?name=Anna  a chat room of all workers, as a WebSocket
 *    GET /counters        numbers of clients of this worker, as JSON
 * What is said in the room is published, and every worker tells its clients.
 * Clients of the room go on with the next worker when theirs is replaced.
 * A chat client sends lines of text, or "/name NEW", and receives JSON:
 *    {"kind": "you" | "joined" | "left" | "message", "name": "...", ...}
 *    {"kind": "lost", "count": 3}, of lines that it missed; 0: not known
 * The configuration is {"tick": 1000}, in milliseconds.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "prong.h"

enum {
	TICK = 1000, /* milliseconds */
	TICK_LEAST = 10,
	TICK_MOST = 60000,
	HISTORY = 50,     /* lines that a new client receives */
	LINE_MOST = 1000, /* bytes */
	NAME_MOST = 32,
	STATE_VERSION = 1, /* of a chat client's state, which is its name */
};

/* A client that listens to the clock or is in the chat room. */
struct client {
	struct prong_context *ctx;
	struct client *next, **link;
	char name[NAME_MOST + 8];
};

struct room {
	struct prong_instance *instance;
	struct client *listeners, *chatters;
	unsigned nlisteners, nchatters;
	struct prong_metric *metrics[2]; /* how many of each there are */
	unsigned names;                  /* number of names generated */
	unsigned long ticks, messages, dropped;
	char *history[HISTORY]; /* a ring; NULL where there is no line yet */
	unsigned next_line;
};

static struct room *
room_of(struct prong_context *ctx)
{
	return prong_state(prong_instance(ctx));
}

/* Formats the current time as in RFC 3339. */
static void
format_time(char text[32])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* ---- clients ------------------------------------------------------------ */

/* Allocates a client in the memory of its request. */
static struct client *
client_new(struct prong_context *ctx)
{
	struct client *g = prong_alloc(ctx, sizeof(*g));

	if (g != NULL)
		g->ctx = ctx;
	return g;
}

static void
client_enter(struct client *g, struct client **list, unsigned *count)
{
	g->next = *list;
	g->link = list;
	if (g->next != NULL)
		g->next->link = &g->next;
	*list = g;
	++*count;
}

static void
client_leave(struct client *g, unsigned *count)
{
	*g->link = g->next;
	if (g->next != NULL)
		g->next->link = g->link;
	--*count;
}

/* Counts what a slow client misses: not EPIPE, when the worker drains. */
static void
count_dropped(struct prong_context *ctx, int result)
{
	room_of(ctx)->dropped += result == -1 && errno == ENOBUFS;
}

/* ---- the clock ---------------------------------------------------------- */

static void
send_time(struct room *p, struct client *g)
{
	char id[24], text[32];

	format_time(text);
	snprintf(id, sizeof(id), "%lu", p->ticks);
	count_dropped(g->ctx, prong_sse_send(g->ctx, "time", id, text));
}

static void
on_tick(struct prong_instance *instance, void *data)
{
	struct room *p = data;

	/* The clients were told to reconnect, and their streams are
	 * finished. */
	if (prong_is_draining(instance))
		return;
	p->ticks++;
	prong_metric_set(p->metrics[0], p->nlisteners);
	prong_metric_set(p->metrics[1], p->nchatters);
	for (struct client *g = p->listeners; g != NULL; g = g->next)
		send_time(p, g);
}

static void
on_listener_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	(void)why;
	client_leave(data, &room_of(ctx)->nlisteners);
}

static void
listen_to_clock(struct prong_context *ctx)
{
	struct room *p = room_of(ctx);
	struct client *g = client_new(ctx);

	if (g == NULL)
		return;
	client_enter(g, &p->listeners, &p->nlisteners);
	prong_on_end(ctx, on_listener_end, g);
	if (prong_sse(ctx) == 0)
		send_time(p, g);
}

/* ---- the chat room ------------------------------------------------------ */

/*
 * Formats {"kind": "message", "name": "Anna", "text": "hello", "at": "..."}.
 * The caller frees the text; NULL when the line is not valid UTF-8.
 */
static char *
make_line(const char *kind, const struct client *g, const char *text)
{
	char at[32], *line;
	json_t *json;

	format_time(at);
	json = json_pack("{ss ss ss}", "kind", kind, "name", g->name, "at", at);
	if (text != NULL)
		json_object_set_new(json, "text", json_string(text));
	line = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return line;
}

static void
send_line(struct prong_context *ctx, const char *line, size_t len)
{
	count_dropped(ctx, prong_ws_send(ctx, PRONG_WS_TEXT, line, len));
}

static void
add_to_history(struct room *p, const char *line, size_t len)
{
	char **place = &p->history[p->next_line++ % HISTORY];

	free(*place);
	*place = strndup(line, len);
}

/* The first byte of a published message: whether it belongs to the history. */
enum { IN_PASSING = '-', TO_BE_KEPT = '+' };

static void
on_published(
	struct prong_instance *i, unsigned from, const char *bytes, size_t len)
{
	struct room *p = prong_state(i);

	(void)from;
	if (len < 2 || bytes[0] != TO_BE_KEPT)
		return;
	p->messages++;
	add_to_history(p, bytes + 1, len - 1);
}

/* Called for each client, also with what was published while it moved. */
static void
on_line_published(struct prong_context *ctx, unsigned from, const char *bytes,
	size_t len, void *data)
{
	(void)from;
	(void)data;
	if (len > 1)
		send_line(ctx, bytes + 1, len - 1);
}

/* Called for each client of a worker that has lost messages of the bus. */
static void
on_lines_lost(struct prong_context *ctx, uint64_t count, void *data)
{
	char line[64];

	(void)data;
	snprintf(line, sizeof(line), "{\"kind\":\"lost\",\"count\":%llu}",
		(unsigned long long)count);
	send_line(ctx, line, strlen(line));
}

/* A message that the bus does not take now is only told to this worker. */
static void
publish_line(struct room *p, char first, const char *line)
{
	size_t len = strlen(line) + 1;
	char *bytes = malloc(len + 1);

	if (bytes == NULL)
		return;
	bytes[0] = first;
	strcpy(bytes + 1, line);
	if (prong_publish(p->instance, bytes, len) == -1) {
		on_published(p->instance, 0, bytes, len);
		for (struct client *to = p->chatters; to != NULL; to = to->next)
			send_line(to->ctx, line, len - 1);
	}
	free(bytes);
}

static void
broadcast_event(struct room *p, const char *kind, const struct client *g,
	const char *text)
{
	char *line = make_line(kind, g, text);

	if (line != NULL)
		publish_line(p, text == NULL ? IN_PASSING : TO_BE_KEPT, line);
	free(line);
}

static void
send_to_client(struct client *g, const char *kind)
{
	char *line = make_line(kind, g, NULL);

	if (line != NULL)
		send_line(g->ctx, line, strlen(line));
	free(line);
}

static void
send_history(const struct room *p, struct client *g)
{
	for (unsigned i = 0; i < HISTORY; i++) {
		const char *line = p->history[(p->next_line + i) % HISTORY];

		if (line != NULL)
			send_line(g->ctx, line, strlen(line));
	}
}

/* ---- names -------------------------------------------------------------- */

static bool
is_name_taken(const struct room *p, const struct client *me, const char *name)
{
	for (const struct client *g = p->chatters; g != NULL; g = g->next)
		if (g != me && strcmp(g->name, name) == 0)
			return true;
	return false;
}

/* True for UTF-8 text, as JSON requires, without control characters. */
static bool
is_valid_name(const char *name)
{
	json_t *json = json_string(name);
	size_t len = strlen(name);

	json_decref(json);
	for (const char *c = name; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return json != NULL && len > 0 && len <= NAME_MOST;
}

static void
set_name(struct room *p, struct client *g, const char *name)
{
	char made[sizeof(g->name)];

	if (name == NULL || !is_valid_name(name) || is_name_taken(p, g, name)) {
		do
			snprintf(made, sizeof(made), "guest %u", ++p->names);
		while (is_name_taken(p, g, made));
		name = made;
	}
	snprintf(g->name, sizeof(g->name), "%s", name);
}

/* ---- chat clients ------------------------------------------------------- */

static void
rename_chatter(struct room *p, struct client *g, const char *name)
{
	broadcast_event(p, "left", g, NULL);
	set_name(p, g, name);
	send_to_client(g, "you");
	broadcast_event(p, "joined", g, NULL);
}

static void
on_chat_message(struct prong_context *ctx, enum prong_ws_kind kind,
	const char *text, size_t len, void *data)
{
	struct room *p = room_of(ctx);
	struct client *g = data;

	if (kind != PRONG_WS_TEXT || strlen(text) != len)
		prong_ws_close(ctx, 1003, "only text is accepted");
	else if (strncmp(text, "/name ", 6) == 0)
		rename_chatter(p, g, text + 6);
	else if (len > 0)
		broadcast_event(p, "message", g, text);
}

static void
on_chatter_end(struct prong_context *ctx, enum prong_end why, void *data)
{
	struct room *p = room_of(ctx);

	(void)why;
	client_leave(data, &p->nchatters);
	if (!prong_is_draining(p->instance))
		broadcast_event(p, "left", data, NULL);
}

static int
save_chatter(struct prong_context *ctx, void *state, size_t size, void *data)
{
	(void)ctx;
	return snprintf(state, size, "%s", ((struct client *)data)->name);
}

static const struct prong_ws chat_callbacks = {
	.on_message = on_chat_message,
	.message_most = LINE_MOST,
	.on_save = save_chatter,
	.state_version = STATE_VERSION,
	.on_published = on_line_published,
	.on_lost = on_lines_lost,
};

/* Returns the client in the room, or NULL after an answer. */
static struct client *
accept_chatter(struct prong_context *ctx, const char *name)
{
	struct room *p = room_of(ctx);
	struct client *g = client_new(ctx);

	if (g == NULL || prong_ws_accept(ctx, &chat_callbacks, g) == -1)
		return NULL;
	set_name(p, g, name);
	client_enter(g, &p->chatters, &p->nchatters);
	prong_on_end(ctx, on_chatter_end, g);
	return g;
}

/* The others are not told: for them the client was there all the time, by this
 * name, which a client of another worker may have as well. */
static void
restore_chatter(struct prong_context *ctx)
{
	unsigned version = 0;
	size_t len = 0;
	const char *state = prong_ws_restored(ctx, &len, &version);
	char name[NAME_MOST + 8] = "";
	struct client *g;

	if (state != NULL && version == STATE_VERSION && len < sizeof(name))
		memcpy(name, state, len);
	g = accept_chatter(ctx, name);
	if (g != NULL && is_valid_name(name))
		strcpy(g->name, name);
}

static void
enter_room(struct prong_context *ctx)
{
	struct room *p = room_of(ctx);
	struct client *g =
		accept_chatter(ctx, prong_query_value(ctx, "name", 0));

	if (g == NULL)
		return;
	send_to_client(g, "you");
	send_history(p, g);
	broadcast_event(p, "joined", g, NULL);
}

/* ---- counters ----------------------------------------------------------- */

static void
send_counters(struct prong_context *ctx)
{
	struct prong_instance *i = prong_instance(ctx);
	const struct room *p = prong_state(i);

	prong_json(ctx, 200,
		json_pack("{si si si sI sI sI}", "worker",
			(int)prong_worker_index(i), "listeners",
			(int)p->nlisteners, "chatters", (int)p->nchatters,
			"ticks", (json_int_t)p->ticks, "messages",
			(json_int_t)p->messages, "dropped",
			(json_int_t)p->dropped));
}

/* ---- the module --------------------------------------------------------- */

static const struct prong_metric_options metrics[2] = {
	{ .kind = PRONG_GAUGE,
		.name = "listeners",
		.help = "Clients that listen to the clock" },
	{ .kind = PRONG_GAUGE,
		.name = "chatters",
		.help = "Clients in the chat room" },
};

static int
start_events(struct prong_instance *i)
{
	int64_t ms = TICK;
	struct room *p;

	if (prong_config_integer(i, "tick", &ms, TICK_LEAST, TICK_MOST) == -1)
		return -1;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return -1;
	p->instance = i;
	prong_set_state(i, p);
	for (size_t k = 0; k < 2; k++)
		p->metrics[k] = prong_metric(i, &metrics[k]);
	prong_every(i, ms, on_tick, p);
	return 0;
}

/* Finishes the streams of the clock: the clients reconnect, to a new worker. */
static void
finish_listeners(struct prong_instance *i)
{
	struct room *p = prong_state(i);

	for (struct client *g = p->listeners, *next; g != NULL; g = next) {
		next = g->next;
		prong_finish(g->ctx);
	}
}

static void
stop_events(struct prong_instance *i)
{
	struct room *p = prong_state(i);

	for (unsigned n = 0; n < HISTORY; n++)
		free(p->history[n]);
	free(p);
}

static const struct prong_route routes[] = {
	{ "GET", "/events", .handler = listen_to_clock },
	{ "GET", "/chat", .handler = enter_room,
		.on_restore = restore_chatter },
	{ "GET", "/counters", .handler = send_counters },
	{ 0 },
};

PRONG_MODULE(.name = "events", .routes = routes, .start = start_events,
	.drain = finish_listeners, .stop = stop_events,
	.on_message = on_published);
