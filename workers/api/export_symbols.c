/*
 * SPDX-License-Identifier: MIT
 */
#include "api/export_symbols.h"

#include "api/prong.h"

/* Both forms are there: the macros are for modules. */
#undef prong_set_cookie
#undef prong_ws_accept

#define FUNCTION(name) ((void (*)(void))(name))

// clang-format off
void (*const export_symbols[])(void) = {
	FUNCTION(prong_after),
	FUNCTION(prong_alloc),
	FUNCTION(prong_answer),
	FUNCTION(prong_body),
	FUNCTION(prong_body_form),
	FUNCTION(prong_body_json),
	FUNCTION(prong_cancel),
	FUNCTION(prong_client),
	FUNCTION(prong_config),
	FUNCTION(prong_config_error),
	FUNCTION(prong_cookie),
	FUNCTION(prong_defer),
	FUNCTION(prong_early_hint),
	FUNCTION(prong_empty),
	FUNCTION(prong_every),
	FUNCTION(prong_field),
	FUNCTION(prong_field_at),
	FUNCTION(prong_file),
	FUNCTION(prong_finish),
	FUNCTION(prong_get),
	FUNCTION(prong_host),
	FUNCTION(prong_instance),
	FUNCTION(prong_instance_of),
	FUNCTION(prong_is_draining),
	FUNCTION(prong_json),
	FUNCTION(prong_log),
	FUNCTION(prong_method),
	FUNCTION(prong_mount),
	FUNCTION(prong_next),
	FUNCTION(prong_on_body),
	FUNCTION(prong_on_drain),
	FUNCTION(prong_on_end),
	FUNCTION(prong_param),
	FUNCTION(prong_path),
	FUNCTION(prong_pause_body),
	FUNCTION(prong_problem),
	FUNCTION(prong_problem_with),
	FUNCTION(prong_protocol),
	FUNCTION(prong_query),
	FUNCTION(prong_query_value),
	FUNCTION(prong_queued),
	FUNCTION(prong_redirect),
	FUNCTION(prong_request_id),
	FUNCTION(prong_resume_body),
	FUNCTION(prong_scheme),
	FUNCTION(prong_set),
	FUNCTION(prong_set_cookie),
	FUNCTION(prong_set_cookie_sized),
	FUNCTION(prong_set_field),
	FUNCTION(prong_set_state),
	FUNCTION(prong_set_time),
	FUNCTION(prong_sse),
	FUNCTION(prong_sse_send),
	FUNCTION(prong_state),
	FUNCTION(prong_stream),
	FUNCTION(prong_text),
	FUNCTION(prong_time_left),
	FUNCTION(prong_tls),
	FUNCTION(prong_tls_client_name),
	FUNCTION(prong_version),
	FUNCTION(prong_watch),
	FUNCTION(prong_watch_always),
	FUNCTION(prong_worker_index),
	FUNCTION(prong_write),
	FUNCTION(prong_ws_accept),
	FUNCTION(prong_ws_accept_sized),
	FUNCTION(prong_ws_close),
	FUNCTION(prong_ws_send),
};
// clang-format on
