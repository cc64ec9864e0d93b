/*
 * The reason of OpenSSL's errors, as the metrics tell them apart.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_FAILURE_H
#define TLS_FAILURE_H

#include "common/protocol_counters.h"

/* error: of the error queue, or 0; verified: of SSL_get_verify_result(3). */
enum tls_failure tls_failure_of(unsigned long error, long verified);

#endif
