noinst_LIBRARIES += %D%/libmain.a
%C%_libmain_a_SOURCES = \
	%D%/banner.c %D%/error_log.c %D%/loop_memory.c %D%/master.c %D%/master_actions.c %D%/notify.c \
	%D%/pid_file.c %D%/privileges.c %D%/signals.c
