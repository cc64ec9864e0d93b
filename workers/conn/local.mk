noinst_LIBRARIES += %D%/libconn.a
%C%_libconn_a_SOURCES = \
	%D%/accept.c %D%/conn.c %D%/conn_drain.c %D%/conn_open.c %D%/conn_record.c \
	%D%/conn_state.c %D%/conn_table.c %D%/conn_timeout.c %D%/deadline.c \
	%D%/disk_wait.c %D%/end_reason.c %D%/exchange.c %D%/exchange_life.c %D%/http1_conn.c \
	%D%/http1_response.c %D%/http2_balance.c %D%/http2_conn.c %D%/http2_end.c %D%/http2_exchange.c \
	%D%/http2_frames.c %D%/http2_hold.c %D%/http2_move.c %D%/http2_request.c %D%/http2_response.c \
	%D%/http2_stream.c %D%/http2_timeout.c %D%/inflight.c \
	%D%/input_buffer.c %D%/linger.c %D%/migrate.c %D%/output.c %D%/peer.c \
	%D%/proxy_input.c %D%/proxy_protocol.c %D%/readahead.c %D%/refusal.c \
	%D%/request_id.c %D%/request_stats.c %D%/response.c %D%/run_queue.c
if HAVE_OPENSSL
%C%_libconn_a_SOURCES += \
	%D%/tls.c %D%/tls_bio.c %D%/tls_context.c %D%/tls_failure.c %D%/tls_names.c \
	%D%/tls_peer.c %D%/tls_pem.c %D%/tls_tickets.c
else
%C%_libconn_a_SOURCES += %D%/tls_none.c
endif
if HAVE_NGHTTP2
%C%_libconn_a_SOURCES += %D%/http2.c %D%/http2_restore.c %D%/http2_submit.c
else
%C%_libconn_a_SOURCES += %D%/http2_none.c
endif
