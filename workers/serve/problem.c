/*
 * A client that does not state a preference for HTML is treated as a program.
 * SPDX-License-Identifier: MIT
 */
#include "serve/problem.h"

#include <assert.h>

#include "conn/exchange.h"
#include "conn/response.h"
#include "http/accept_media.h"
#include "serve/json_text.h"
#include "serve/redirect.h"

bool
problem_is_wanted(struct exchange *x)
{
	struct span accept = request_list(&x->request, FIELD_ACCEPT, &x->arena);
	int html, json, problem;

	if (accept.at == NULL)
		return true;
	html = accept_media_qvalue(accept, SPAN("text/html"));
	json = accept_media_qvalue(accept, SPAN("application/json"));
	problem = accept_media_qvalue(accept, SPAN("application/problem+json"));
	return html <= (json > problem ? json : problem);
}

/*
 * Returns the text as a JSON string. It may not be UTF-8 where it repeats what
 * a client sent: other bytes become '?'.
 */
static json_t *
json_detail(struct exchange *x, const char *detail)
{
	json_t *text = json_string(detail);
	char *copy;

	if (text != NULL)
		return text;
	copy = exchange_copy(x, detail, strlen(detail) + 1);
	for (char *p = copy; *p != '\0'; p++)
		if ((*p & 0x80) != 0)
			*p = '?';
	return json_string(copy);
}

static json_t *
make_problem(
	struct exchange *x, int status, json_t *members, const char *detail)
{
	struct span path = redirect_encode(x, x->request.path);
	json_t *problem = json_pack("{s:s,s:s}", "type", "about:blank", "title",
		response_reason(status));

	assert(problem != NULL);
	json_object_set_new(problem, "status", json_integer(status));
	if (detail != NULL)
		json_object_set_new(problem, "detail", json_detail(x, detail));
	json_object_set_new(
		problem, "instance", json_stringn(path.at, path.len));
	if (members != NULL) {
		json_object_update(problem, members);
		json_object_set_new(problem, "status", json_integer(status));
		json_decref(members);
	}
	return problem;
}

void
problem_send(struct exchange *x, int status, struct span fields,
	json_t *members, const char *detail)
{
	json_t *problem = make_problem(x, status, members, detail);
	struct span content = json_text(x, problem);

	json_decref(problem);
	response_send(x, &(struct response){ .status = status,
				 .type = SPAN("application/problem+json"),
				 .fields = fields,
				 .content = content });
}
