/*
 * For LD_PRELOAD: a kernel with TLS for sending, as Linux 6.1 has it.  Sockets
 * take TCP_ULP and TLS_TX, and encrypt what is sent: with MSG_MORE a record
 * stays open, what the socket has no room for leaves later, and it is lost at
 * shutdown(2) and close(2).
 *
 * $KTLS_REFUSE names what fails: "module", "ulp", "key".  While the file
 * $KTLS_HOLD exists, the socket has no room for the end of a response.
 * SPDX-License-Identifier: MIT
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library's declaration says that it only writes the struct. */
#define poll declared_poll
#include <poll.h>
#undef poll

#include "support/tls_seal.h"

int poll(struct pollfd *, nfds_t, int timeout);

enum { SOCKETS = 4096, DATA = 23 };

struct tls_socket {
	bool has_ulp, has_key;
	struct tls_sealer sealer;
	unsigned char open[SEAL_MOST]; /* a record that goes on */
	size_t open_len;
	unsigned char wire[SEAL_ROOM]; /* an encrypted one, from sent on */
	size_t wire_len, sent;
	bool is_end; /* of what was given in one call */
	int error;   /* of the socket, or EAGAIN */
};

static struct tls_socket *sockets[SOCKETS];

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

static bool
refuses(const char *what)
{
	const char *refused = getenv("KTLS_REFUSE");

	return refused != NULL && strcmp(refused, what) == 0;
}

static struct tls_socket *
find(int fd)
{
	return fd >= 0 && fd < SOCKETS ? sockets[fd] : NULL;
}

static struct tls_socket *
find_active(int fd)
{
	struct tls_socket *s = find(fd);

	return s != NULL && s->has_key ? s : NULL;
}

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* ---- options ------------------------------------------------------------- */

static int
set_ulp(int fd)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (refuses("module"))
		return fail(ENOENT);
	if (find(fd) != NULL)
		return fail(EEXIST);
	if (getpeername(fd, (struct sockaddr *)&peer, &len) == -1)
		return fail(ENOTCONN);
	if (refuses("ulp"))
		return fail(ENOENT);
	if (fd < 0 || fd >= SOCKETS)
		return fail(ENOMEM);
	sockets[fd] = calloc(1, sizeof(*sockets[fd]));
	sockets[fd]->has_ulp = true;
	return 0;
}

/* The parts of the struct of a cipher. */
static void
take_key(struct tls_sealer *s, const EVP_CIPHER *c, const unsigned char *p,
	size_t iv_len, size_t key_len)
{
	const unsigned char *key = p + iv_len, *salt = key + key_len;
	const unsigned char *number = salt + SEAL_NONCE - iv_len;

	memcpy(s->iv, salt, SEAL_NONCE - iv_len);
	if (!s->is_tls_1_3 && iv_len == SEAL_EXPLICIT) {
		s->has_explicit = true;
		memcpy(s->next, p, iv_len);
	} else {
		memcpy(s->iv + SEAL_NONCE - iv_len, p, iv_len);
	}
	for (int i = 0; i < 8; i++)
		s->number = s->number << 8 | number[i];
	seal_set_key(s, c, key);
}

static int
set_key(struct tls_socket *s, const void *value, socklen_t len)
{
	struct tls_crypto_info head;
	const unsigned char *rest = (const unsigned char *)value + sizeof(head);

	if (s == NULL)
		return fail(ENOPROTOOPT);
	if (s->has_key)
		return fail(EBUSY);
	if (len < sizeof(head) || refuses("key"))
		return fail(EINVAL);
	memcpy(&head, value, sizeof(head));
	if (head.version != TLS_1_2_VERSION && head.version != TLS_1_3_VERSION)
		return fail(EINVAL);
	s->sealer.is_tls_1_3 = head.version == TLS_1_3_VERSION;
	if (head.cipher_type == TLS_CIPHER_AES_GCM_128 &&
		len == sizeof(struct tls12_crypto_info_aes_gcm_128))
		take_key(&s->sealer, EVP_aes_128_gcm(), rest, 8, 16);
	else if (head.cipher_type == TLS_CIPHER_AES_GCM_256 &&
		 len == sizeof(struct tls12_crypto_info_aes_gcm_256))
		take_key(&s->sealer, EVP_aes_256_gcm(), rest, 8, 32);
	else if (head.cipher_type == TLS_CIPHER_CHACHA20_POLY1305 &&
		 len == sizeof(struct tls12_crypto_info_chacha20_poly1305))
		take_key(&s->sealer, EVP_chacha20_poly1305(), rest, 12, 32);
	else
		return fail(EINVAL);
	s->has_key = true;
	return 0;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (level == IPPROTO_TCP && name == TCP_ULP)
		return set_ulp(fd);
	if (level == SOL_TLS && name == TLS_TX)
		return set_key(find(fd), value, len);
	return REAL(setsockopt)(fd, level, name, value, len);
}

/* ---- records ------------------------------------------------------------- */

static bool
is_held(const struct tls_socket *s)
{
	const char *path = getenv("KTLS_HOLD");

	return path != NULL && s->is_end && access(path, F_OK) == 0;
}

/* True: nothing waits. */
static bool
flush(struct tls_socket *s, int fd)
{
	size_t end = s->wire_len;
	ssize_t n = 1;

	if (s->sent < end && is_held(s)) {
		end--;
		s->error = EAGAIN;
	}
	while (s->sent < end && n > 0) {
		n = REAL(send)(fd, s->wire + s->sent, end - s->sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		s->sent += n > 0 ? (size_t)n : 0;
		s->error = n > 0 ? 0 : errno;
	}
	return s->sent == s->wire_len;
}

static void
seal(struct tls_socket *s, int fd, int type)
{
	s->wire_len =
		seal_record(&s->sealer, type, s->open, s->open_len, s->wire);
	s->sent = s->open_len = 0;
	flush(s, fd);
}

/* Returns how many bytes it has taken; -1: no room. */
static ssize_t
take(struct tls_socket *s, int fd, int type, const char *bytes, size_t len,
	bool more)
{
	size_t done = 0, n;

	if (!flush(s, fd))
		return -1;
	if (type != DATA && s->open_len > 0)
		seal(s, fd, DATA);
	while (done < len && flush(s, fd)) {
		n = SEAL_MOST - s->open_len;
		if (n > len - done)
			n = len - done;
		memcpy(s->open + s->open_len, bytes + done, n);
		s->open_len += n;
		done += n;
		s->is_end = done == len && !more;
		if (s->open_len == SEAL_MOST || s->is_end)
			seal(s, fd, type);
	}
	return done == 0 && len > 0 ? -1 : (ssize_t)done;
}

static int
record_type(const struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);

	return c != NULL && c->cmsg_level == SOL_TLS &&
			       c->cmsg_type == TLS_SET_RECORD_TYPE
		       ? *CMSG_DATA(c)
		       : DATA;
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct tls_socket *s = find_active(fd);
	ssize_t done = 0, n;

	if (s == NULL)
		return REAL(sendmsg)(fd, m, flags);
	for (size_t i = 0; i < m->msg_iovlen; i++) {
		n = take(s, fd, record_type(m), m->msg_iov[i].iov_base,
			m->msg_iov[i].iov_len,
			i + 1 < m->msg_iovlen || (flags & MSG_MORE) != 0);
		if (n == -1)
			return done > 0 ? done : fail(s->error);
		done += n;
		if ((size_t)n < m->msg_iov[i].iov_len)
			break;
	}
	return done;
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	struct iovec one = { (void *)(uintptr_t)bytes, len };
	const struct msghdr m = { .msg_iov = &one, .msg_iovlen = 1 };

	return find_active(fd) == NULL ? REAL(send)(fd, bytes, len, flags)
				       : sendmsg(fd, &m, flags);
}

ssize_t
sendfile(int fd, int from, off_t *offset, size_t len)
{
	struct tls_socket *s = find_active(fd);
	size_t done = 0, want;
	char bytes[SEAL_MOST];
	ssize_t n = 0, taken;

	if (s == NULL)
		return REAL(sendfile)(fd, from, offset, len);
	while (done < len) {
		want = len - done < sizeof(bytes) ? len - done : sizeof(bytes);
		n = pread(from, bytes, want, *offset);
		if (n <= 0)
			break;
		taken = take(
			s, fd, DATA, bytes, (size_t)n, done + (size_t)n < len);
		if (taken == -1) {
			n = fail(s->error);
			break;
		}
		done += (size_t)taken;
		*offset += taken;
	}
	return done > 0 ? (ssize_t)done : n;
}

/* sys_io.h calls it. */
long
syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_sendto && find_active((int)a[0]) != NULL)
		return send(
			(int)a[0], (const void *)a[1], (size_t)a[2], (int)a[3]);
	if (real == NULL)
		real = REAL(syscall);
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- what waits ---------------------------------------------------------- */

/* The kernel sends it when the client has read; the loop asks each millisecond.
 */
int
epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
	for (int fd = 0; fd < SOCKETS; fd++)
		if (sockets[fd] != NULL && !flush(sockets[fd], fd))
			timeout = 1;
	return REAL(epoll_wait)(epoll, events, most, timeout);
}

int
poll(struct pollfd *all, nfds_t n, int timeout)
{
	struct tls_socket *s = n == 1 ? find_active(all->fd) : NULL;

	return s != NULL && !flush(s, all->fd) ? 0
					       : REAL(poll)(all, n, timeout);
}

int
shutdown(int fd, int how)
{
	struct tls_socket *s = find(fd);

	if (s != NULL && how != SHUT_RD)
		s->wire_len = s->sent = s->open_len = 0;
	return REAL(shutdown)(fd, how);
}

int
close(int fd)
{
	struct tls_socket *s = find(fd);

	if (s != NULL) {
		EVP_CIPHER_CTX_free(s->sealer.cipher);
		free(s);
		sockets[fd] = NULL;
	}
	return REAL(close)(fd);
}
