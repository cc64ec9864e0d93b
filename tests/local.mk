# What all test programs link; the linker takes what each of them calls.
SUPPORT = tests/support/libsupport.a
check_LIBRARIES = $(SUPPORT)
check_PROGRAMS = $(test_programs)

# Flags of single programs.
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_src_config_check_load_memory_SOURCES = \
	tests/src/config/check_load_memory.c tests/support/failing_malloc.c
tests_workers_api_check_keepalive_LDFLAGS = $(AM_LDFLAGS) -Wl,--export-dynamic
tests_workers_api_check_module_response_memory_LDFLAGS = $(AM_LDFLAGS) $(WRAP)
tests_workers_conn_check_conn_memory_LDFLAGS = $(AM_LDFLAGS) $(WRAP),--wrap=free
tests_workers_test_check_prong_test_LDADD = workers/test/libtest.a $(LDADD)
tests_workers_modules_check_notes_store_SOURCES = \
	tests/workers/modules/check_notes_store.c workers/modules/notes_store.c
tests_workers_modules_check_notes_store_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_workers_modules_check_notes_store_LDADD = $(LDADD) $(SQLITE_LIBS)
tests_system_check_notes_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
tests_system_check_notes_LDADD = $(LDADD) $(SQLITE_LIBS)

# Modules of system tests; like those that ship, they are not sanitized.
check_DATA = $(test_modules)
CLEANFILES += $(test_modules)
SUFFIXES = .so
$(test_modules): $(include_HEADERS) tests/system/modules/trouble.h
.c.so:
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) $(MODULE_CPPFLAGS) -D_GNU_SOURCE \
		-I$(srcdir)/tests $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS) -fPIC \
		-shared $(LDFLAGS) -Wl,--as-needed -o $@ $< $(JANSSON_LIBS)
