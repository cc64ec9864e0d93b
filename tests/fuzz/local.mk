noinst_PROGRAMS = \
	%D%/fuzz_accept_encoding %D%/fuzz_auth %D%/fuzz_body %D%/fuzz_channel \
	%D%/fuzz_conditional %D%/fuzz_config %D%/fuzz_content_type \
	%D%/fuzz_conn_record %D%/fuzz_control %D%/fuzz_cookie %D%/fuzz_forwarded %D%/fuzz_head \
	%D%/fuzz_host %D%/fuzz_http2_frames %D%/fuzz_multipart \
	%D%/fuzz_part_head %D%/fuzz_pattern %D%/fuzz_proxy_protocol \
	%D%/fuzz_range %D%/fuzz_router %D%/fuzz_target %D%/fuzz_urlencoded \
	%D%/fuzz_websocket
# Each gets its main from here, so that a build with fuzzers has no tests.
AM_LDFLAGS += -fsanitize=fuzzer
%C%_fuzz_head_SOURCES = %D%/fuzz_head.c tests/support/plain_parser.c
if HAVE_NGHTTP2
noinst_PROGRAMS += %D%/fuzz_http2_session
endif
%C%_fuzz_http2_session_SOURCES = %D%/fuzz_http2_session.c \
	tests/support/fake_worker.c tests/support/fake_worker_head.c tests/support/fake_cache.c
%C%_fuzz_http2_session_LDADD = $(PRONG_LIBS)
