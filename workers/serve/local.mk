noinst_LIBRARIES += %D%/libserve.a
%C%_libserve_a_SOURCES = \
	%D%/access_line.c %D%/access_log.c %D%/access_logs.c %D%/access_values.c %D%/admin.c %D%/auth.c %D%/cors.c \
	%D%/error_page.c %D%/forwarded.c %D%/json_text.c %D%/listing.c %D%/listing_job.c \
	%D%/listing_text.c %D%/log_escape.c %D%/metric_lines.c %D%/metrics.c %D%/metrics_modules.c %D%/metrics_protocols.c %D%/password_check.c %D%/problem.c %D%/rate_limit.c %D%/redirect.c \
	%D%/relative_location.c %D%/route_guard.c %D%/serve.c %D%/site.c %D%/site_host.c \
	%D%/static_file.c %D%/token_cache.c %D%/try_files.c %D%/unreadable.c
