noinst_LIBRARIES += %D%/libhttp.a
%C%_libhttp_a_SOURCES = \
	%D%/accept_encoding.c %D%/accept_media.c %D%/body.c %D%/cidr.c \
	%D%/conditional.c %D%/content_type.c %D%/cookie.c %D%/date.c %D%/field.c \
	%D%/field_list.c %D%/field_rows.c %D%/hash.c %D%/header_rules.c %D%/host.c %D%/http1.c %D%/http1_partial.c \
	%D%/octet.c %D%/parameter.c %D%/qvalue.c %D%/range.c %D%/request.c \
	%D%/target.c
