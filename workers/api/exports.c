/*
 * SPDX-License-Identifier: MIT
 */
#include "exports.h"

#include "prong.h"

#define FUNCTION(name) ((void (*)(void))(name))

// clang-format off
void (*const exports[])(void) = {
	FUNCTION(prong_after),
	FUNCTION(prong_answer),
	FUNCTION(prong_body),
	FUNCTION(prong_cancel),
	FUNCTION(prong_config),
	FUNCTION(prong_config_error),
	FUNCTION(prong_defer),
	FUNCTION(prong_early_hint),
	FUNCTION(prong_empty),
	FUNCTION(prong_every),
	FUNCTION(prong_field),
	FUNCTION(prong_file),
	FUNCTION(prong_finish),
	FUNCTION(prong_instance),
	FUNCTION(prong_is_draining),
	FUNCTION(prong_json),
	FUNCTION(prong_log),
	FUNCTION(prong_method),
	FUNCTION(prong_mount),
	FUNCTION(prong_next),
	FUNCTION(prong_on_drain),
	FUNCTION(prong_on_end),
	FUNCTION(prong_path),
	FUNCTION(prong_problem),
	FUNCTION(prong_problem_with),
	FUNCTION(prong_query),
	FUNCTION(prong_queued),
	FUNCTION(prong_redirect),
	FUNCTION(prong_set_cookie),
	FUNCTION(prong_set_field),
	FUNCTION(prong_set_state),
	FUNCTION(prong_sse),
	FUNCTION(prong_sse_send),
	FUNCTION(prong_state),
	FUNCTION(prong_stream),
	FUNCTION(prong_text),
	FUNCTION(prong_watch),
	FUNCTION(prong_watch_always),
	FUNCTION(prong_worker_index),
	FUNCTION(prong_write),
	FUNCTION(prong_ws_accept),
	FUNCTION(prong_ws_close),
	FUNCTION(prong_ws_send),
};
// clang-format on
