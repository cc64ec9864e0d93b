/*
 * SPDX-License-Identifier: MIT
 */
#include "conn/peer.h"

#include <arpa/inet.h>
#include <string.h>

#include "support/harness.h"

START_TEST(an_address_is_written_as_by_inet_ntop)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
	} peer = { .ip4.sin_family = AF_INET };
	char want[PEER_NAME], got[PEER_NAME];
	unsigned char *octet = (unsigned char *)&peer.ip4.sin_addr;

	for (unsigned i = 0; i < 4 * 256; i++) {
		memset(octet, (int)(i * 7 % 256), 4);
		octet[i / 256] = (unsigned char)i;
		ck_assert_ptr_nonnull(inet_ntop(
			AF_INET, &peer.ip4.sin_addr, want, sizeof(want)));
		ck_assert_uint_eq(peer_name(&peer.any, got), strlen(want));
		ck_assert_str_eq(got, want);
	}
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_address_is_written_as_by_inet_ntop, 1 },
	};

	return harness_run("peer", tests, ROWS(tests));
}
