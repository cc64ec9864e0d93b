# Fakes, clients, a server to run: the linker takes what a test calls.
check_LIBRARIES = %D%/libsupport.a
%C%_libsupport_a_SOURCES = \
	%D%/client.c %D%/config_files.c %D%/fake_cache.c %D%/fake_worker.c %D%/fake_worker_head.c \
	%D%/fake_worker_module.c %D%/fake_worker_mount.c %D%/fake_worker_upload.c \
	%D%/harness.c %D%/http_response.c %D%/live_server.c %D%/plain_parser.c \
	%D%/port.c %D%/procfs.c %D%/scrape.c %D%/server.c %D%/server_conf.c %D%/stub.c %D%/test_program.c \
	%D%/ws_client.c
if HAVE_OPENSSL
%C%_libsupport_a_SOURCES += %D%/test_certificate.c %D%/tls_client.c %D%/tls_files.c
endif
check_PROGRAMS += \
	%D%/check_http_response

# A slow disk, for one test.
%C%_slow_fs_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS)
%C%_slow_fs_LDADD = $(FUSE_LIBS)
CLEANFILES += %D%/slow_fs
if HAVE_NGHTTP2
%C%_libsupport_a_SOURCES += %D%/http2_client.c %D%/http2_deploy.c
endif
