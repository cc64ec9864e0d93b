check_PROGRAMS += \
	%D%/check_addresses %D%/check_admin %D%/check_bus %D%/check_body_memory %D%/check_changing_files %D%/check_checks %D%/check_clock \
	%D%/check_codings %D%/check_command_line %D%/check_configuration %D%/check_control %D%/check_cors %D%/check_counters \
	%D%/check_crash %D%/check_daemon %D%/check_deferred %D%/check_disk_errors %D%/check_drain \
	%D%/check_epoll_refusal %D%/check_events %D%/check_explain %D%/check_framing %D%/check_fresh_files %D%/check_headers \
	%D%/check_hostile_module \
	%D%/check_hung_root %D%/check_hung_workers %D%/check_keep_alive %D%/check_limits \
	%D%/check_listing %D%/check_log_destinations %D%/check_logs %D%/check_many_connections %D%/check_memory \
	%D%/check_module_build %D%/check_module_content %D%/check_module_misuse %D%/check_module_streams \
	%D%/check_modules %D%/check_nginx_facts %D%/check_notify \
	%D%/check_partial_files %D%/check_passwords %D%/check_paths \
	%D%/check_pipelining %D%/check_rebalance %D%/check_refusals %D%/check_recycle %D%/check_reload \
	%D%/check_reload_verdicts %D%/check_reopen %D%/check_respawn %D%/check_root_switch %D%/check_routes \
	%D%/check_sandbox %D%/check_sandbox_log %D%/check_scaffold %D%/check_serves_files %D%/check_shortage \
	%D%/check_signals %D%/check_proxy_header %D%/check_slow_disk %D%/check_smoke \
	%D%/check_socket_activation %D%/check_taken_worker %D%/check_timeouts \
	%D%/check_upgrade %D%/check_upgrade_refused %D%/check_websocket_module \
	%D%/check_workers_user
if HAVE_SQLITE
check_PROGRAMS += %D%/check_notes
endif
%C%_check_notes_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
%C%_check_notes_LDADD = $(LDADD) $(SQLITE_LIBS)
if HAVE_OPENSSL
check_PROGRAMS += %D%/check_tls %D%/check_tls_clients %D%/check_tls_deploys %D%/check_tls_metrics %D%/check_tls_modules
endif
if HAVE_NGHTTP2
check_PROGRAMS += %D%/check_http2 %D%/check_http2_refusals %D%/check_http2_abuses %D%/check_http2_websocket \
	%D%/check_http2_deploys %D%/check_http2_handover %D%/check_http2_priorities
endif
