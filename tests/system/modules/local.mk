# -rpath: else libtool makes no shared object of what is not installed.
TROUBLE_LDFLAGS = $(MODULE_LDFLAGS) -rpath /nowhere
check_LTLIBRARIES = \
	%D%/answers.la %D%/counts.la %D%/publishes.la %D%/clock_shift.la %D%/dies_at_load.la %D%/dies_at_request.la \
	%D%/dies_if_asked.la %D%/escapes.la %D%/fail_disk.la %D%/fail_malloc.la %D%/hangs.la %D%/hostile.la %D%/live.la %D%/refuse_epoll.la \
	%D%/refuses.la %D%/scribbles.la %D%/starts.la %D%/takes.la
%C%_answers_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_answers_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_counts_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_counts_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_publishes_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_publishes_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_clock_shift_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_clock_shift_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_dies_at_load_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_dies_at_load_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_dies_at_request_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_dies_at_request_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_dies_if_asked_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_dies_if_asked_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_fail_disk_la_CPPFLAGS = -D_GNU_SOURCE
%C%_fail_disk_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_escapes_la_CPPFLAGS = $(MODULE_CPPFLAGS) -D_GNU_SOURCE
%C%_escapes_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_fail_malloc_la_CPPFLAGS = -D_GNU_SOURCE -I$(srcdir)/tests
%C%_fail_malloc_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_hangs_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_hangs_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_hostile_la_CPPFLAGS = $(MODULE_CPPFLAGS) -D_GNU_SOURCE
%C%_hostile_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_live_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_live_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_refuse_epoll_la_CPPFLAGS = -D_GNU_SOURCE
%C%_refuse_epoll_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_refuses_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_refuses_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_scribbles_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_scribbles_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_scribbles_la_LIBADD = $(JANSSON_LIBS)
%C%_starts_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_starts_la_LDFLAGS = $(TROUBLE_LDFLAGS)
%C%_starts_la_LIBADD = $(JANSSON_LIBS)
%C%_takes_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_takes_la_LDFLAGS = $(TROUBLE_LDFLAGS)
