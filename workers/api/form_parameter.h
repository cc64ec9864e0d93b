/*
 * Parameters of a Content-Disposition as clients write them, which is not RFC
 * 9110 5.6.4 (HTML standard, multipart/form-data; RFC 7578 4.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef FORM_PARAMETER_H
#define FORM_PARAMETER_H

#include "http/parameter.h"

/*
 * Takes the next parameter of *rest. A backslash in a quoted value is a byte
 * like any other, so that a quote after it ends the value where a parameter or
 * nothing follows; elsewhere it belongs to the value, as older clients write
 * it. Returns 1, 0 when none is left, or -1 when the text is malformed.
 */
int form_parameter_next(struct span *rest, struct parameter *);

/*
 * Decodes a quoted value in place: %22, %0D and %0A, which browsers and curl
 * write, and \" are bytes; all else is literal.
 */
struct span form_parameter_decode(char *value, size_t len);

/*
 * Decodes the value of filename*, CHARSET'LANGUAGE'TEXT (RFC 8187 3.2), in
 * place. UTF-8 alone is accepted; at is NULL for anything else.
 */
struct span form_parameter_decode_extended(char *value, size_t len);

#endif
