noinst_LIBRARIES += %D%/libworker.a
%C%_libworker_a_SOURCES = \
	%D%/canary.c %D%/capabilities.c %D%/checks.c %D%/check_answer.c %D%/denials.c %D%/denied_calls.c %D%/explain.c %D%/explain_report.c %D%/landlock.c %D%/sandbox.c \
	%D%/sandbox_learn.c %D%/seccomp_filter.c %D%/seccomp_lists.c \
	%D%/shutdown.c %D%/trial.c %D%/worker.c %D%/worker_channel.c \
	%D%/worker_gauges.c %D%/worker_start.c
