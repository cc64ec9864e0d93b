/*
 * The first byte is where a file of users ends that must be taken or refused;
 * the rest is an Authorization field: one password opens, and no other.
 * SPDX-License-Identifier: MIT
 */
#include "serve/auth.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/conf.h"
#include "support/auth_admits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "pass"; the cheapest of the hashes that crypt(3) knows. */
static const char good[] = "user:$1$ab$U8jv6p.D2WDJLEY1puNWT1\n";

static struct auth *
read_users(const void *text, size_t len)
{
	int fd = memfd_create("users", MFD_CLOEXEC);
	struct conf_auth conf = { .realm = "r" };
	char path[32], why[256] = "";
	struct auth *a;

	assert(fd != -1 && write(fd, text, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	conf.file = path;
	a = auth_open(&conf, NULL, why, sizeof(why));
	assert((a == NULL) == (why[0] != '\0'));
	close(fd);
	return a;
}

/* The nine bytes of user:pass need no padding: their encoding is unique. */
static bool
has_password(struct span value)
{
	static const char token[] = "dXNlcjpwYXNz"; /* user:pass */

	return memmem(value.at, value.len, token, strlen(token)) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct auth *users;
	struct span value;

	if (size == 0 || data[0] >= size)
		return 0;
	if (users == NULL)
		users = read_users(good, strlen(good));
	assert(users != NULL);
	if (data[0] > 0)
		auth_close(read_users(data + 1, data[0]));
	value = (struct span){ (const char *)data + 1 + data[0],
		size - 1 - data[0] };
	if (auth_admits(users, value))
		assert(has_password(value));
	return 0;
}
