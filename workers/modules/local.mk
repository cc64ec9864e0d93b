# Modules see prong.h and nothing else of ours.
pkglib_LTLIBRARIES = %D%/echo.la %D%/events.la %D%/hello.la
%C%_echo_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_echo_la_LDFLAGS = $(MODULE_LDFLAGS)
%C%_events_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_events_la_LDFLAGS = $(MODULE_LDFLAGS)
%C%_events_la_LIBADD = $(JANSSON_LIBS)
%C%_hello_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_hello_la_LDFLAGS = $(MODULE_LDFLAGS)
if HAVE_SQLITE
pkglib_LTLIBRARIES += %D%/notes.la
endif
%C%_notes_la_SOURCES = %D%/notes.c %D%/notes_store.c %D%/notes_write.c
%C%_notes_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_notes_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
%C%_notes_la_LDFLAGS = $(MODULE_LDFLAGS)
%C%_notes_la_LIBADD = $(SQLITE_LIBS) -lpthread
if HAVE_CURL
pkglib_LTLIBRARIES += %D%/upstream.la
endif
%C%_upstream_la_CPPFLAGS = $(MODULE_CPPFLAGS)
%C%_upstream_la_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
%C%_upstream_la_LDFLAGS = $(MODULE_LDFLAGS)
%C%_upstream_la_LIBADD = $(CURL_LIBS)
