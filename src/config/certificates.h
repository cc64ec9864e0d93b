/*
 * Reads and checks the certificates, private keys, client CAs and revocation
 * lists that the configuration names.
 * SPDX-License-Identifier: MIT
 */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include <stdbool.h>

#include "common/conf.h"

struct reader;

/* False: this program was built without OpenSSL. */
bool certificates_are_supported(void);

/*
 * Reads the files of a certificate and fills in what they say.  Every fault is
 * reported at its key; expiry and modes of files are warnings.  The reader is
 * at the object with the paths.
 */
void certificates_load(struct reader *, struct conf_certificate *);

/* Reads the CA and the revocation list for clients. */
void certificates_load_client(struct reader *, struct conf_tls_client *);

#endif
