noinst_LIBRARIES += %D%/libsupervise.a
%C%_libsupervise_a_SOURCES = \
	%D%/bus.c %D%/certificate_watch.c %D%/child.c %D%/close_thread.c %D%/conn_router.c %D%/crash_report.c %D%/detached_thread.c \
	%D%/epoll_check.c %D%/generation.c %D%/generation_list.c \
	%D%/generation_orders.c %D%/generation_start.c \
	%D%/generation_supervise.c %D%/inherited.c %D%/listener.c \
	%D%/listeners.c %D%/log_files.c %D%/message_check.c %D%/opened.c \
	%D%/opener.c %D%/proc.c %D%/proc_channel.c %D%/proc_receive.c \
	%D%/queue_rescue.c %D%/rebalance.c %D%/recycle.c %D%/resources.c \
	%D%/resources_complain.c %D%/respawn.c %D%/root_prober.c \
	%D%/root_watch.c %D%/scoreboard.c %D%/scoreboard_past.c \
	%D%/sealed_copy.c %D%/send_queue.c %D%/socket_assign.c %D%/socket_holder.c %D%/steering.c \
	%D%/tickets.c %D%/tracer.c %D%/tree_watch.c %D%/tree_table.c %D%/usage.c %D%/watchdog.c
