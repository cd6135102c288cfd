/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as text: hexadecimal, base32 and base64 (RFC 4648), each once.
 *
 * Readers take a text that stands for exactly `bytes` bytes, padding or not, in either case
 * of hexadecimal and base32 and either alphabet of base64; everything else is false.
 * Writers end with NUL and need room for the sizes given here.
 */
#ifndef EM_WIRE_CODES_H
#define EM_WIRE_CODES_H

#include "base/view.h"

#include <stdint.h>

/* Digits of n bytes, without the NUL; base64 with its padding. */
#define EM_HEX_SIZE(n)    (2 * (size_t)(n))
#define EM_BASE32_SIZE(n) (((size_t)(n)*8 + 4) / 5)
#define EM_BASE64_SIZE(n) (((size_t)(n) + 2) / 3 * 4)

bool em_hex_read(struct em_view text, uint8_t *out, size_t bytes);
bool em_base32_read(struct em_view text, uint8_t *out, size_t bytes);
bool em_base64_read(struct em_view text, uint8_t *out, size_t bytes);
/* Bytes that padded base64 of this length stands for; false where its length is wrong. */
bool em_base64_bytes(struct em_view text, size_t *bytes);

void em_hex_write(char *out, struct em_view bytes);    /* lower case */
void em_base32_write(char *out, struct em_view bytes); /* upper case, no padding */
void em_base64_write(char *out, struct em_view bytes); /* with padding */

#endif
