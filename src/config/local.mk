noinst_LIBRARIES += %D%/libconfig.a
%C%_libconfig_a_SOURCES = \
	%D%/certificate_facts.c %D%/certificate_report.c %D%/certificates.c %D%/directive_tls.c \
	%D%/secret_file.c %D%/ticket_keys.c %D%/type_tls.c %D%/validate_tls.c \
	%D%/address.c %D%/cgroup.c %D%/cpus.c %D%/directive.c %D%/directive_check.c %D%/directive_site.c %D%/environment.c %D%/errors.c \
	%D%/foreign_keys.c %D%/include.c \
	%D%/json_memory.c %D%/json_position.c %D%/load.c %D%/memory_share.c %D%/places.c %D%/preflight.c %D%/read.c \
	%D%/schema.c %D%/source.c %D%/source_variables.c %D%/suggest.c %D%/text.c %D%/type.c %D%/type_json.c \
	%D%/type_list.c %D%/type_log.c %D%/type_route.c %D%/type_check.c %D%/type_sandbox.c %D%/validate.c %D%/validate_admin.c %D%/validate_log.c %D%/validate_proxy.c %D%/validate_rate.c \
	%D%/validate_route.c %D%/validate_sandbox.c %D%/validate_sites.c
