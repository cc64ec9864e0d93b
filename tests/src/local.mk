check_PROGRAMS += \
	%D%/check_pid_file %D%/cli/check_config_diff %D%/cli/check_options %D%/common/check_arena \
	%D%/common/check_base64 %D%/common/check_channel \
	%D%/common/check_edit_distance %D%/common/check_library \
	%D%/common/check_list %D%/common/check_log %D%/common/check_media_types \
	%D%/common/check_pattern %D%/common/check_proctitle %D%/common/check_loss_report %D%/common/check_sink \
	%D%/common/check_site_counters %D%/common/check_slot %D%/common/check_span %D%/common/check_syslog_header %D%/common/check_utf8 \
	%D%/config/check_cpus %D%/config/check_environment %D%/config/check_include %D%/config/check_load %D%/config/check_load_memory %D%/config/check_memory_share %D%/config/check_places \
	%D%/config/check_preflight \
	%D%/config/check_validate_route %D%/reconfig/check_config_checker \
	%D%/reconfig/check_probation %D%/reconfig/check_upgrade_totals %D%/supervise/check_close_thread \
	%D%/supervise/check_crash_report %D%/supervise/check_generation \
	%D%/supervise/check_listener %D%/supervise/check_log_files %D%/supervise/check_message_check \
	%D%/supervise/check_opener %D%/supervise/check_proc \
	%D%/supervise/check_proc_receive %D%/supervise/check_scoreboard %D%/supervise/check_scoreboard_metrics \
	%D%/supervise/check_send_queue %D%/supervise/check_socket_holder %D%/supervise/check_steering \
	%D%/supervise/check_tree_watch %D%/supervise/check_usage \
	%D%/supervise/check_watchdog %D%/supervise/check_tracer
%C%_config_check_load_memory_SOURCES = %D%/config/check_load_memory.c \
	tests/support/failing_malloc.c
if HAVE_OPENSSL
check_PROGRAMS += %D%/config/check_certificates %D%/config/check_ticket_keys
endif
