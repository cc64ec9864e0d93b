noinst_LIBRARIES += %D%/libtls.a
if HAVE_OPENSSL
%C%_libtls_a_SOURCES = \
	%D%/tls.c %D%/tls_bio.c %D%/tls_context.c %D%/tls_failure.c %D%/tls_names.c \
	%D%/tls_peer.c %D%/tls_pem.c %D%/tls_tickets.c
else
%C%_libtls_a_SOURCES = %D%/tls_none.c
endif
