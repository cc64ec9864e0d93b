noinst_LIBRARIES += %D%/libfile.a
%C%_libfile_a_SOURCES = \
	%D%/compress.c %D%/content_hash.c %D%/disk.c %D%/disk_uring.c %D%/docroot.c %D%/file.c \
	%D%/file_cache.c %D%/file_cache_entry.c %D%/file_errors.c %D%/file_probe.c %D%/file_validators.c %D%/frequency_sketch.c %D%/loop_wake.c %D%/output.c %D%/pool.c %D%/resolved.c \
	%D%/retry_io.c %D%/root.c %D%/roots.c %D%/sidecar.c %D%/sidecar_index.c %D%/sidecar_list.c %D%/work_pool.c
