noinst_LIBRARIES += %D%/libconn.a
%C%_libconn_a_SOURCES = \
	%D%/accept.c %D%/conn.c %D%/conn_drain.c %D%/conn_open.c %D%/conn_record.c \
	%D%/conn_state.c %D%/conn_table.c %D%/conn_timeout.c %D%/deadline.c \
	%D%/disk_wait.c %D%/end_reason.c %D%/exchange.c %D%/exchange_life.c %D%/http1_conn.c \
	%D%/http1_response.c %D%/inflight.c %D%/input_buffer.c %D%/linger.c %D%/migrate.c %D%/peer.c \
	%D%/proxy_input.c %D%/proxy_protocol.c %D%/readahead.c %D%/refusal.c \
	%D%/request_id.c %D%/request_stats.c %D%/response.c %D%/run_queue.c
