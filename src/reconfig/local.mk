noinst_LIBRARIES += %D%/libreconfig.a
%C%_libreconfig_a_SOURCES = \
	%D%/config_checker.c %D%/lifecycle.c %D%/probation.c %D%/reconfig.c \
	%D%/reconfig_requests.c %D%/upgrade_conns.c %D%/upgrade_new.c \
	%D%/upgrade_old.c %D%/upgrade_totals.c
