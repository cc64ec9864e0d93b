/*
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stddef.h>

static const struct {
	int reason; /* of OpenSSL */
	enum tls_failure failure;
} rows[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, TLS_FAILURE_VERSION },
	{ SSL_R_VERSION_TOO_LOW, TLS_FAILURE_VERSION },
	{ SSL_R_WRONG_VERSION_NUMBER, TLS_FAILURE_VERSION },
	{ SSL_R_INAPPROPRIATE_FALLBACK, TLS_FAILURE_VERSION },
	{ SSL_R_NO_SHARED_CIPHER, TLS_FAILURE_CIPHER },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, TLS_FAILURE_CIPHER },
	{ SSL_R_NO_SHARED_GROUPS, TLS_FAILURE_CIPHER },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, TLS_FAILURE_CIPHER },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_FAILURE_CIPHER },
	{ SSL_R_NO_APPLICATION_PROTOCOL, TLS_FAILURE_ALPN },
	{ SSL_R_CALLBACK_FAILED, TLS_FAILURE_NAME },
	{ SSL_R_CLIENTHELLO_TLSEXT, TLS_FAILURE_NAME },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, TLS_FAILURE_NO_CERTIFICATE },
	{ SSL_R_CERTIFICATE_VERIFY_FAILED, TLS_FAILURE_BAD_CERTIFICATE },
	{ SSL_R_HTTP_REQUEST, TLS_FAILURE_PLAIN_HTTP },
	{ SSL_R_HTTPS_PROXY_REQUEST, TLS_FAILURE_PLAIN_HTTP },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, TLS_FAILURE_CLIENT_GONE },
};

/* Alerts that were received have reasons of their own. */
static int
is_alert(int reason)
{
	return reason > SSL_AD_REASON_OFFSET &&
	       reason <= SSL_AD_REASON_OFFSET + 255;
}

enum tls_failure
tls_failure_of(unsigned long error, long verified)
{
	int reason = ERR_GET_REASON(error);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].reason == reason)
			return rows[i].failure;
	if (verified != X509_V_OK)
		return TLS_FAILURE_BAD_CERTIFICATE;
	if (error == 0)
		return TLS_FAILURE_CLIENT_GONE;
	return is_alert(reason) ? TLS_FAILURE_ALERT : TLS_FAILURE_MALFORMED;
}
