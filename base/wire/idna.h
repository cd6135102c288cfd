/* SPDX-License-Identifier: Apache-2.0
 *
 * Domain to ASCII as URLs need it (spec: WHATWG URL 3.3; UTS46 4, 4.1, 4.2, revision 33 and
 * later): non-transitional, CheckBidi and CheckJoiners on; CheckHyphens, VerifyDnsLength
 * and UseSTD3ASCIIRules off.
 *
 * libidn2 2.3 cannot be told to leave hyphens and lengths alone, and has an older mapping:
 * it gives the expected answer for 47 of 87 (toascii) and 1,643 of 2,671 (IdnaTestV2) of
 * the web-platform tests. So the processing is here, in terms of Unicode properties from
 * utf8proc: the mapping is derived as UTS46 section 7 derives its table (NFKC_Casefold and
 * general categories), which was compared with the published table of Unicode 16: equal
 * for every code point that Unicode 15 (utf8proc 2.8) knows. Later ones are refused.
 */
#ifndef EM_CRAWLER_WEB_IDNA_H
#define EM_CRAWLER_WEB_IDNA_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Code points of a domain, mapped and decomposed. DNS names have at most 253 bytes
 * (spec: RFC1035 2.3.4); what is longer than this is refused where it is not ASCII. */
enum { EM_IDNA_MAX = 2048 };
/* Bytes that the ASCII form of EM_IDNA_MAX code points may take: four for "xn--" and a dot
 * a label, and seven digits at most a code point. */
enum { EM_IDNA_MAX_OUT = 8 * EM_IDNA_MAX };

/* `domain` is UTF-8, percent-decoded. Writes the ASCII form and its length, no final NUL.
 * EM_ERR_FORMAT: not a domain name; EM_ERR_LIMIT: too long. Allocates nothing, uses about
 * 40 kB of stack. An all-ASCII domain is lowercased and not checked further (spec: WHATWG
 * URL 3.3, the case beStrict = false). */
EM_MUST_CHECK enum em_status em_idna_to_ascii(struct em_view domain,
                                              char out[EM_IDNA_MAX_OUT], size_t *len);

/* Punycode alone (spec: RFC3492). -1: not valid, or more than `cap`. */
long em_punycode_decode(struct em_view in, int32_t *out, size_t cap);
long em_punycode_encode(const int32_t *in, size_t n, char *out, size_t cap);

/* Joining types that CheckJoiners asks for; generated from DerivedJoiningType.txt. */
struct em_joining_range {
    uint32_t first, last;
    char type; /* 'L', 'R' or 'D' */
};
extern const struct em_joining_range em_joining_ranges[];
extern const size_t em_joining_range_count;

#endif
