/*
 * setsockopt(TCP_ULP), then setsockopt(TLS_TX) with the key; see Linux's
 * Documentation/networking/tls.rst.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_kernel.h"

#ifdef HAVE_KERNEL_TLS
#include <assert.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/obj_mac.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/tls_write_key.h"

enum {
	ALERT = 21, /* RFC 8446 5.1 */
	SALT = TLS_CIPHER_AES_GCM_128_SALT_SIZE,
	KINDS = 6,
};

static const struct {
	int nid;
	uint16_t type;
} ciphers[] = {
	{ NID_aes_128_gcm, TLS_CIPHER_AES_GCM_128 },
	{ NID_aes_256_gcm, TLS_CIPHER_AES_GCM_256 },
	{ NID_chacha20_poly1305, TLS_CIPHER_CHACHA20_POLY1305 },
};

/* ---- its structs --------------------------------------------------------- */

/* The kernel has a struct for each cipher: its number, IV, key, salt and
 * number of the record, of different sizes and with nothing between. */
struct info {
	unsigned char bytes[sizeof(struct tls12_crypto_info_aes_gcm_256)];
	socklen_t len;
};

_Static_assert(
	sizeof(struct tls12_crypto_info_aes_gcm_128) == 4 + 8 + 16 + SALT + 8 &&
		sizeof(struct tls12_crypto_info_aes_gcm_256) ==
			4 + 8 + 32 + SALT + 8 &&
		sizeof(struct tls12_crypto_info_chacha20_poly1305) ==
			4 + 12 + 32 + 8,
	"no gaps, and the second is the longest");

static void
add_bytes(struct info *info, const void *bytes, size_t len)
{
	assert(info->len + len <= sizeof(info->bytes));
	memcpy(info->bytes + info->len, bytes, len);
	info->len += (socklen_t)len;
}

/* Which of the ciphers. */
static unsigned
find_cipher(const struct tls_write_state *s)
{
	unsigned i = 0;

	while (i < KINDS / 2 && ciphers[i].nid != s->cipher)
		i++;
	assert(i < KINDS / 2);
	return i;
}

static void
fill_info(struct info *info, const struct tls_write_state *s)
{
	struct tls_crypto_info head = {
		s->is_tls_1_3 ? TLS_1_3_VERSION : TLS_1_2_VERSION,
		ciphers[find_cipher(s)].type,
	};
	unsigned char number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (unsigned char)(s->number >> (56 - 8 * i));
	info->len = 0;
	add_bytes(info, &head, sizeof(head));
	if (s->cipher == NID_chacha20_poly1305)
		add_bytes(info, s->iv, TLS_IV);
	else if (s->is_tls_1_3)
		add_bytes(info, s->iv + SALT, TLS_IV - SALT);
	else
		add_bytes(info, s->nonce, TLS_EXPLICIT_NONCE);
	add_bytes(info, s->key, s->key_len);
	if (s->cipher != NID_chacha20_poly1305)
		add_bytes(info, s->iv, SALT);
	add_bytes(info, number, sizeof(number));
}

/* ---- the socket ---------------------------------------------------------- */

static int
set_ulp(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls"));
}

/* The kernel finds the module before it sees that there is no connection. */
bool
tls_kernel_load(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_there;

	if (fd == -1)
		return false;
	is_there = set_ulp(fd) == 0 || errno == ENOTCONN;
	close(fd);
	return is_there;
}

static int
set_key(int fd, const struct tls_write_state *s)
{
	struct info info;
	int rc;

	fill_info(&info, s);
	rc = setsockopt(fd, SOL_TLS, TLS_TX, info.bytes, info.len);
	OPENSSL_cleanse(&info, sizeof(info));
	return rc;
}

int
tls_kernel_start(struct tls_kernel *k, int fd, const struct tls_write_state *s)
{
	unsigned kind = find_cipher(s) + (s->is_tls_1_3 ? KINDS / 2 : 0);

	if (!k->is_there || k->refused & 1u << kind)
		return -1;
	if (set_ulp(fd) == -1) {
		/* Others are of the socket: it is not TCP, or half closed. */
		k->is_there = errno != ENOENT;
		return -1;
	}
	if (set_key(fd, s) == -1) {
		k->refused |= (uint8_t)(1u << kind);
		return -1;
	}
	return 0;
}

void
tls_kernel_alert(int fd, const unsigned char alert[2])
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(unsigned char))];
	} control = { .head = { .cmsg_level = SOL_TLS,
			      .cmsg_type = TLS_SET_RECORD_TYPE,
			      .cmsg_len = CMSG_LEN(sizeof(unsigned char)) } };
	struct iovec bytes = { (void *)(uintptr_t)alert, 2 };
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t rc;

	*CMSG_DATA(&control.head) = ALERT;
	do
		rc = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (rc == -1 && errno == EINTR);
}

bool
tls_kernel_has_sent(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

#else /* a kernel, or a C library, without it */

bool
tls_kernel_load(void)
{
	return false;
}

int
tls_kernel_start(struct tls_kernel *k, int fd, const struct tls_write_state *s)
{
	(void)k, (void)fd, (void)s;
	return -1;
}

void
tls_kernel_alert(int fd, const unsigned char alert[2])
{
	(void)fd, (void)alert;
}

bool
tls_kernel_has_sent(int fd)
{
	(void)fd;
	return true;
}
#endif
