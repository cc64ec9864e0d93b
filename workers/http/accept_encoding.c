/*
 * Each coding has an entry in an array of weights; "*" has one behind them.
 * SPDX-License-Identifier: MIT
 */
#include "http/accept_encoding.h"

#include "http/field_list.h"
#include "http/octet.h"
#include "http/qvalue.h"

enum {
	/* weight of identity where the field does not mention it */
	Q_LEAST = 1,
	Q_UNNAMED = -1,
	ANY = CODING_COUNT,
};

static const struct {
	const char *name;
	int coding;
} names[] = {
	{ "gzip", CODING_GZIP },
	{ "br", CODING_BR },
	{ "zstd", CODING_ZSTD },
	{ "identity", CODING_IDENTITY },
	{ "x-gzip", CODING_GZIP }, /* x-gzip is an alias (RFC 9110 8.4.1.3) */
	{ "*", ANY },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static int
find_coding(struct span name)
{
	for (int i = 0; i < NAMES; i++) {
		if (span_is_nocase(name, span_of(names[i].name)))
			return names[i].coding;
	}
	return -1;
}

enum coding
coding_find(struct span name)
{
	int coding = find_coding(name);

	return coding < 0 || coding == ANY ? CODING_IDENTITY
					   : (enum coding)coding;
}

const char *
coding_name(enum coding coding)
{
	int i = 0;

	while (names[i].coding != (int)coding)
		i++;
	return names[i].name;
}

/* Parses the weight behind the name's ';': in thousandths, or -1. */
static int
read_weight(struct span s)
{
	s = field_list_trim(s);
	if (s.len < 2 || strncasecmp(s.at, "q=", 2) != 0)
		return -1;
	return qvalue_parse((struct span){ s.at + 2, s.len - 2 });
}

static bool
read_element(struct span element, int q[CODING_COUNT + 1])
{
	const char *semicolon = memchr(element.at, ';', element.len);
	struct span name = element, rest;
	int weight = QVALUE_MAX, coding;

	if (semicolon != NULL) {
		name.len = (size_t)(semicolon - element.at);
		rest.at = semicolon + 1;
		rest.len = element.len - name.len - 1;
		weight = read_weight(rest);
	}
	name = field_list_trim(name);
	if (weight == -1 || !octet_is_token(name))
		return false;
	coding = find_coding(name);
	if (coding != -1)
		q[coding] = weight;
	return true;
}

bool
accept_encoding_parse(struct span value, struct codings *codings)
{
	int q[CODING_COUNT + 1];
	bool is_good = true;
	struct span element;

	for (int i = 0; i <= CODING_COUNT; i++)
		q[i] = Q_UNNAMED;
	while (field_list_next(&value, &element)) {
		if (!read_element(element, q))
			is_good = false;
	}
	for (int i = 0; i < CODING_COUNT; i++) {
		codings->q[i] = q[i] != Q_UNNAMED ? q[i] : q[ANY];
		if (codings->q[i] == Q_UNNAMED)
			codings->q[i] = i == CODING_IDENTITY ? Q_LEAST : 0;
	}
	return is_good;
}

const struct codings *
accept_encoding_recall(struct codings_memo *m, struct span value)
{
	if (value.len == m->len && m->len > 0 &&
		memcmp(value.at, m->text, m->len) == 0)
		return &m->codings;
	accept_encoding_parse(value, &m->codings);
	m->len = value.len <= sizeof(m->text) ? value.len : 0;
	if (m->len > 0)
		memcpy(m->text, value.at, m->len);
	return &m->codings;
}

enum coding
accept_encoding_choose(const struct codings *codings, unsigned available)
{
	static const enum coding order[CODING_COUNT] = { CODING_ZSTD, CODING_BR,
		CODING_GZIP, CODING_IDENTITY };
	enum coding best = CODING_IDENTITY;
	int best_q = 0;

	available |= 1u << CODING_IDENTITY;
	for (int i = 0; i < CODING_COUNT; i++) {
		if ((available & 1u << order[i]) == 0 ||
			codings->q[order[i]] <= best_q)
			continue;
		best = order[i];
		best_q = codings->q[best];
	}
	return best;
}
