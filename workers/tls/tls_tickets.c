/*
 * secret -> SHA-256 with a label -> name and keys of its epoch.
 * SPDX-License-Identifier: MIT
 */
#include "tls/tls_tickets.h"

#include <openssl/sha.h>
#include <string.h>

static void
derive_key(const struct ticket_secret *s, char label, unsigned char *to,
	size_t len)
{
	unsigned char from[TICKET_SECRET_SIZE + 1];
	unsigned char hash[SHA256_DIGEST_LENGTH];

	memcpy(from, s->bytes, TICKET_SECRET_SIZE);
	from[TICKET_SECRET_SIZE] = (unsigned char)label;
	SHA256(from, sizeof(from), hash);
	memcpy(to, hash, len);
	explicit_bzero(from, sizeof(from));
	explicit_bzero(hash, sizeof(hash));
}

static void
derive_keys(const struct ticket_secret *s, struct tls_ticket_key *key)
{
	derive_key(s, 'n', key->name, sizeof(key->name));
	derive_key(s, 'c', key->cipher, sizeof(key->cipher));
	derive_key(s, 'm', key->mac, sizeof(key->mac));
}

/* The secret of the epoch before cannot be computed from what is left. */
static void
enter_next_epoch(struct tls_tickets *t)
{
	unsigned char next[SHA256_DIGEST_LENGTH];

	SHA256(t->secret.bytes, TICKET_SECRET_SIZE, next);
	memcpy(t->secret.bytes, next, TICKET_SECRET_SIZE);
	explicit_bzero(next, sizeof(next));
	t->secret.epoch++;
}

void
tls_tickets_init(
	struct tls_tickets *t, const struct ticket_secret *s, int64_t now)
{
	t->secret = *s;
	derive_keys(&t->secret, &t->current);
	t->previous = t->current;
	enter_next_epoch(t);
	derive_keys(&t->secret, &t->current);
	tls_tickets_advance(t, now);
}

void
tls_tickets_advance(struct tls_tickets *t, int64_t now)
{
	uint64_t epoch = now < 0 ? 0 : (uint64_t)now / TICKET_EPOCH_SECONDS;

	if (epoch <= t->secret.epoch)
		return;
	while (t->secret.epoch + 1 < epoch)
		enter_next_epoch(t);
	derive_keys(&t->secret, &t->previous);
	enter_next_epoch(t);
	derive_keys(&t->secret, &t->current);
}

const struct tls_ticket_key *
tls_tickets_find(
	const struct tls_tickets *t, const unsigned char name[TLS_TICKET_NAME])
{
	if (memcmp(name, t->current.name, TLS_TICKET_NAME) == 0)
		return &t->current;
	if (memcmp(name, t->previous.name, TLS_TICKET_NAME) == 0)
		return &t->previous;
	return NULL;
}

void
tls_tickets_wipe(struct tls_tickets *t)
{
	explicit_bzero(t, sizeof(*t));
}
