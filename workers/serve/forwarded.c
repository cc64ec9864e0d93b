/*
 * Each proxy appends the address of its peer, so the last element is the
 * nearest proxy's statement. Only statements of trusted proxies count.
 * SPDX-License-Identifier: MIT
 */
#include "serve/forwarded.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>

#include "common/conf.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "http/cidr.h"
#include "http/field_list.h"
#include "http/parameter.h"

/* More hops than real clients have; of a longer list the last ones count. */
enum { HOPS = 32 };

struct hops {
	struct span all[HOPS]; /* the last HOPS elements, as a ring */
	unsigned count;
};

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};

/* Collects the elements of all lines of a field. */
static void
collect_hops(const struct request *r, struct span name, struct hops *hops)
{
	struct span rest, element;

	hops->count = 0;
	for (unsigned n = 0; (rest = request_find(r, name, n)).at != NULL; n++)
		while (field_list_next(&rest, &element))
			hops->all[hops->count++ % HOPS] = element;
}

/*
 * Returns the n-th element from the end, counted from 0; at is NULL when there
 * are fewer.
 */
static struct span
hop_from_end(const struct hops *hops, unsigned n)
{
	if (n >= hops->count || n >= HOPS)
		return (struct span){ NULL, 0 };
	return hops->all[(hops->count - 1 - n) % HOPS];
}

/* ---- elements ----------------------------------------------------------- */

/*
 * Reduces "1.2.3.4", "1.2.3.4:5", "::1", "[::1]" and "[::1]:5" to the address.
 */
static struct span
strip_port(struct span s)
{
	const char *colon = memchr(s.at, ':', s.len), *end;

	if (s.len > 0 && s.at[0] == '[') {
		end = memchr(s.at, ']', s.len);
		if (end == NULL)
			return SPAN("");
		return (struct span){ s.at + 1, (size_t)(end - s.at - 1) };
	}
	/* A single colon separates a port; several belong to an IPv6
	 * address. */
	if (colon != NULL && memrchr(s.at, ':', s.len) == colon)
		s.len = (size_t)(colon - s.at);
	return s;
}

static bool
parse_address(struct span s, union address *a)
{
	char text[INET6_ADDRSTRLEN];

	s = strip_port(s);
	if (s.len == 0 || s.len >= sizeof(text))
		return false;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	memset(a, 0, sizeof(*a));
	a->any.sa_family = AF_INET;
	if (inet_pton(AF_INET, text, &a->ip4.sin_addr) == 1)
		return true;
	a->any.sa_family = AF_INET6;
	return inet_pton(AF_INET6, text, &a->ip6.sin6_addr) == 1;
}

/*
 * Returns the value of a parameter of an element,
 * for=192.0.2.60;proto=http;by=203.0.113.43 (RFC 7239 4); empty when it is
 * missing.
 */
static struct span
find_pair(struct span element, struct span name)
{
	struct parameter p;
	int found = parameter_first(&element, &p);

	for (; found == 1; found = parameter_next(&element, &p))
		if (span_is_nocase(p.name, name))
			return p.value;
	return SPAN("");
}

/* ---- the fields ---------------------------------------------------------- */

static const struct {
	struct span name;
	bool is_list; /* each proxy appends to it */
} fields[] = {
	[CONF_X_FORWARDED] = { SPAN("X-Forwarded-For"), true },
	[CONF_FORWARDED] = { SPAN("Forwarded"), true },
	[CONF_X_REAL_IP] = { SPAN("X-Real-IP"), false },
	[CONF_CF_CONNECTING_IP] = { SPAN("CF-Connecting-IP"), false },
};

static bool
uses_forwarded(const struct exchange *x)
{
	return x->worker->conf->trusted.field == CONF_FORWARDED;
}

static struct span
element_address(const struct exchange *x, struct span element)
{
	return uses_forwarded(x) ? find_pair(element, SPAN("for")) : element;
}

/*
 * True when the client used TLS: by the element in the client's position, or
 * where the proxy states nothing, by its own connection. Where
 * the list is shorter its first element counts, since that proxy does not
 * append but states one value for all.
 */
static bool
is_https(const struct exchange *x, const struct hops *hops, unsigned position)
{
	struct hops protos;
	struct span proto;
	unsigned n;

	if (uses_forwarded(x)) {
		proto = find_pair(hop_from_end(hops, position), SPAN("proto"));
		return proto.len == 0 ? x->is_https
				      : span_is_nocase(proto, SPAN("https"));
	}
	collect_hops(&x->request, SPAN("X-Forwarded-Proto"), &protos);
	if (protos.count == 0)
		return x->is_https;
	n = position < protos.count ? position : protos.count - 1;
	return span_is_nocase(hop_from_end(&protos, n), SPAN("https"));
}

static void
keep_client(struct exchange *x, const union address *client)
{
	union address *copy = arena_alloc(&x->arena, sizeof(*copy));

	assert(copy != NULL);
	*copy = *client;
	x->client = &copy->any;
}

void
forwarded_find(struct exchange *x)
{
	const struct conf_trusted *trusted = &x->worker->conf->trusted;
	union address next, client;
	struct span element;
	struct hops hops;
	unsigned n = 0;

	if (!cidr_match(&trusted->networks, x->peer))
		return;
	collect_hops(&x->request, fields[trusted->field].name, &hops);
	while ((element = hop_from_end(&hops, n)).at != NULL &&
		parse_address(element_address(x, element), &next)) {
		client = next;
		n++;
		if (!fields[trusted->field].is_list ||
			!cidr_match(&trusted->networks, &client.any))
			break;
	}
	x->is_https = is_https(x, &hops, n == 0 ? 0 : n - 1);
	if (n > 0)
		keep_client(x, &client);
}
