noinst_LIBRARIES += %D%/libhttp2.a
%C%_libhttp2_a_SOURCES = \
	%D%/http2_balance.c %D%/http2_conn.c %D%/http2_end.c %D%/http2_exchange.c \
	%D%/http2_frames.c %D%/http2_hold.c %D%/http2_move.c %D%/http2_request.c %D%/http2_response.c \
	%D%/http2_stream.c %D%/http2_timeout.c
if HAVE_NGHTTP2
%C%_libhttp2_a_SOURCES += %D%/http2.c %D%/http2_restore.c %D%/http2_submit.c
else
%C%_libhttp2_a_SOURCES += %D%/http2_none.c
endif
