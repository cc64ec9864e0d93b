noinst_LIBRARIES += %D%/libcontrol.a
%C%_libcontrol_a_SOURCES = \
	%D%/control.c %D%/control_orders.c %D%/control_reopen.c %D%/control_report.c
