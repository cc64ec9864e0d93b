/*
 * SPDX-License-Identifier: MIT
 */
#include "exports.h"

#include "prong.h"

#define FUNCTION(name) ((void (*)(void))(name))

// clang-format off
void (*const exports[])(void) = {
	FUNCTION(prong_alloc),
	FUNCTION(prong_answer),
	FUNCTION(prong_body),
	FUNCTION(prong_body_form),
	FUNCTION(prong_body_json),
	FUNCTION(prong_client),
	FUNCTION(prong_config),
	FUNCTION(prong_config_error),
	FUNCTION(prong_cookie),
	FUNCTION(prong_defer),
	FUNCTION(prong_early_hint),
	FUNCTION(prong_empty),
	FUNCTION(prong_field),
	FUNCTION(prong_field_at),
	FUNCTION(prong_get),
	FUNCTION(prong_host),
	FUNCTION(prong_instance),
	FUNCTION(prong_is_draining),
	FUNCTION(prong_json),
	FUNCTION(prong_log),
	FUNCTION(prong_method),
	FUNCTION(prong_mount),
	FUNCTION(prong_next),
	FUNCTION(prong_on_body),
	FUNCTION(prong_on_end),
	FUNCTION(prong_param),
	FUNCTION(prong_path),
	FUNCTION(prong_pause_body),
	FUNCTION(prong_problem),
	FUNCTION(prong_problem_with),
	FUNCTION(prong_query),
	FUNCTION(prong_query_value),
	FUNCTION(prong_redirect),
	FUNCTION(prong_request_id),
	FUNCTION(prong_resume_body),
	FUNCTION(prong_scheme),
	FUNCTION(prong_set),
	FUNCTION(prong_set_cookie),
	FUNCTION(prong_set_field),
	FUNCTION(prong_set_state),
	FUNCTION(prong_state),
	FUNCTION(prong_text),
	FUNCTION(prong_time_left),
	FUNCTION(prong_worker_index),
};
// clang-format on
