/*
 * A header names the client's address, and with it what "allow", "deny" and the
 * log go by; so the senders that are believed have to be named.
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_proxy.h"

#include "config/read.h"

static bool
has_trusted_proxy(const struct conf *conf)
{
	return conf->trusted.networks.count > 0 ||
	       conf->trusted.networks.has_unix;
}

void
validate_proxy_protocol(struct reader *r, const struct conf *conf)
{
	if (has_trusted_proxy(conf))
		return;
	reader_enter(r, "listen");
	for (size_t i = 0; i < conf->nlisten; i++) {
		if (conf->listen[i].proxy_protocol == CONF_PROXY_OFF)
			continue;
		reader_enter_index(r, i);
		reader_report_at(r, "proxy_protocol",
			"needs \"trusted\": the addresses of the balancers "
			"whose header is believed");
		reader_leave(r);
	}
	reader_leave(r);
}
