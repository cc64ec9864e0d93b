/*
 * Where the program was built without TLS, the object is refused as a whole.
 * SPDX-License-Identifier: MIT
 */
#include "config/type_tls.h"

#include "common/conf.h"
#include "config/certificates.h"
#include "config/read.h"
#include "config/type.h"
#include "config/type_list.h"

void
type_read_tls(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_tls *tls;

	if (json_is_null(value))
		return;
	if (!certificates_are_supported()) {
		reader_report(r, JSON_POSITION_KEY,
			"TLS is not built into this prong; build it with "
			"--with-openssl, or let a proxy in front speak TLS");
		return;
	}
	tls = reader_alloc(r, 1, sizeof(*tls));
	reader_read(r, d->inner, value, tls);
	*(struct conf_tls **)at = tls;
}

json_t *
type_show_tls(const struct directive *d, const void *at)
{
	const struct conf_tls *tls = *(const struct conf_tls *const *)at;

	return tls == NULL ? json_null() : type_show_table(d->inner, tls);
}

void
type_read_tls_client(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_tls_client *client;

	if (json_is_null(value))
		return;
	client = reader_alloc(r, 1, sizeof(*client));
	reader_read(r, d->inner, value, client);
	*(struct conf_tls_client **)at = client;
}

json_t *
type_show_tls_client(const struct directive *d, const void *at)
{
	const struct conf_tls_client *client =
		*(const struct conf_tls_client *const *)at;

	return client == NULL ? json_null() : type_show_table(d->inner, client);
}

void
type_read_certificates(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_certificates *list = at;
	size_t n = json_array_size(value);

	if (!json_is_array(value) || n < (size_t)d->min || n > (size_t)d->max) {
		reader_reject(r, value,
			"a list of one or more objects like {\"chain\": "
			"\"FILE\", \"key\": \"FILE\"}");
		return;
	}
	list->all = type_read_objects(r, d, value, n, sizeof(*list->all));
	list->count = n;
}

json_t *
type_show_certificates(const struct directive *d, const void *at)
{
	const struct conf_certificates *list = at;

	return type_show_objects(d, list->all, list->count, sizeof(*list->all));
}
