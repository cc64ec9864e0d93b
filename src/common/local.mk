noinst_LIBRARIES += %D%/libcommon.a
%C%_libcommon_a_SOURCES = \
	%D%/arena.c %D%/base64.c %D%/change_counts.c %D%/channel.c %D%/channel_drain.c %D%/conf.c \
	%D%/directory.c %D%/edit_distance.c %D%/error_text.c %D%/library.c \
	%D%/log.c %D%/log_variable.c %D%/loss_report.c %D%/media_types.c %D%/module_metrics.c %D%/pattern.c \
	%D%/proctitle.c %D%/protocol_counters.c %D%/scoreboard_view.c %D%/secret.c %D%/sink.c \
	%D%/site_counters.c %D%/slot.c %D%/standard_fds.c %D%/syslog_header.c %D%/template.c \
	%D%/user.c %D%/utf8.c
