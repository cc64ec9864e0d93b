noinst_LIBRARIES += %D%/libapi.a
%C%_libapi_a_SOURCES = \
	%D%/body_stream.c %D%/config_value.c %D%/context.c %D%/context_log.c \
	%D%/context_pool.c %D%/context_run.c %D%/context_time.c %D%/event.c %D%/foreign_call.c \
	%D%/export_symbols.c %D%/form.c %D%/form_parameter.c %D%/handles.c %D%/handshake.c %D%/instance.c %D%/instance_config.c \
	%D%/instance_log.c \
	%D%/keepalive.c %D%/metric.c %D%/module.c %D%/module_library.c %D%/module_body.c %D%/module_bus.c \
	%D%/module_body_json.c %D%/module_request.c %D%/module_response.c \
	%D%/module_root.c %D%/module_table.c %D%/module_tls.c %D%/multipart.c %D%/part_head.c %D%/part_save.c %D%/request_all.c \
	%D%/response_content.c %D%/response_cookie.c %D%/response_etag.c %D%/response_file.c %D%/response_head.c %D%/response_problem.c \
	%D%/response_redirect.c %D%/router.c %D%/router_edges.c %D%/router_groups.c %D%/router_miss.c \
	%D%/router_pattern.c %D%/router_rows.c %D%/sha1.c %D%/sign.c %D%/spool.c %D%/sse.c \
	%D%/stream.c %D%/urlencoded.c %D%/watch.c %D%/watch_table.c %D%/websocket.c %D%/work.c %D%/ws.c
