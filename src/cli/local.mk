noinst_LIBRARIES += %D%/libcli.a
%C%_libcli_a_SOURCES = \
	%D%/check_machine.c %D%/commands.c %D%/config_diff.c %D%/control_client.c %D%/daemon.c %D%/habits.c \
	%D%/nginx_options.c %D%/option_conflicts.c %D%/options.c \
	%D%/scaffold.c %D%/server_commands.c %D%/standard_input.c
