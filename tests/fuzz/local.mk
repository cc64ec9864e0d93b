# Each gets its main from here, so that a build with fuzzers has no tests.
noinst_PROGRAMS = $(fuzzers)
AM_LDFLAGS += -fsanitize=fuzzer
tests_fuzz_fuzz_head_SOURCES = \
	tests/fuzz/fuzz_head.c tests/support/plain_parser.c \
	tests/support/request_compare.c
tests_fuzz_fuzz_http2_session_SOURCES = \
	tests/fuzz/fuzz_http2_session.c tests/fuzz/stub_check.c \
	tests/support/fake_worker.c \
	tests/support/fake_worker_head.c tests/support/fake_cache.c
tests_fuzz_fuzz_tls_SOURCES = \
	tests/fuzz/fuzz_tls.c tests/fuzz/stub_check.c \
	tests/support/test_certificate.c
