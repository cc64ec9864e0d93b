/*
 * Reads a request of the control socket.
 * SPDX-License-Identifier: MIT
 */
#include "control/control_request.h"

#include <jansson.h>
#include <stdio.h>

#include "config/json_memory.h"

static bool
is_string(const json_t *value)
{
	return json_is_string(value);
}

static bool
is_integer(const json_t *value)
{
	return json_is_integer(value);
}

static bool
is_boolean(const json_t *value)
{
	return json_is_boolean(value);
}

/* A member that is not here is ignored: a later version may send it. */
static const struct {
	const char *name;
	bool (*is_right)(const json_t *);
	const char *wrong;
} members[] = {
	{ "command", is_string, "command: must be a string" },
	{ "id", is_string, "id: must be a string" },
	{ "workers", is_integer, "workers: must be an integer" },
	{ "force", is_boolean, "force: must be true or false" },
};

/* Returns NULL, or what is wrong with the request. */
static const char *
check_members(const json_t *object)
{
	const json_t *value;

	if (!json_is_object(object))
		return "the request is not one line with a JSON object";
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		value = json_object_get(object, members[i].name);
		if (value != NULL && !members[i].is_right(value))
			return members[i].wrong;
	}
	return NULL;
}

static void
copy_string(char *to, size_t size, const json_t *value)
{
	snprintf(to, size, "%s", value == NULL ? "" : json_string_value(value));
}

/* Returns the same. */
static const char *
read_object(const json_t *object, struct control_request *r)
{
	const char *wrong = check_members(object);

	if (wrong != NULL)
		return wrong;
	copy_string(r->command, sizeof(r->command),
		json_object_get(object, "command"));
	copy_string(r->id, sizeof(r->id), json_object_get(object, "id"));
	r->workers = json_integer_value(json_object_get(object, "workers"));
	r->is_forced = json_is_true(json_object_get(object, "force"));
	return NULL;
}

/* Two members of one name: which of them counts depends on the parser. */
const char *
control_request_parse(
	struct control_request *request, const char *line, size_t len)
{
	const char *volatile wrong = "no memory for the request";
	struct json_memory memory;
	json_error_t error = { .line = 0 };
	json_t *value;

	json_memory_enter(&memory);
	if (setjmp(memory.failure) == 0) {
		value = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
		if (value == NULL &&
			json_error_code(&error) == json_error_duplicate_key)
			wrong = "a member of the request is there twice";
		else
			wrong = read_object(value, request);
		json_decref(value);
	}
	json_memory_leave(&memory);
	return wrong;
}
