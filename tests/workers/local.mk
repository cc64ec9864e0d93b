check_PROGRAMS += \
	%D%/api/check_body_stream %D%/api/check_body_stream_pause \
	%D%/api/check_config_value %D%/api/check_context %D%/api/check_early_hint %D%/api/check_event %D%/api/check_form \
	%D%/api/check_handles %D%/api/check_handshake \
	%D%/serve/check_json_text %D%/api/check_keepalive %D%/api/check_metric %D%/api/check_module_body \
	%D%/api/check_module_request %D%/api/check_module_response \
	%D%/api/check_module_response_memory %D%/api/check_module_table %D%/api/check_multipart \
	%D%/api/check_part_head %D%/api/check_response_cookie \
	%D%/api/check_request_all %D%/api/check_response_etag %D%/api/check_response_file %D%/api/check_response_head %D%/api/check_response_redirect \
	%D%/api/check_router %D%/api/check_router_miss %D%/api/check_router_rows \
	%D%/api/check_sha1 %D%/api/check_spool %D%/api/check_stream \
	%D%/api/check_urlencoded %D%/api/check_used_up_memory \
	%D%/api/check_websocket %D%/api/check_work %D%/check_worker_start %D%/conn/check_conn \
	%D%/conn/check_conn_memory %D%/conn/check_conn_record \
	%D%/conn/check_conn_table %D%/conn/check_deadline \
	%D%/conn/check_disk_wait %D%/conn/check_exchange %D%/conn/check_exchange_life %D%/conn/check_http1_conn \
	%D%/http2/check_http2_frames %D%/http2/check_http2_request %D%/conn/check_inflight \
	%D%/conn/check_input_buffer %D%/file/check_output %D%/conn/check_request_stats \
	%D%/conn/check_proxy_protocol %D%/conn/check_readahead \
	%D%/file/check_compress %D%/file/check_disk %D%/file/check_file \
	%D%/file/check_file_cache %D%/file/check_file_cache_codings \
	%D%/file/check_file_cache_paths %D%/file/check_retry_io %D%/file/check_root \
	%D%/file/check_file_validators %D%/file/check_frequency_sketch %D%/file/check_roots \
	%D%/file/check_sidecar_list %D%/http/check_accept_encoding \
	%D%/http/check_accept_media %D%/http/check_body %D%/http/check_cidr \
	%D%/http/check_conditional %D%/http/check_content_type %D%/http/check_cookie \
	%D%/http/check_date %D%/http/check_field %D%/http/check_field_rows %D%/http/check_header_rules \
	%D%/http/check_host %D%/http/check_http1 %D%/http/check_http1_tokens \
	%D%/http/check_octet %D%/http/check_range %D%/http/check_request \
	%D%/http/check_target %D%/serve/check_access_log %D%/serve/check_auth \
	%D%/serve/check_error_page %D%/serve/check_forwarded \
	%D%/serve/check_listing_job %D%/serve/check_listing_text \
	%D%/serve/check_redirect %D%/serve/check_serve %D%/serve/check_site \
	%D%/serve/check_static_file %D%/serve/check_rate_limit %D%/serve/check_token_cache
if HAVE_SQLITE
check_PROGRAMS += %D%/modules/check_notes_store
endif
%C%_api_check_keepalive_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
%C%_api_check_module_response_memory_LDFLAGS = $(AM_LDFLAGS) $(WRAP)
%C%_conn_check_conn_memory_LDFLAGS = $(AM_LDFLAGS) $(WRAP),--wrap=free
%C%_modules_check_notes_store_SOURCES = %D%/modules/check_notes_store.c workers/modules/notes_store.c
%C%_modules_check_notes_store_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
%C%_modules_check_notes_store_LDADD = $(LDADD) $(SQLITE_LIBS)
if HAVE_OPENSSL
check_PROGRAMS += %D%/tls/check_tls_names %D%/tls/check_tls_tickets
endif
