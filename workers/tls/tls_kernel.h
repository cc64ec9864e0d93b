/*
 * The kernel's TLS (kTLS), for sending: a socket takes plain bytes and sends
 * records.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_KERNEL_H
#define TLS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct tls_write_state;

/* What a worker knows of its kernel. */
struct tls_kernel {
	bool is_there;
	uint8_t refused; /* mask of versions and ciphers that it does not have
			  */
};

/* Loads the kernel's module where that is allowed, which takes CAP_NET_ADMIN.
 * False: there is none. */
bool tls_kernel_load(void);

/*
 * From now on the kernel makes records of what is sent on the connected socket.
 * Returns -1 where it does not: then the socket sends the bytes as they are, as
 * before.
 */
int tls_kernel_start(
	struct tls_kernel *, int fd, const struct tls_write_state *);

/* Sends an alert, its level and its description, if the socket takes it. */
void tls_kernel_alert(int fd, const unsigned char alert[2]);

/*
 * The kernel drops records at close(2) and shutdown(2) that the socket's buffer
 * had no room for.  While the socket takes bytes there are none, or the next
 * send(2) takes them along.
 */
bool tls_kernel_has_sent(int fd);

#endif
