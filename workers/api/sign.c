/*
 * Cookies with a signature: HMAC-SHA-256 of name and value (RFC 2104).
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/context.h"
#include "api/instance.h"
#include "common/base64.h"
#include "conn/exchange.h"

#ifdef HAVE_OPENSSL
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif

enum {
	MAC = 32,
	MAC_TEXT = BASE64_LEN(MAC), /* with a NUL in place of the padding */
	KEY_LEAST = 16,
	VALUE_MOST = 3072,
	TEXT_MOST = BASE64_LEN(VALUE_MOST) + MAC_TEXT + 2,
};

int
prong_set_key(struct prong_instance *i, const void *key, size_t len)
{
	if (!instance_check_call(i, __func__))
		return -1;
	if (key == NULL || len < KEY_LEAST || len > sizeof(i->key))
		return instance_misuse(i, __func__, "a key has 16 to 64 bytes");
	memcpy(i->key, key, len);
	i->key_len = len;
	return 0;
}

#ifdef HAVE_OPENSSL

/* Writes base64 with the alphabet for URLs and without padding (RFC 4648 5). */
static void
encode_text(char *to, const void *bytes, size_t len)
{
	base64_encode(to, bytes, len);
	for (; *to != '\0'; to++)
		if (*to == '+')
			*to = '-';
		else if (*to == '/')
			*to = '_';
		else if (*to == '=')
			*to = '\0';
}

static ptrdiff_t
decode_text(struct span text, char *to)
{
	char standard[TEXT_MOST];

	if (text.len >= sizeof(standard))
		return -1;
	for (size_t i = 0; i < text.len; i++)
		standard[i] = text.at[i] == '-'   ? '+'
			      : text.at[i] == '_' ? '/'
						  : text.at[i];
	return base64_decode((struct span){ standard, text.len }, to);
}

/* Name and value are separated by a byte that no name has. */
static bool
sign_text(const struct prong_instance *i, const char *name, struct span value,
	char mac[MAC_TEXT + 1])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char text[TEXT_MOST + 512];
	unsigned len = 0;
	int size = snprintf(
		text, sizeof(text), "%s=%.*s", name, (int)value.len, value.at);

	if (size < 0 || (size_t)size >= sizeof(text) ||
		HMAC(EVP_sha256(), i->key, (int)i->key_len,
			(const unsigned char *)text, (size_t)size, bytes,
			&len) == NULL)
		return false;
	encode_text(mac, bytes, MAC);
	return true;
}

static bool
has_key(struct context *ctx, const char *function)
{
	if (ctx->instance->key_len > 0)
		return true;
	context_misuse(ctx, function, "call prong_set_key() in start()");
	return false;
}

int
prong_set_signed_cookie_sized(size_t size, struct prong_context *handle,
	const char *name, const char *value,
	const struct prong_cookie_options *options)
{
	struct context *ctx = context_find(handle, "prong_set_signed_cookie");
	char text[TEXT_MOST], mac[MAC_TEXT + 1];
	size_t len;

	if (ctx == NULL || !has_key(ctx, "prong_set_signed_cookie"))
		return -1;
	if (name == NULL || value == NULL || strlen(value) > VALUE_MOST)
		return context_misuse(ctx, "prong_set_signed_cookie",
			"name or value is NULL, or the value is longer than "
			"3072 bytes");
	encode_text(text, value, strlen(value));
	len = strlen(text);
	if (!sign_text(ctx->instance, name, (struct span){ text, len }, mac))
		return context_misuse(
			ctx, "prong_set_signed_cookie", "the name is too long");
	snprintf(text + len, sizeof(text) - len, ".%s", mac);
	return prong_set_cookie_sized(size, handle, name, text, options);
}

static const char *
verify_text(struct context *ctx, const char *name, const char *text)
{
	const char *dot = strrchr(text, '.');
	char mac[MAC_TEXT + 1], *value;
	ptrdiff_t len;

	if (dot == NULL || strlen(text) >= TEXT_MOST ||
		!sign_text(ctx->instance, name,
			(struct span){ text, (size_t)(dot - text) }, mac) ||
		strlen(dot + 1) != strlen(mac) ||
		CRYPTO_memcmp(dot + 1, mac, strlen(mac)) != 0)
		return NULL;
	value = exchange_alloc(ctx->exchange, strlen(text) + 1);
	if (value == NULL)
		return NULL;
	len = decode_text((struct span){ text, (size_t)(dot - text) }, value);
	if (len < 0)
		return NULL;
	value[len] = '\0';
	return value;
}

const char *
prong_signed_cookie(struct prong_context *handle, const char *name)
{
	const char *text = prong_cookie(handle, name);
	struct context *ctx = context_find(handle, __func__);

	if (ctx == NULL || text == NULL || !has_key(ctx, __func__))
		return NULL;
	return verify_text(ctx, name, text);
}

#else

int
prong_set_signed_cookie_sized(size_t size, struct prong_context *handle,
	const char *name, const char *value,
	const struct prong_cookie_options *options)
{
	struct context *ctx = context_find(handle, "prong_set_signed_cookie");

	(void)size, (void)name, (void)value, (void)options;
	if (ctx == NULL)
		return -1;
	context_misuse(ctx, "prong_set_signed_cookie",
		"this server was built without OpenSSL");
	errno = ENOTSUP;
	return -1;
}

const char *
prong_signed_cookie(struct prong_context *handle, const char *name)
{
	struct context *ctx = context_find(handle, __func__);

	(void)name;
	if (ctx != NULL)
		context_misuse(
			ctx, __func__, "this server was built without OpenSSL");
	return NULL;
}

#endif
